//! The split against a brute-force oracle, and the ranges that the system this one replaces gets wrong.

use super::*;
use proptest::prelude::*;

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange::new(from.parse().expect(from), to.parse().expect(to)).expect("not empty")
}

/// Walks the range bucket by bucket, taking at each point the coarsest bucket that starts there and fits.
fn walk(range: TimeRange, coarsest: Granularity) -> Vec<(Option<Granularity>, TimeRange)> {
    let mut pieces = Vec::new();
    let mut at = range.from;
    while at < range.to {
        let fitting = Granularity::ALL
            .into_iter()
            .rev()
            .filter(|granularity| *granularity <= coarsest)
            .find(|granularity| granularity.floor(at) == at && granularity.next(at) <= range.to);
        let end = match fitting {
            Some(granularity) => granularity.next(at),
            None => range.to.min(Granularity::Minute.next(Granularity::Minute.floor(at))),
        };
        pieces.push((fitting, TimeRange { from: at, to: end }));
        at = end;
    }
    pieces
}

/// The split as single buckets in order of time.
fn buckets(split: &Split) -> Vec<(Option<Granularity>, TimeRange)> {
    let mut pieces: Vec<_> = split.edges.iter().map(|edge| (None, *edge)).collect();
    for span in &split.spans {
        let mut at = span.range.from;
        while at < span.range.to {
            let end = span.granularity.next(at);
            pieces.push((Some(span.granularity), TimeRange { from: at, to: end }));
            at = end;
        }
        assert_eq!(at, span.range.to, "a span ends at a bucket boundary");
    }
    pieces.sort_by_key(|(_, piece)| piece.from);
    pieces
}

fn edges_inside_one_minute_are_joined(
    mut pieces: Vec<(Option<Granularity>, TimeRange)>,
) -> Vec<(Option<Granularity>, TimeRange)> {
    pieces.dedup_by(|next, last| {
        let join = last.0.is_none() && next.0.is_none() && last.1.to == next.1.from;
        if join {
            last.1.to = next.1.to;
        }
        join
    });
    pieces
}

fn check(range: TimeRange, coarsest: Granularity) {
    let walked = edges_inside_one_minute_are_joined(walk(range, coarsest));
    assert_eq!(buckets(&range.split(coarsest)), walked, "{} to {} by {coarsest}", range.from, range.to);
}

fn micros() -> impl Strategy<Value = i64> {
    let (start, end) = (946_684_800_000_000i64, 2_082_758_400_000_000i64); // 2000-01-01 to 2036-01-01
    let widths = [1i64, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000];
    // any microsecond, or one near a boundary, so that whole minutes, hours and days are common
    (start..end, prop::sample::select(widths.to_vec()), -1i64..=1)
        .prop_map(move |(at, width, step)| (at - at.rem_euclid(width) + step).clamp(start, end - 1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn split_equals_the_walk(a in micros(), b in micros(), coarsest in prop::sample::select(Granularity::ALL.to_vec())) {
        let (from, to) = (Time::from_micros(a.min(b)), Time::from_micros(a.max(b)));
        // a walk by minutes over decades is slow and shows nothing more than over days
        let to = match coarsest {
            Granularity::Minute => to.min(Time::from_micros(from.as_micros() + 3 * 86_400_000_000)),
            Granularity::Hour => to.min(Time::from_micros(from.as_micros() + 200 * 86_400_000_000)),
            _ => to,
        };
        if from < to {
            check(TimeRange { from, to }, coarsest);
        }
    }

    #[test]
    fn short_ranges_split_exactly(a in micros(), length in 1i64..200_000_000) {
        check(TimeRange { from: Time::from_micros(a), to: Time::from_micros(a + length) }, Granularity::Year);
    }
}

#[test]
fn leap_days_belong_to_their_month() {
    for year in 2000..=2035 {
        check(range(&format!("{year}-02-01"), &format!("{year}-03-02T00:01")), Granularity::Year);
    }
    let split = range("2024-02-29", "2024-03-01").split(Granularity::Year);
    assert_eq!(split.spans, [Span { granularity: Granularity::Day, range: range("2024-02-29", "2024-03-01") }]);
    let split = range("2023-02-01", "2023-03-01").split(Granularity::Year);
    assert_eq!(split.spans, [Span { granularity: Granularity::Month, range: range("2023-02-01", "2023-03-01") }]);
}

#[test]
fn ranges_the_predecessor_lost() {
    let month_of = |split: &Split, month: &str| {
        let wanted: Time = month.parse().expect(month);
        split.spans.iter().any(|span| span.granularity == Granularity::Month && span.range.contains(wanted))
    };
    let december = range("2022-01-01T12:56", "2025-02-12T23:34");
    check(december, Granularity::Year);
    assert!(month_of(&december.split(Granularity::Year), "2022-12-01"));

    let march = range("2022-01-15", "2022-03-31T23:59");
    check(march, Granularity::Year);
    let split = march.split(Granularity::Year);
    let in_march: Vec<_> =
        split.spans.iter().filter(|span| span.range.to > "2022-03-01".parse().expect("a time")).collect();
    assert_eq!(
        in_march.iter().map(|span| span.granularity).collect::<Vec<_>>(),
        [Granularity::Day, Granularity::Hour, Granularity::Minute]
    );

    // 2022-02-31 does not exist: no bucket starts outside the calendar, and asking for the date fails
    let february = range("2022-01-31", "2022-03-01T00:30");
    check(february, Granularity::Year);
    assert!("2022-02-31".parse::<Time>().is_err());
}

#[test]
fn a_range_inside_a_minute_is_one_edge() {
    let inside = range("2026-11-21T12:56:01Z", "2026-11-21T12:56:02Z");
    assert_eq!(inside.split(Granularity::Year), Split { spans: vec![], edges: vec![inside] });
    let across = range("2026-11-21T12:56:30Z", "2026-11-21T12:57:30Z");
    assert_eq!(across.split(Granularity::Year).edges, [across]);
}

#[test]
fn an_empty_range_is_refused() {
    let at: Time = "2026-11-21".parse().expect("a time");
    let error = TimeRange::new(at, at).expect_err("empty");
    assert!(error.to_string().contains("--from must be before --to"));
}
