//! A wall clock set by hand, by NTP or by a machine that wakes up.

use super::*;

/// So that a jump falls between two looks of the loop at the clock.
async fn pass_half_a_slice() {
    tokio::time::sleep(SLICE / 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_ahead_costs_one_run() {
    let world = World::new();
    let running = start(&world.scheduler(vec![world.job("batch", "@hourly", 1)]));
    pass_half_a_slice().await;
    world.clock.jump_to(time("2026-11-21T17:30:00Z"));
    pass(3600).await;
    assert_eq!(world.begun(), ["17:30:00", "18:00:00"]);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_back_is_planned_for_again() {
    let world = World::new();
    let scheduler = world.scheduler(vec![world.job("batch", "@hourly", 1)]);
    let running = start(&scheduler);
    pass(300).await;
    assert_eq!(world.begun(), ["13:00:00"]);
    world.clock.jump_to(time("2026-11-20T08:30:00Z"));
    pass(1).await;
    assert_eq!(scheduler.status()[0].next, Some(time("2026-11-20T09:00:00Z")));
    pass(3600).await;
    assert_eq!(world.begun(), ["09:00:00"]);
    running.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_wakes_in_1970_keeps_its_rhythm() {
    let world = World::new();
    let jobs = || vec![world.job("batch", "*/30 * * * *", 1)];
    let running = start(&world.scheduler(jobs()));
    pass(600).await;
    running.end().await;
    assert_eq!(world.begun(), ["13:00:00"]);
    world.clock.jump_to(time("1970-01-01T00:00:10Z"));
    let running = start(&world.scheduler(jobs()));
    pass(3000).await;
    assert_eq!(world.begun(), ["00:30:00"]);
    pass_half_a_slice().await;
    world.clock.jump_to(time("2026-11-21T14:07:00Z"));
    pass(1500).await;
    assert_eq!(world.begun(), ["14:07:00", "14:30:00"]);
    running.end().await;
}
