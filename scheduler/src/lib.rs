//! When does which job run; never how.
//!
//! A [`Job`] is a name, a [`Schedule`], an exclusion group and the work itself. The [`Scheduler`] decides when the work
//! starts, keeps jobs of one group apart, retries what failed and writes each run to a [`History`] that outlives the
//! process. What the work does is none of its business, so it depends on nothing but the clock.
//!
//! Invariant: at most one run of a job, and of an exclusion group, is going on at any time.
//! Invariant: however many times a job was due while it could not run (downtime, a long run, a clock that jumped
//! ahead), it runs once for all of them.
//! Invariant: no work is cut off; shutdown starts nothing new and waits for what runs.

mod error;
mod gate;
mod history;
mod job;
mod plan;
mod report;
mod run;
mod schedule;
mod scheduler;
mod slot;

pub use error::Error;
pub use history::History;
pub use job::{Job, Outcome, Work, Working};
pub use report::{JobStatus, LastRun, PastRun, Totals, jobs_at_rest, past_runs};
pub use run::Run;
pub use schedule::Schedule;
pub use scheduler::Scheduler;
