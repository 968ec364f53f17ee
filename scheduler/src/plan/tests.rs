//! Downtime, jumps of the clock and failures, as plain values.

use super::*;

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

fn at(wall: &str) -> Moment {
    Moment { wall: time(wall), monotonic: Instant::now() }
}

fn hourly() -> Schedule {
    Schedule::parse("@hourly", "UTC").expect("a schedule")
}

fn ran(started: &str, result: Result<crate::Outcome, String>) -> Run {
    Run::new("batch", time(started), Duration::from_secs(1), result)
}

fn resumed(newest_first: &[Run], now: Moment) -> Plan {
    Plan::resume(hourly(), newest_first.iter(), now)
}

#[test]
fn a_job_that_never_ran_waits() {
    let now = at("2026-11-21T12:56Z");
    assert_eq!(resumed(&[], now).next(now), Some(time("2026-11-21T13:00Z")));
}

#[test]
fn a_run_missed_while_stopped_is_due_once() {
    let now = at("2026-11-21T12:56Z");
    let mut plan = resumed(&[ran("2026-11-20T07:00Z", Ok(Default::default()))], now);
    assert_eq!(plan.due_in(now), Some(Duration::ZERO));
    assert_eq!(plan.next(now), Some(now.wall), "what is overdue starts now");
    plan.started(now.wall);
    assert_eq!(plan.next(now), Some(time("2026-11-21T13:00Z")));
}

#[test]
fn a_run_recorded_by_a_clock_ahead_of_ours_does_not_silence_the_job() {
    let now = at("2026-11-21T12:56Z");
    let plan = resumed(&[ran("2031-01-01T00:00Z", Ok(Default::default()))], now);
    assert_eq!(plan.next(now), Some(time("2026-11-21T13:00Z")));
}

#[test]
fn a_clock_that_goes_back() {
    let check = |back_to: &str, expect: &str| {
        let mut plan = resumed(&[], at("2026-11-21T12:56Z"));
        plan.started(time("2026-11-21T13:00:00.001Z"));
        let now = at(back_to);
        plan.look(now);
        assert_eq!(plan.next(now), Some(time(expect)), "back to {back_to}");
    };
    check("2026-11-21T13:00Z", "2026-11-21T14:00Z");
    check("2026-11-21T12:59:59Z", "2026-11-21T14:00Z");
    check("2026-11-21T12:59:57Z", "2026-11-21T13:00Z");
    check("1970-01-01T00:00:07Z", "1970-01-01T01:00Z");
}

#[test]
fn failures_double_the_wait_up_to_five_minutes() {
    let now = at("2026-11-21T12:56Z");
    let mut plan = resumed(&[], now);
    let waits: Vec<u64> = (0..12).map(|_| plan.ended(false, now).expect("a wait").as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert_eq!(plan.failures(), 12);
    assert_eq!(plan.next(now), Some(time("2026-11-21T13:01Z")), "the retry, although 13:00 comes first");
    plan.started(now.wall);
    assert_eq!(plan.ended(true, now), None);
    assert_eq!((plan.failures(), plan.next(now)), (0, Some(time("2026-11-21T13:00Z"))));
}

#[test]
fn a_retry_goes_by_the_monotonic_clock() {
    let now = at("2026-11-21T12:56Z");
    let mut plan = resumed(&[], now);
    plan.ended(false, now);
    plan.ended(false, now);
    let jumped = Moment { wall: time("2027-01-01T00:00Z"), ..now };
    assert_eq!(plan.due_in(jumped), Some(Duration::from_secs(2)));
    let mut back = Moment { wall: time("1970-01-01T00:00Z"), ..now };
    plan.look(back);
    assert_eq!(plan.due_in(back), Some(Duration::from_secs(2)));
    back.monotonic += Duration::from_secs(2);
    assert_eq!(plan.due_in(back), Some(Duration::ZERO));
}

#[test]
fn failures_go_on_after_a_restart() {
    let fail = |started: &str| ran(started, Err("disk full".to_owned()));
    let runs = [fail("2026-11-21T12:55:50Z"), fail("2026-11-21T12:55:40Z"), fail("2026-11-21T12:55:30Z")];
    let check = |now: &str, expect: Duration| {
        let now = at(now);
        let plan = resumed(&runs, now);
        assert_eq!((plan.failures(), plan.due_in(now)), (3, Some(expect)), "{}", now.wall);
    };
    check("2026-11-21T12:55:52Z", Duration::from_secs(3));
    check("2026-11-21T12:57Z", Duration::ZERO);
    check("1970-01-01T00:00Z", Duration::from_secs(4));
}
