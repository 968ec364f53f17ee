//! What a widened range needs is left, and it is no wider than it must be.

use super::*;
use proptest::prelude::*;

const DAY: u64 = 86_400;

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange::new(time(from), time(to)).expect("not empty")
}

fn days(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count * DAY))
}

fn floors() -> Floors {
    let kept =
        Kept { raw: days(3), minute: days(7), hour: days(30), day: days(90), month: days(400), year: days(1500) };
    kept.floors(time("2026-11-21T12:56"))
}

#[test]
fn floors_lie_on_boundaries_of_the_next_coarser_buckets() {
    let expect = Floors {
        raw: time("2026-11-18"),
        minute: time("2026-11-14"),
        hour: time("2026-10-22"),
        day: time("2026-08-01"),
        month: time("2025-01-01"),
        year: time("2022-01-01"),
    };
    assert_eq!(floors(), expect);
    assert_eq!(Kept::default().floors(time("2026-11-21")), Floors::default());
    let ages = Kept { raw: days(4_000_000), ..Kept::default() };
    assert_eq!(ages.floors(time("2026-11-21")), Floors::default());
}

#[test]
fn ranges_widen_to_the_finest_buckets_left() {
    let check = |from: &str, to: &str, expect: Option<(&str, &str)>| {
        let expect = expect.map(|(from, to)| range(from, to));
        assert_eq!(floors().widened(&range(from, to)), expect, "{from} to {to}");
    };
    let same = |from, to| check(from, to, Some((from, to)));
    same("2026-11-18", "2026-11-18T00:00:01Z");
    same("2026-11-17T23:59", "2026-11-19T01:02:03Z");
    check("2026-11-17T23:58:01Z", "2026-11-17T23:58:02Z", Some(("2026-11-17T23:58", "2026-11-17T23:59")));
    check("2026-11-13T12:30", "2026-11-17T12:30:30Z", Some(("2026-11-13T12:00", "2026-11-17T12:31")));
    check("2026-10-21T23:59", "2026-10-22", Some(("2026-10-21", "2026-10-22")));
    check("2026-07-31", "2026-11-21T00:00:00.5Z", Some(("2026-07-01", "2026-11-21T00:00:00.5Z")));
    check("2024-05-05", "2024-05-06", Some(("2024-01-01", "2025-01-01")));
    check("2000-01-01", "2024-05-06", Some(("2022-01-01", "2025-01-01")));
    check("2000-01-01", "2022-01-01", None);
    check("2000-01-01", "2022-01-01T00:00:01Z", Some(("2022-01-01", "2023-01-01")));
}

fn kept() -> impl Strategy<Value = Kept> {
    prop::collection::vec(1u64..900, 6).prop_map(|mut ages| {
        ages.sort_unstable();
        // ages above 700 days stand for ever, which is as long as it gets
        let kept = |index: usize| Some(ages[index]).filter(|age| *age < 700).and_then(days);
        Kept { raw: kept(0), minute: kept(1), hour: kept(2), day: kept(3), month: kept(4), year: kept(5) }
    })
}

proptest! {
    #[test]
    fn a_widened_range_needs_nothing_that_is_gone(
        kept in kept(),
        later in kept(),
        (a, b) in (0i64..90_000_000, 0i64..90_000_000),
        coarsest in 0usize..5,
    ) {
        let now = time("2026-11-21T12:56");
        let floors = kept.floors(now).raised_to(&later.floors(now));
        let at = |second: i64| Time::from_micros(now.as_micros() - second * 1_000_000);
        let Ok(asked) = TimeRange::new(at(a.max(b)), at(a.min(b))) else { return Ok(()) };
        let Some(widened) = floors.widened(&asked) else {
            prop_assert!(asked.to <= floors.year);
            return Ok(());
        };
        prop_assert!(widened.from <= asked.from.max(floors.year) && asked.to <= widened.to);
        let coarsest = match floors.left_at(widened.from) {
            Left::Buckets(left) => Granularity::ALL[coarsest].max(left),
            _ => Granularity::ALL[coarsest],
        };
        let split = widened.split(coarsest);
        for span in &split.spans {
            prop_assert!(span.range.from >= floors.of(span.granularity), "{span:?} of {floors:?}");
        }
        for edge in &split.edges {
            prop_assert!(edge.from >= floors.raw, "{edge:?} of {floors:?}");
        }
    }
}
