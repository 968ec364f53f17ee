//! Work that fails or panics, and its retries.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Fails until it has been called `times` times.
fn failing(times: u32) -> impl Fn() -> Result<Outcome, String> + Send + Sync + 'static {
    let calls = AtomicU32::new(0);
    move || match calls.fetch_add(1, Ordering::Relaxed) {
        call if call < times => Err(format!("disk full, call {call}")),
        _ => Ok(Outcome::default()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_retried_with_growing_waits_until_it_succeeds() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.fallible("batch", "@hourly", 0, failing(4))]);
    let running = start(&scheduler);
    pass(245).await;
    let status = &scheduler.status()[0];
    assert_eq!((status.failures, status.next), (3, Some(time("2026-11-21T13:00:07Z"))));
    assert_eq!(status.last.as_ref().map(|run| run.outcome.as_str()), Some("failed: disk full, call 2"));
    pass(3600).await;
    assert_eq!(world.begun(), ["13:00:00", "13:00:01", "13:00:03", "13:00:07", "13:00:15", "14:00:00"]);
    assert_eq!(scheduler.status()[0].failures, 0);
    let (name, totals) = &scheduler.totals()[0];
    assert_eq!((name.as_str(), totals.ok, totals.failed, totals.took), ("batch", 2, 4, Duration::ZERO));
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_due_time_does_not_cut_the_wait_short() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.fallible("batch", "* * * * * *", 0, failing(5))]);
    let running = start(&scheduler);
    pass(40).await;
    let expect = ["12:56:01", "12:56:02", "12:56:04", "12:56:08", "12:56:16", "12:56:32", "12:56:33", "12:56:34"];
    assert_eq!(world.begun()[..8], expect);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn failures_are_counted_on_over_a_restart() {
    let world = World::new();
    let jobs = || vec![world.fallible("batch", "@hourly", 0, failing(u32::MAX))];
    let scheduler = world.scheduler(jobs());
    for _ in 0..3 {
        scheduler.run_now("batch").await.expect("runs");
    }
    let scheduler = world.scheduler(jobs());
    let status = &scheduler.status()[0];
    assert_eq!((status.failures, status.next), (3, Some(time("2026-11-21T12:56:04Z"))));
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failed_run_and_nothing_more() {
    let world = World::new();
    let jobs = vec![
        world.fallible("broken", "0 13 * * *", 0, || panic!("index {} out of range", 7)).in_group("master"),
        world.job("batch", "0 13 * * *", 0).in_group("master"),
    ];
    let scheduler = world.scheduler(jobs);
    let run = scheduler.run_now("broken").await.expect("a run, if a failed one");
    assert_eq!(run.outcome, "failed: panicked: index 7 out of range");
    let running = start(&scheduler);
    pass(300).await;
    assert!(world.lines().contains(&"13:00:00 <batch".to_owned()));
    assert!(scheduler.status()[0].failures > 5);
    running.end().await;
}
