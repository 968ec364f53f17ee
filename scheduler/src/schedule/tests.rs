//! The laws of a plan, clock changes in Berlin, and the words for what is no schedule.

use super::*;
use chrono::{Datelike, Timelike};
use proptest::prelude::*;

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

/// The due times after `from`, in order, as many as `expect` has.
fn check(expression: &str, zone: &str, from: &str, expect: &[&str]) {
    let schedule = Schedule::parse(expression, zone).expect(expression);
    let mut at = time(from);
    for due in expect {
        at = schedule.next_after(at).expect("never ends here");
        assert_eq!(at, time(due), "{expression} in {zone} after {from}");
    }
}

#[test]
fn five_fields_six_fields_and_shorthands() {
    let from = "2026-11-21T12:56:07.5Z";
    check("* * * * *", "UTC", from, &["2026-11-21T12:57:00Z", "2026-11-21T12:58:00Z"]);
    check("*/15 * * * * *", "UTC", from, &["2026-11-21T12:56:15Z", "2026-11-21T12:56:30Z"]);
    check("* * * * * *", "UTC", from, &["2026-11-21T12:56:08Z", "2026-11-21T12:56:09Z"]);
    check("0 3 * * MON", "UTC", from, &["2026-11-23T03:00:00Z", "2026-11-30T03:00:00Z"]);
    check("0 0 29 2 *", "UTC", from, &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
    check("@hourly", "UTC", from, &["2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z"]);
    check("@Daily", "UTC", from, &["2026-11-22T00:00:00Z"]);
    check("0 3 * * *", "Asia/Kolkata", from, &["2026-11-21T21:30:00Z"]);
}

#[test]
fn an_hour_that_does_not_exist() {
    // Berlin goes from 02:00 +01:00 to 03:00 +02:00 at 01:00 UTC.
    let eve = "2027-03-27T12:00:00Z";
    check("30 2 * * *", "Europe/Berlin", eve, &["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]);
    check("0 1 * * *", "Europe/Berlin", eve, &["2027-03-28T00:00:00Z", "2027-03-28T23:00:00Z"]);
    check(
        "30 * * * *",
        "Europe/Berlin",
        "2027-03-28T00:00:00Z",
        &["2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "2027-03-28T02:30:00Z"],
    );
}

#[test]
fn an_hour_that_exists_twice() {
    // Berlin goes from 03:00 +02:00 back to 02:00 +01:00 at 01:00 UTC.
    let eve = "2027-10-30T12:00:00Z";
    check("30 2 * * *", "Europe/Berlin", eve, &["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]);
    check(
        "30 * * * *",
        "Europe/Berlin",
        "2027-10-31T00:00:00Z",
        &["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-10-31T02:30:00Z"],
    );
}

#[test]
fn what_is_no_schedule() {
    let check = |expression: &str, reason: &str| {
        let text = Schedule::parse(expression, "UTC").expect_err(expression).to_string();
        assert!(text.starts_with(&format!("{expression:?} is no schedule: {reason}; write ")), "{text}");
        assert!(text.contains("*/5 * * * *"), "{text}");
    };
    check("", "it has 0 fields instead of 5 or 6");
    check("hourly", "it has 1 field instead of 5 or 6");
    check("* * * * * * 2027", "it has 7 fields instead of 5 or 6");
    check("61 * * * *", "\"61\" is no minute (0-59): number out of bounds");
    check("* * * * MON;TUE", "\"MON;TUE\" is no day of week (0-7): it contains a character that has no meaning there");
    check("* * 5-x * * *", "\"5-x\" is no hour (0-23): it contains a character that has no meaning there");
    check(", 0 * * * 4", "\",\" is no second (0-59): an item of the list is empty");
    check("1,,2 * * * *", "\"1,,2\" is no minute (0-59): an item of the list is empty");
    check("0 0 30 2 *", "no calendar day ever fits it");
    check("@fortnightly", "the shorthands are @hourly, @daily, @weekly, @monthly, @yearly, @annually");
}

#[test]
fn what_is_no_zone() {
    let error = Schedule::parse("* * * * *", "Europe/Bielefeld").expect_err("no such zone");
    assert_eq!(
        error.to_string(),
        "\"Europe/Bielefeld\" is no time zone; use UTC or an IANA name such as Europe/Berlin"
    );
}

#[test]
fn the_end_of_the_calendar_is_no_panic() {
    let schedule = Schedule::parse("@yearly", "UTC").expect("a schedule");
    assert_eq!(schedule.next_after(Time::MAX), None);
    assert!(schedule.next_after(Time::MIN).is_some());
}

/// A field as a step over its whole range, and the values it stands for.
fn stepped(step: u32, values: std::ops::Range<u32>) -> impl Fn(u32) -> bool {
    move |value| (value - values.start).is_multiple_of(step)
}

proptest! {
    /// Due times lie strictly ahead, fit the expression, and none between is left out: checked minute by minute
    /// against the fields themselves, without the library.
    #[test]
    fn the_next_due_time_is_the_first_that_fits(
        micros in 0i64..4_102_444_800_000_000,
        minute_step in 1u32..60, hour_step in 1u32..24, day_step in 1u32..28,
    ) {
        let schedule = Schedule::parse(&format!("*/{minute_step} */{hour_step} */{day_step} * *"), "UTC").expect("steps");
        let (minutes, hours, days) = (stepped(minute_step, 0..60), stepped(hour_step, 0..24), stepped(day_step, 1..32));
        let fits = |t: Time| {
            let t = t.to_chrono();
            minutes(t.minute()) && hours(t.hour()) && days(t.day())
        };
        let from = Time::from_micros(micros);
        let next = schedule.next_after(from).expect("due again");
        prop_assert!(next > from);
        let minute = 60_000_000;
        let mut at = Time::from_micros((micros / minute + 1) * minute);
        while !fits(at) {
            at = Time::from_micros(at.as_micros() + minute);
        }
        prop_assert_eq!(next, at);
    }

    /// In a zone with clock changes time never stands still or runs back, and nothing is due between two due times.
    #[test]
    fn due_times_only_move_forward(micros in 0i64..4_102_444_800_000_000, ahead in 0i64..1000, hour in 0u32..24) {
        for expression in [format!("30 {hour} * * *"), "*/7 * * * *".to_owned(), "0 */5 * * *".to_owned()] {
            let schedule = Schedule::parse(&expression, "Europe/Berlin").expect("a schedule");
            let from = Time::from_micros(micros);
            let next = schedule.next_after(from).expect("due again");
            prop_assert!(next > from);
            let between = Time::from_micros(micros + (next.as_micros() - 1 - micros) * ahead / 1000);
            prop_assert_eq!(schedule.next_after(between), Some(next), "{} after {}", expression, between);
        }
    }

    #[test]
    fn no_text_panics(expression in "[@*/0-9,#LW?+A-Z -]{0,24}") {
        if let Ok(schedule) = Schedule::parse(&expression, "UTC") {
            prop_assert!(schedule.next_after(Time::from_micros(0)) > Some(Time::from_micros(0)));
        }
    }
}
