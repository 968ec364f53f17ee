//! One job at work: its plan, its turn, and a single run from start to record.

use crate::plan::{Moment, Plan};
use crate::report::Totals;
use crate::{History, Job, JobStatus, Run, Work};
use model::{Clock, Time};
use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) struct Slot {
    pub(crate) name: String,
    /// The turn of the exclusion group; hands itself on first come, first served.
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
    work: Work,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    running: bool,
    /// The loop has started a task for this job that has not ended.
    queued: bool,
    totals: Totals,
}

impl Slot {
    pub(crate) fn new(job: Job, turn: Arc<tokio::sync::Mutex<()>>, recorded: &[Run], now: Moment) -> Slot {
        let own = recorded.iter().rev().filter(|run| run.name == job.name);
        let plan = Plan::resume(job.schedule, own, now);
        let state = Mutex::new(State { plan, running: false, queued: false, totals: Totals::default() });
        Slot { name: job.name, turn, work: job.work, state }
    }

    /// Claims the job for the loop if it is due and not claimed; else says how long until it is due.
    pub(crate) fn claim(&self, now: Moment) -> Claim {
        let mut state = self.state();
        state.plan.look(now);
        match state.plan.due_in(now) {
            _ if state.queued => Claim::Later(None),
            Some(Duration::ZERO) => {
                state.queued = true;
                Claim::Due
            }
            wait => Claim::Later(wait),
        }
    }

    /// Whether the job is still due: while it waited for its turn, somebody may have run it.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        self.state().plan.due_in(now) == Some(Duration::ZERO)
    }

    /// Ends a claim.
    pub(crate) fn release(&self) {
        self.state().queued = false;
    }

    /// Runs the work to its end and records it. The work has a task of its own: a panic in it is a failed run.
    pub(crate) async fn run(self: Arc<Self>, history: &Arc<History>, clock: &dyn Clock) -> Run {
        let (started, began) = (clock.now(), Instant::now());
        self.begin(started);
        let slot = Arc::clone(&self);
        let work = tokio::spawn(async move { (slot.work)().await });
        let result = work.await.unwrap_or_else(|error| Err(why_joined(error)));
        let run = Run::new(&self.name, started, began.elapsed(), result);
        record(history, run.clone()).await;
        self.end(&run, moment(clock));
        run
    }

    pub(crate) fn status(&self, last: Option<&Run>, now: Moment) -> JobStatus {
        let mut state = self.state();
        state.plan.look(now);
        JobStatus::of(&self.name, &state.plan, last, state.running, now)
    }

    pub(crate) fn totals(&self) -> Totals {
        self.state().totals
    }

    fn begin(&self, started: Time) {
        let mut state = self.state();
        state.running = true;
        state.plan.started(started);
    }

    fn end(&self, run: &Run, now: Moment) {
        let mut state = self.state();
        state.running = false;
        state.totals.add(run);
        match state.plan.ended(run.is_ok(), now) {
            None => tracing::debug!(job = run.name, took_ms = run.took_ms, rows = run.rows, "job done"),
            Some(wait) => tracing::warn!(
                job = run.name,
                outcome = run.outcome,
                failures = state.plan.failures(),
                retry_in_s = wait.as_secs(),
                "job failed"
            ),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) enum Claim {
    Due,
    Later(Option<Duration>),
}

pub(crate) fn moment(clock: &dyn Clock) -> Moment {
    Moment { wall: clock.now(), monotonic: Instant::now() }
}

/// A run that cannot be recorded has happened all the same; only a restart will not know of it.
async fn record(history: &Arc<History>, run: Run) {
    let history = Arc::clone(history);
    let written = tokio::task::spawn_blocking(move || history.append(run)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a run is not in the job history"),
        Err(error) => tracing::warn!(%error, "a run is not in the job history"),
    }
}

fn why_joined(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => format!("panicked: {}", panic_text(panic.as_ref())),
        Err(_) => "cut off with the process".to_owned(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("name", &self.name).field("state", &self.state).finish_non_exhaustive()
    }
}
