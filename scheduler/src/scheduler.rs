//! The handle and the loop: who is due is claimed, waits for its turn, runs.
//!
//! The loop sleeps in slices of at most a second on the monotonic timer and reads the wall clock anew after each, so a
//! clock that jumps is noticed within a second in either direction. Every run, from the loop or by hand, is a task of
//! its own: a caller who goes away does not cut it off.

#[cfg(test)]
mod tests;

use crate::gate::Gate;
use crate::plan::Moment;
use crate::report::{Totals, past_runs};
use crate::slot::{Claim, Slot, moment};
use crate::{Error, History, Job, JobStatus, PastRun, Run};
use model::Clock;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest the loop goes without reading the wall clock.
const SLICE: Duration = Duration::from_secs(1);

/// Runs jobs by plan and by hand; clones share everything. Works by hand also while nobody runs the loop.
#[derive(Clone, Debug)]
pub struct Scheduler {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    slots: Vec<Arc<Slot>>,
    history: Arc<History>,
    clock: Arc<dyn Clock>,
    gate: Gate,
}

impl Scheduler {
    /// Plans each job from its last recorded run on: one that was due since then starts once, with the loop.
    ///
    /// # Errors
    /// [`Error::SameName`] when two jobs share a name.
    pub fn new(jobs: Vec<Job>, history: History, clock: Arc<dyn Clock>) -> Result<Scheduler, Error> {
        let (recorded, now) = (history.runs(), moment(&*clock));
        let mut slots: Vec<Arc<Slot>> = Vec::with_capacity(jobs.len());
        let mut turns = HashMap::new();
        for job in jobs {
            if slots.iter().any(|slot| slot.name == job.name) {
                return Err(Error::SameName { name: job.name });
            }
            let turn = match &job.group {
                Some(group) => Arc::clone(turns.entry(group.clone()).or_default()),
                None => Arc::default(),
            };
            slots.push(Arc::new(Slot::new(job, turn, &recorded, now)));
        }
        let shared = Shared { slots, history: Arc::new(history), clock, gate: Gate::open() };
        Ok(Scheduler { shared: Arc::new(shared) })
    }

    /// Runs a job now, after all that are before it in its group, and returns when it has ended, well or not. The run
    /// begins after the call and goes on when the caller does not wait for it.
    ///
    /// # Errors
    /// [`Error::UnknownJob`]; [`Error::Stopping`] once shutdown has begun.
    pub async fn run_now(&self, name: &str) -> Result<Run, Error> {
        let slot = self.find(name)?;
        let turn = Arc::clone(&slot.turn).lock_owned().await;
        let pass = self.shared.gate.enter().ok_or_else(|| Error::Stopping { name: name.to_owned() })?;
        let shared = Arc::clone(&self.shared);
        let running = tokio::spawn(async move {
            let run = slot.run(&shared.history, &*shared.clock).await;
            drop((turn, pass));
            run
        });
        running.await.map_err(|_| Error::CutOff { name: name.to_owned() })
    }

    /// All jobs in the order they were given.
    pub fn status(&self) -> Vec<JobStatus> {
        let now = self.now();
        let status = |slot: &Arc<Slot>| slot.status(self.shared.history.last(&slot.name).as_ref(), now);
        self.shared.slots.iter().map(status).collect()
    }

    /// What has run since the process began, by the jobs' names, in the same order.
    pub fn totals(&self) -> Vec<(String, Totals)> {
        self.shared.slots.iter().map(|slot| (slot.name.clone(), slot.totals())).collect()
    }

    /// The newest `limit` runs of one job or of all, newest first; none for a name nobody knows.
    pub fn history(&self, name: Option<&str>, limit: usize) -> Vec<PastRun> {
        past_runs(&self.status(), &self.shared.history.runs(), name, limit)
    }

    /// Starts jobs when they are due, until `shutdown`; then starts none any more, waits for those that run, and
    /// returns. The scheduler does not open again after that.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut traffic = self.shared.gate.traffic();
        loop {
            let wait = self.start_due();
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = traffic.next() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.shared.gate.close().await;
    }

    /// Starts a task for each job that is due; returns how long to sleep.
    fn start_due(&self) -> Duration {
        let now = self.now();
        let mut wait = SLICE;
        for slot in &self.shared.slots {
            match slot.claim(now) {
                Claim::Due => drop(tokio::spawn(self.clone().run_claimed(Arc::clone(slot)))),
                Claim::Later(due_in) => wait = wait.min(due_in.unwrap_or(SLICE)),
            }
        }
        wait
    }

    async fn run_claimed(self, slot: Arc<Slot>) {
        let turn = Arc::clone(&slot.turn).lock_owned().await;
        let pass = slot.is_due(self.now()).then(|| self.shared.gate.enter()).flatten();
        if pass.is_some() {
            Arc::clone(&slot).run(&self.shared.history, &*self.shared.clock).await;
        }
        // The pass goes last: it wakes the loop, which must find job and turn free.
        slot.release();
        drop((turn, pass));
    }

    fn find(&self, name: &str) -> Result<Arc<Slot>, Error> {
        let found = self.shared.slots.iter().find(|slot| slot.name == name);
        found.cloned().ok_or_else(|| {
            let known: Vec<&str> = self.shared.slots.iter().map(|slot| slot.name.as_str()).collect();
            Error::UnknownJob { name: name.to_owned(), known: known.join(", ") }
        })
    }

    fn now(&self) -> Moment {
        moment(&*self.shared.clock)
    }
}
