//! Jobs and long-running tasks: how often, how long, how well. Their label is `name`: `job` is what Prometheus calls the
//! place it scrapes.

use super::families::{Families, Sample, sample};
use crate::front::Front;
use model::Time;
use scheduler::JobStatus;

pub(super) fn families(families: &mut Families, front: &Front) {
    runs(families, front);
    standing(families, &front.scheduler.status());
    tasks(families, front);
}

fn runs(families: &mut Families, front: &Front) {
    let totals = front.scheduler.totals();
    let by_outcome = totals.iter().flat_map(|(job, totals)| {
        [("ok", totals.ok), ("failed", totals.failed)]
            .map(|(outcome, count)| sample(&[("name", job), ("outcome", outcome)], count as f64))
    });
    families.counter("vitals_job_runs_total", "Runs that have ended, by outcome: ok or failed.", by_outcome);
    let took = totals.iter().map(|(job, totals)| {
        let (labels, _) = sample(&[("name", job)], 0.0);
        (labels, totals.ok + totals.failed, totals.took)
    });
    families.summary("vitals_job_run_duration_seconds", "How long runs took.", took);
}

fn standing(families: &mut Families, jobs: &[JobStatus]) {
    let each = |value: &dyn Fn(&JobStatus) -> Option<f64>| -> Vec<Sample> {
        jobs.iter().filter_map(|job| Some(sample(&[("name", &job.name)], value(job)?))).collect()
    };
    families.gauge("vitals_job_running", "Whether the job runs now.", each(&|job| Some(f64::from(job.running))));
    families.gauge(
        "vitals_job_consecutive_failures",
        "Failed runs since the last one that went well.",
        each(&|job| Some(f64::from(job.failures))),
    );
    families.gauge(
        "vitals_job_next_run_timestamp_seconds",
        "When the job starts next; after a failure, the retry.",
        each(&|job| job.next.map(seconds)),
    );
    families.gauge(
        "vitals_job_last_run_timestamp_seconds",
        "When the last run that has ended was started, also by an earlier process.",
        each(&|job| job.last.as_ref().map(|last| seconds(last.started))),
    );
    families.gauge(
        "vitals_job_last_run_duration_seconds",
        "How long the last run took, also of an earlier process.",
        each(&|job| job.last.as_ref().map(|last| last.took_ms as f64 / 1000.0)),
    );
}

fn tasks(families: &mut Families, front: &Front) {
    let tasks = front.tasks.statuses();
    families.gauge(
        "vitals_task_up",
        "Whether the long-running task of this process runs; one that died is started again after a wait.",
        tasks.iter().map(|task| sample(&[("task", &task.name)], f64::from(task.running))),
    );
    families.counter(
        "vitals_task_restarts_total",
        "How often the task was started again since the process began.",
        tasks.iter().map(|task| sample(&[("task", &task.name)], task.restarts as f64)),
    );
}

/// Seconds since 1970.
pub(super) fn seconds(time: Time) -> f64 {
    time.as_micros() as f64 / 1e6
}
