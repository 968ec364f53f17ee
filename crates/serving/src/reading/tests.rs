//! Reading: whatever way messages were cut into partials, files, publications and folds, cells are those of one pass.

use crate::fixture::{Cells, Folder, cells, of_rollups, range, rollup, time};
use crate::{Error, Views};
use model::{Granularity, HealthRollup, Rollup, Span, Time, TimeRange};
use proptest::prelude::*;
use std::path::PathBuf;

/// Service, time, share in billionths, and the file it lands in.
type Sent = (u8, i64, u32, u8);

const FILES: u8 = 6;

fn sent() -> impl Strategy<Value = Vec<Sent>> {
    let minute = 60_000_000i64;
    let around = |text: &str| time(text).as_micros();
    let centres = [around("2026-12-31T23:59"), around("2027-01-01"), around("2024-02-29"), around("1969-12-31T23:59")];
    // few values and few times, so that ties of both are common
    let at = (prop::sample::select(centres.to_vec()), -3..3i64, prop::sample::select(vec![0, 1, minute - 1]));
    let one = (0..4u8, at, prop::sample::select(vec![0u32, 1, 2, 999_999_999, 1_000_000_000]), 0..FILES);
    prop::collection::vec(
        one.prop_map(move |(service, (at, minutes, rest), value, file)| {
            (service, at + minutes * minute + rest, value, file)
        }),
        1..80,
    )
}

fn name(service: u8) -> String {
    // in byte order the upper case comes first
    ["b", "B", "a ü", "a"][usize::from(service)].to_owned()
}

fn one_pass(sent: &[Sent], granularity: Granularity) -> Cells {
    let mut cells = Cells::new();
    for &(service, at, value, _) in sent {
        let at = Time::from_micros(at);
        cells.entry((name(service), granularity.floor(at))).or_default().merge(&rollup(&[(value, at)]));
    }
    cells
}

fn publish_file(folder: &Folder, sent: &[Sent], file: u8) -> Vec<(Granularity, PathBuf)> {
    let of_file: Vec<Sent> = sent.iter().filter(|of| of.3 == file).copied().collect();
    let partials = |granularity| {
        let cells = one_pass(&of_file, granularity);
        let rows: Vec<_> = cells.iter().map(|((service, bucket), of)| (service.as_str(), *bucket, *of)).collect();
        (granularity, folder.rollups(&rows))
    };
    Granularity::ALL.into_iter().map(partials).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]
    #[test]
    fn any_cut_reads_as_one_pass(
        sent in sent(),
        ends in prop::collection::vec((any::<bool>(), any::<bool>(), sent_time()), usize::from(FILES)),
        asked in (sent_time(), sent_time()),
        services in prop::option::of(prop::collection::vec(0..4u8, 0..3)),
    ) {
        let folder = Folder::new();
        let views = folder.views();
        let mut waiting = Vec::new();
        for (file, &(publish, fold, finished)) in (0..FILES).zip(&ends) {
            waiting.extend(publish_file(&folder, &sent, file));
            if publish || file == FILES - 1 {
                views.publish(&of_rollups(std::mem::take(&mut waiting), i64::from(file))).expect("published");
            }
            if fold {
                views.fold_partials(finished).expect("folded");
            }
        }
        let reading = views.begin().expect("begins");
        let services: Option<Vec<String>> = services.map(|of| of.into_iter().map(name).collect());
        for granularity in Granularity::ALL {
            let (from, to) = (granularity.floor(asked.0.min(asked.1)), granularity.ceil(asked.0.max(asked.1)));
            for range in [TimeRange::new(from, to).ok(), TimeRange::new(Time::MIN, Time::MAX).ok()].into_iter().flatten() {
                let expect: Cells = one_pass(&sent, granularity)
                    .into_iter()
                    .filter(|((_, bucket), _)| range.contains(*bucket))
                    .filter(|((service, _), _)| services.as_ref().is_none_or(|of| of.contains(service)))
                    .collect();
                let found = cells(&reading, &Span { granularity, range }, services.as_deref());
                prop_assert_eq!(found, expect, "{} of {:?}", granularity, range);
            }
        }
    }
}

fn sent_time() -> impl Strategy<Value = Time> {
    sent().prop_map(|of| Time::from_micros(of[0].1))
}

fn minutes(count: i64, services: &[&str], of: impl Fn(Time) -> HealthRollup) -> Vec<(String, Time, HealthRollup)> {
    let first = time("2026-11-21").as_micros();
    let starts = (0..count).map(|minute| Time::from_micros(first + minute * 60_000_000));
    starts
        .flat_map(|at| services.iter().map(move |of| ((*of).to_owned(), at)))
        .map(|(service, at)| (service, at, of(at)))
        .collect()
}

fn published(folder: &Folder, granularity: Granularity, files: &[Vec<(String, Time, HealthRollup)>]) -> Views {
    let views = folder.views();
    let file = |partials: &Vec<(String, Time, HealthRollup)>| {
        let rows: Vec<_> = partials.iter().map(|(service, at, of)| (service.as_str(), *at, *of)).collect();
        (granularity, folder.rollups(&rows))
    };
    views.publish(&of_rollups(files.iter().map(file).collect(), 0)).expect("published");
    views
}

