//! What is to be run: a name, a schedule, a group, and the work as an opaque future.

use crate::Schedule;
use std::fmt;
use std::pin::Pin;

/// One run under way.
pub type Working = Pin<Box<dyn Future<Output = Result<Outcome, String>> + Send>>;

/// Starts one run; called once per run, never while an earlier run of the same job goes on.
pub type Work = Box<dyn Fn() -> Working + Send + Sync>;

/// What a run that succeeded has done, in counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Raw rows written or rewritten.
    pub rows: u64,
    /// Journal segments sealed or published.
    pub segments: u64,
    /// Generations, files or rows dropped because they are no longer needed.
    pub expired: u64,
}

/// A piece of work with a name and a schedule.
pub struct Job {
    pub(crate) name: String,
    pub(crate) schedule: Schedule,
    pub(crate) group: Option<String>,
    pub(crate) work: Work,
}

impl Job {
    /// A job that excludes only itself. The error of `work` is the reason that history and log show.
    pub fn new<W, F>(name: impl Into<String>, schedule: Schedule, work: W) -> Job
    where
        W: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<Outcome, String>> + Send + 'static,
    {
        Job { name: name.into(), schedule, group: None, work: Box::new(move || Box::pin(work())) }
    }

    /// Jobs of one group never run at once; a run waits for its turn, first come first served.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Job {
        self.group = Some(group.into());
        self
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .field("schedule", &self.schedule.to_string())
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}
