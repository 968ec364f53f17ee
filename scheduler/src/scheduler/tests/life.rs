//! From the first due time over a restart to shutdown, and what status and history say on the way.

use super::*;

#[tokio::test(start_paused = true)]
async fn jobs_run_when_they_are_due() {
    let world = World::new();
    let running = start(&world.scheduler(vec![world.job("batch", "*/20 * * * *", 5)]));
    pass(3600).await;
    assert_eq!(world.begun(), ["13:00:00", "13:20:00", "13:40:00"]);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_while_stopped_runs_once() {
    let world = World::new();
    let jobs = || vec![world.job("batch", "* * * * *", 1), world.job("never-ran", "@hourly", 1)];
    let running = start(&world.scheduler(jobs()));
    pass(90).await;
    running.end().await;
    assert_eq!(world.begun(), ["12:57:00"]);

    pass(600).await;
    let running = start(&world.scheduler(jobs()));
    pass(60).await;
    running.end().await;
    assert_eq!(world.begun(), ["13:07:30", "13:08:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_outlasts_its_period_is_followed_by_one() {
    let world = World::new();
    let running = start(&world.scheduler(vec![world.job("batch", "* * * * *", 150)]));
    pass(300).await;
    assert_eq!(world.lines(), ["12:57:00 batch>", "12:59:30 <batch", "12:59:30 batch>"]);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_the_running_and_starts_nothing() {
    let world = World::new();
    let jobs = vec![
        world.job("batch", "* * * * *", 600).in_group("master"),
        world.job("compact", "* * * * *", 1).in_group("master"),
    ];
    let scheduler = world.scheduler(jobs);
    let running = start(&scheduler);
    pass(70).await;
    let by_hand = tokio::spawn({
        let scheduler = scheduler.clone();
        async move { scheduler.run_now("batch").await }
    });
    running.end().await;
    assert_eq!(world.lines(), ["12:57:00 batch>", "13:07:00 <batch"]);
    let refused = by_hand.await.expect("no panic").expect_err("stopping");
    assert!(matches!(refused, Error::Stopping { name } if name == "batch"));
    pass(3600).await;
    assert!(world.lines().is_empty());
    assert_eq!(History::read(&world.path).expect("reads").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn status_and_history_have_the_shape_others_call() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "* * * * *", 2), world.job("compact", "@hourly", 2)]);
    let running = start(&scheduler);
    pass(61).await;
    assert_eq!(scheduler.status().iter().map(|job| job.running).collect::<Vec<_>>(), [true, false]);
    pass(60).await;
    running.end().await;
    let last = serde_json::json!({
        "started": "2026-11-21T12:58:00Z", "took_ms": 2000, "outcome": "ok", "rows": 3, "segments": 2, "expired": 1,
    });
    let status = serde_json::to_value(scheduler.status()).expect("serializes");
    let expect = serde_json::json!([
        {"name": "batch", "schedule": "* * * * *", "next": "2026-11-21T12:59:00Z", "last": last, "running": false, "failures": 0},
        {"name": "compact", "schedule": "@hourly", "next": "2026-11-21T13:00:00Z", "last": null, "running": false, "failures": 0},
    ]);
    assert_eq!(status, expect);
    let history = serde_json::to_value(scheduler.history(None, 1)).expect("serializes");
    let expect =
        serde_json::json!([{"name": "batch", "schedule": "* * * * *", "next": "2026-11-21T12:59:00Z", "last": last}]);
    assert_eq!(history, expect);
    assert_eq!(scheduler.history(Some("batch"), 10).len(), 2);
    assert_eq!(scheduler.history(Some("compact"), 10), []);
}

#[tokio::test(start_paused = true)]
async fn without_a_scheduler_the_same_is_said() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "@hourly", 2)]);
    scheduler.run_now("batch").await.expect("runs");
    let (status, history) = (scheduler.status(), scheduler.history(None, 10));
    let schedules = [("batch".to_owned(), Schedule::parse("@hourly", "UTC").expect("a schedule"))];
    let runs = History::read(&world.path).expect("reads");
    let at_rest = crate::jobs_at_rest(&schedules, &runs, world.clock.now());
    assert_eq!(crate::past_runs(&at_rest, &runs, None, 10), history);
    assert_eq!(at_rest, status);
    let renamed = crate::past_runs(&[], &runs, None, 10);
    assert_eq!((renamed[0].schedule.as_ref(), renamed[0].next), (None, None));
}

#[tokio::test]
async fn two_jobs_of_one_name_are_refused() {
    let world = World::new();
    let history = History::open(&world.path).expect("opens");
    let jobs = vec![world.job("batch", "@hourly", 1), world.job("batch", "@daily", 1)];
    let error = Scheduler::new(jobs, history, Arc::clone(&world.clock) as Arc<dyn Clock>).expect_err("one name");
    assert_eq!(error.to_string(), "two jobs are called \"batch\"; give each job a name of its own");
}
