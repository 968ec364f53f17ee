//! What others are shown: the jobs, and the runs behind them, in the shape that command line and HTTP have fixed.

use crate::plan::{Moment, Plan};
use crate::{Run, Schedule};
use model::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;

/// One job as `jobs` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatus {
    pub name: String,
    pub schedule: String,
    /// The next start, never in the past; after a failure the time of the retry.
    pub next: Option<Time>,
    pub last: Option<LastRun>,
    pub running: bool,
    /// Failed runs since the last success.
    pub failures: u32,
}

/// One run as `jobs history` shows it. Schedule and next start are the job's present ones, and absent when there is no
/// such job any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    pub name: String,
    pub schedule: Option<String>,
    pub next: Option<Time>,
    pub last: LastRun,
}

/// A [`Run`] without its job's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    pub started: Time,
    pub took_ms: u64,
    pub outcome: String,
    pub rows: u64,
    pub segments: u64,
    pub expired: u64,
}

impl From<&Run> for LastRun {
    fn from(run: &Run) -> LastRun {
        LastRun {
            started: run.started,
            took_ms: run.took_ms,
            outcome: run.outcome.clone(),
            rows: run.rows,
            segments: run.segments,
            expired: run.expired,
        }
    }
}

/// A job's runs that have ended since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub ok: u64,
    pub failed: u64,
    /// How long they took together.
    pub took: Duration,
}

impl Totals {
    pub(crate) fn add(&mut self, run: &Run) {
        *(if run.is_ok() { &mut self.ok } else { &mut self.failed }) += 1;
        self.took += Duration::from_millis(run.took_ms);
    }
}

/// The jobs while no scheduler runs: from their schedules and the recorded `runs`, oldest first.
pub fn jobs_at_rest(jobs: &[(String, Schedule)], runs: &[Run], now: Time) -> Vec<JobStatus> {
    let now = Moment { wall: now, monotonic: Instant::now() };
    let status = |(name, schedule): &(String, Schedule)| {
        let own = runs.iter().rev().filter(|run| run.name == *name);
        let plan = Plan::resume(schedule.clone(), own.clone(), now);
        JobStatus::of(name, &plan, own.clone().next(), false, now)
    };
    jobs.iter().map(status).collect()
}

/// The newest `limit` of `runs` (oldest first), of one job or of all, newest first.
pub fn past_runs(jobs: &[JobStatus], runs: &[Run], name: Option<&str>, limit: usize) -> Vec<PastRun> {
    let wanted = runs.iter().rev().filter(|run| name.is_none_or(|name| run.name == name));
    wanted.take(limit).map(|run| PastRun::of(run, jobs)).collect()
}

impl JobStatus {
    pub(crate) fn of(name: &str, plan: &Plan, last: Option<&Run>, running: bool, now: Moment) -> JobStatus {
        JobStatus {
            name: name.to_owned(),
            schedule: plan.schedule().to_string(),
            next: plan.next(now),
            last: last.map(LastRun::from),
            running,
            failures: plan.failures(),
        }
    }
}

impl PastRun {
    fn of(run: &Run, jobs: &[JobStatus]) -> PastRun {
        let job = jobs.iter().find(|job| job.name == run.name);
        PastRun {
            name: run.name.clone(),
            schedule: job.map(|job| job.schedule.clone()),
            next: job.and_then(|job| job.next),
            last: run.into(),
        }
    }
}
