//! When is one job due: a pure state machine, told the time by its caller.
//!
//! A due time is the first one after the start of the last run. That one rule gives catch-up after downtime, one run
//! after a clock that jumped ahead, and one run after a run that outlasted its period: in each case the due time lies
//! in the past, once. Failures go by the monotonic clock instead, which no jump can stretch or cut short.

use crate::{Run, Schedule};
use model::Time;
use std::time::Duration;
use tokio::time::Instant;

/// The wait after the first failure; it doubles with each further one.
pub(crate) const BACKOFF_FIRST: Duration = Duration::from_secs(1);
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(300);

/// Steps back up to this size only delay: planning again after them would run a job twice for one due time.
const STEP_BACK_IGNORED: Duration = Duration::from_secs(2);

/// One instant on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) wall: Time,
    pub(crate) monotonic: Instant,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Due(Option<Time>),
    Retry(Instant),
}

#[derive(Debug)]
pub(crate) struct Plan {
    schedule: Schedule,
    /// Where `next` was planned from: the start of the last run, or the time of planning.
    from: Time,
    next: Next,
    failures: u32,
}

impl Plan {
    /// Goes on where the job's recorded runs, `newest_first`, ended. A job that never ran waits for its next due time;
    /// one that failed last goes on with its backoff.
    pub(crate) fn resume<'a>(
        schedule: Schedule,
        newest_first: impl Iterator<Item = &'a Run> + Clone,
        now: Moment,
    ) -> Plan {
        let last = newest_first.clone().next();
        let from = last.map_or(now.wall, |run| run.started);
        let failed = newest_first.take_while(|run| !run.is_ok()).count();
        let failures = u32::try_from(failed).unwrap_or(u32::MAX);
        let next = match last {
            Some(run) if failures > 0 => Next::Retry(now.monotonic + backoff_left(run, failures, now.wall)),
            _ => Next::Due(schedule.next_after(from)),
        };
        let mut plan = Plan { schedule, from, next, failures };
        plan.look(now);
        plan
    }

    /// Plans again if the clock has gone back behind where the plan began; else a job could sleep for hours.
    pub(crate) fn look(&mut self, now: Moment) {
        if now.wall.saturating_add(STEP_BACK_IGNORED) < self.from {
            self.from = now.wall;
            if let Next::Due(due) = &mut self.next {
                *due = self.schedule.next_after(now.wall);
            }
        }
    }

    pub(crate) fn started(&mut self, at: Time) {
        self.from = at;
        self.next = Next::Due(self.schedule.next_after(at));
    }

    /// Returns the wait until the retry of a failed run.
    pub(crate) fn ended(&mut self, ok: bool, now: Moment) -> Option<Duration> {
        if ok {
            self.failures = 0;
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = backoff(self.failures);
        self.next = Next::Retry(now.monotonic + wait);
        Some(wait)
    }

    /// How long until the job is due: zero when it is, `None` when it never will be.
    pub(crate) fn due_in(&self, now: Moment) -> Option<Duration> {
        match self.next {
            Next::Due(due) => due.map(|due| due.since(now.wall)),
            Next::Retry(at) => Some(at.saturating_duration_since(now.monotonic)),
        }
    }

    /// The wall time of the next start; never in the past, since what is overdue starts now.
    pub(crate) fn next(&self, now: Moment) -> Option<Time> {
        self.due_in(now).map(|wait| now.wall.saturating_add(wait))
    }

    /// Failed runs since the last success.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    pub(crate) fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX)
}

/// What is left of the backoff of a run from an earlier process life, for which only the wall clock can tell.
fn backoff_left(failed: &Run, failures: u32, now: Time) -> Duration {
    let wait = backoff(failures);
    failed.ended().saturating_add(wait).since(now).min(wait)
}

#[cfg(test)]
mod tests;