#[test]
fn sums_and_extremes_of_any_size_are_exact() {
    let folder = Folder::new();
    let bucket = time("2026-01-01");
    let series = |sum: i128, min: u32, max: u32, max_at: i64| Rollup {
        count: 1 << 61,
        sum,
        min,
        max,
        max_at: Time::from_micros(max_at),
    };
    let half = 49_999_999_999_999_999_999_999_999_999_999_999_999;
    let of = |shift: i64| HealthRollup {
        cpu: series(half, 0, 1_000_000_000, bucket.as_micros() + shift),
        ram: series(i128::from(u64::MAX) + 1, 1_000_000_000, 1_000_000_000, bucket.as_micros() - shift),
        disk: series(0, 0, 0, bucket.as_micros()),
    };
    let files = [1, 2, 0].map(|shift| vec![("a".to_owned(), bucket, of(shift))]);
    let views = published(&folder, Granularity::Year, &files[..2]);
    let mut expect = of(1);
    expect.merge(&of(2));
    assert_eq!(expect.cpu.sum, 99_999_999_999_999_999_999_999_999_999_999_999_998);
    let span = Span { granularity: Granularity::Year, range: range("2026-01-01", "2027-01-01") };
    for fold in [false, true] {
        if fold {
            views.fold_partials(Time::MAX).expect("folded");
        }
        let found = cells(&views.begin().expect("begins"), &span, None);
        assert_eq!(found.into_values().collect::<Vec<_>>(), [expect], "folded: {fold}");
    }
}

#[test]
fn long_spans_are_read_in_slices() {
    let folder = Folder::new();
    let count = 290_000;
    let partials = minutes(count, &["a"], |at| rollup(&[(7, at)]));
    // a second partial of every 29th minute
    let more: Vec<_> = partials.iter().step_by(29).cloned().collect();
    let views = published(&folder, Granularity::Minute, &[partials, more]);
    let span = Span { granularity: Granularity::Minute, range: range("2020-01-01", "2030-01-01") };
    let (mut last, mut doubled) = (Time::MIN, 0);
    let mut visit = |_: &str, at: Time, of: &HealthRollup| {
        assert!(last < at, "slices come in order of time, cells once");
        last = at;
        doubled += of.count() - 1;
    };
    let visited = views.begin().expect("begins").rollups(&span, None, &mut visit).expect("readable");
    assert_eq!((visited, doubled), (290_000, 10_000));
}

#[test]
fn a_hundred_thousand_names_may_be_asked_for() {
    let folder = Folder::new();
    let odd = ["it's", "50 %", "b", "\"q\"", ""];
    let views = published(&folder, Granularity::Minute, &[minutes(2, &odd, |at| rollup(&[(7, at)]))]);
    let span = Span { granularity: Granularity::Minute, range: range("2026-11-21", "2026-11-22") };
    let reading = views.begin().expect("begins");
    let names = |services: &[String]| {
        let mut names: Vec<String> = cells(&reading, &span, Some(services)).into_keys().map(|key| key.0).collect();
        names.dedup();
        names
    };
    let many: Vec<String> =
        (0..100_000).map(|n| format!("service-{n}")).chain([odd[1].to_owned(), odd[0].to_owned()]).collect();
    assert_eq!(names(&many), ["50 %", "it's"]);
    assert_eq!(names(&["b".to_owned(), "b".to_owned()]), ["b"]);
    assert_eq!(names(&[]), Vec::<String>::new());
}

#[test]
fn a_reading_sees_one_moment() {
    let folder = Folder::new();
    let views = folder.views();
    let span = Span { granularity: Granularity::Minute, range: range("2026-11-21", "2026-11-22") };
    let publish = |version: i64| {
        let file = folder.rollups(&[("a", span.range.from, rollup(&[(7, span.range.from)]))]);
        views.publish(&of_rollups(vec![(Granularity::Minute, file)], version)).expect("published");
    };
    let count =
        |reading: &crate::Reading| -> u64 { cells(reading, &span, None).values().map(HealthRollup::count).sum() };
    publish(0);
    let before = views.begin().expect("begins");
    std::thread::scope(|scope| scope.spawn(|| publish(1)).join().expect("no panic"));
    let between = views.begin().expect("begins");
    views.fold_partials(Time::MAX).expect("folded beside open readings");
    views.checkpoint().expect("beside open readings");
    publish(2);
    let after = views.begin().expect("begins");
    assert_eq!([&before, &between, &after].map(count), [1, 2, 3]);
    assert_eq!([&before, &between, &after].map(|of| of.state().expect("state").versions.messages), [0, 1, 2]);
}

#[test]
fn foreign_content_is_damage_and_no_answer() {
    let folder = Folder::new();
    let views = folder.views();
    let check = |sql: &str| {
        views.on_writer(sql).expect(sql);
        let reading = views.begin();
        let span = Span { granularity: Granularity::Minute, range: range("2026-01-01", "2027-01-01") };
        let outcome = reading.and_then(|reading| {
            reading.ledger(&span.range)?;
            reading.rollups(&span, None, &mut |_, _, _| ())
        });
        assert!(matches!(outcome, Err(Error::Damaged { .. })), "{sql}: {outcome:?}");
        views.on_writer("DELETE FROM ledger; DELETE FROM minute; DELETE FROM watermark").expect("emptied");
    };
    let at = "'2026-11-21 12:00'";
    check(&format!("INSERT INTO ledger(kind, source, \"from\", \"to\") VALUES ('other', 's', {at}, {at})"));
    check(&format!("INSERT INTO ledger(kind, source, \"from\", \"to\") VALUES ('counts', 's', {at}, {at})"));
    check(&format!("INSERT INTO minute VALUES ('s', {at}, 1, 1, -1, 1, {at}, 1, 1, 1, {at}, 1, 1, 1, {at})"));
    check("INSERT INTO watermark VALUES ('no journal', 1)");
}
