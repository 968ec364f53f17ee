//! Who may run beside whom, and runs asked for by hand.

use super::*;

#[tokio::test(start_paused = true)]
async fn jobs_of_one_group_take_turns_and_others_do_not_wait() {
    let world = World::new();
    let jobs = vec![
        world.job("batch", "0 13 * * *", 10).in_group("master"),
        world.job("compact", "0 13 * * *", 10).in_group("master"),
        world.job("report", "5 0 13 * * *", 1),
    ];
    let running = start(&world.scheduler(jobs));
    pass(600).await;
    let expect = [
        "13:00:00 batch>",
        "13:00:05 report>",
        "13:00:06 <report",
        "13:00:10 <batch",
        "13:00:10 compact>",
        "13:00:20 <compact",
    ];
    assert_eq!(world.lines(), expect);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_by_hand_needs_no_loop() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "@hourly", 7)]);
    let run = scheduler.run_now("batch").await.expect("runs");
    assert_eq!((run.started, run.took_ms, run.rows, run.is_ok()), (time(START), 7000, 3, true));
    assert_eq!(History::read(&world.path).expect("reads"), [run]);
}

#[tokio::test(start_paused = true)]
async fn who_asks_gets_a_run_that_began_after_he_asked() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "@hourly", 10)]);
    let ask = |after| {
        let scheduler = scheduler.clone();
        async move {
            pass(after).await;
            scheduler.run_now("batch").await.expect("runs")
        }
    };
    let (first, second, third) = tokio::join!(ask(0), ask(3), ask(12));
    let started = [first, second, third].map(|run| run.started.to_chrono().format("%H:%M:%S").to_string());
    assert_eq!(started, ["12:56:00", "12:56:10", "12:56:20"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_by_hand_spares_the_planned_one_that_waits_behind_it() {
    let world = World::new();
    let jobs = vec![
        world.job("compact", "@yearly", 300).in_group("master"),
        world.job("batch", "0 13 * * *", 10).in_group("master"),
    ];
    let scheduler = world.scheduler(jobs);
    let running = start(&scheduler);
    let ask = |name, after| {
        let scheduler = scheduler.clone();
        async move {
            pass(after).await;
            scheduler.run_now(name).await.expect("runs")
        }
    };
    // Asked for before 13:00, begun after it: the planned run of 13:00 finds its work done.
    tokio::join!(ask("compact", 0), ask("batch", 200));
    pass(600).await;
    assert_eq!(world.lines(), ["12:56:00 compact>", "13:01:00 <compact", "13:01:00 batch>", "13:01:10 <batch"]);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_does_not_cut_off_the_run() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "@hourly", 10)]);
    let asked = tokio::time::timeout(Duration::from_secs(3), scheduler.run_now("batch")).await;
    assert!(asked.is_err());
    assert!(scheduler.status()[0].running);
    pass(10).await;
    assert_eq!(world.lines(), ["12:56:00 batch>", "12:56:10 <batch"]);
    assert_eq!(scheduler.history(None, 10).len(), 1);
}

#[tokio::test]
async fn an_unknown_job_names_the_known() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "@hourly", 1), world.job("compact", "@hourly", 1)]);
    let error = scheduler.run_now("bacth").await.expect_err("no such job");
    assert_eq!(error.to_string(), "no job is called \"bacth\"; choose one of: batch, compact");
}
