//! How the long-running tasks of the process stand, as `status` shows it.

use crate::shapes;
use model::Time;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use utoipa::ToSchema;

/// One long-running task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskStatus {
    pub name: String,
    /// False while it waits to be started again.
    pub running: bool,
    /// How often it was started again since the process began.
    pub restarts: u64,
    /// Why it died the last time.
    #[schema(required = true)]
    pub last_error: Option<String>,
    #[schema(value_type = Option<shapes::Time>, required = true)]
    pub last_death: Option<Time>,
}

/// Written by who supervises the tasks, read by who asks.
#[derive(Debug, Default)]
pub struct TaskBoard(Mutex<Vec<TaskStatus>>);

impl TaskBoard {
    pub fn started(&self, name: &str) {
        let mut tasks = self.lock();
        match tasks.iter_mut().find(|task| task.name == name) {
            Some(task) => (task.running, task.restarts) = (true, task.restarts + 1),
            None => tasks.push(TaskStatus {
                name: name.to_owned(),
                running: true,
                restarts: 0,
                last_error: None,
                last_death: None,
            }),
        }
    }

    pub fn died(&self, name: &str, error: &str, at: Time) {
        if let Some(task) = self.lock().iter_mut().find(|task| task.name == name) {
            task.running = false;
            (task.last_error, task.last_death) = (Some(error.to_owned()), Some(at));
        }
    }

    /// In the order in which they were first started.
    pub fn statuses(&self) -> Vec<TaskStatus> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TaskStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
