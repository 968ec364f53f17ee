//! Any range of time is answered exactly as it was asked, from the coarsest buckets that fit.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use system_tests::{BY_HAND, Bucket, Expected, Site, assert_same, time_text, time_us};

use crate::history::{Dice, History, published, within};

fn check(site: &Site, expected: &Expected, from: &str, to: &str, every: Option<Bucket>) {
    let every_arguments = every.map_or(Vec::new(), |every| vec!["--every", every.name()]);
    let answer = site.query_range(&[&["--from", from, "--to", to], &every_arguments[..]].concat());
    let range = within(from, to);
    assert_same(&answer.rows, &expected.rows_within(range.clone(), every), &format!("{from} to {to} {every:?}"));
    for asked in [&answer.document["asked"], &answer.document] {
        assert_eq!(time_us(&asked["from"])..time_us(&asked["to"]), range, "{from} to {to}");
    }
}

#[test]
fn ranges_that_the_predecessor_answered_wrongly() {
    let history = History::new();
    let check_all = |when: &str| {
        for (from, to) in [
            ("2022-01-01T12:56", "2025-02-12T23:34"),
            ("2022-01-15", "2022-03-31T23:59"),
            ("2022-01-31T12:30", "2022-03-01T00:01"),
            ("2022-02-01", "2022-03-01"),
            ("2022-02-28", "2022-03-01"),
            ("2024-02-28T23:59", "2024-03-01T00:01"),
        ] {
            check(&history.site, &history.merged, from, to, None);
            check(&history.site, &history.merged, from, to, Some(Bucket::Month));
        }
        let december = history.site.query_range(&["--from", "2022-12-01", "--to", "2023-01-01"]);
        assert!(december.total() >= 6, "{when}: there are messages in that month");
    };
    check_all("from both layers");
    history.site.batch();
    check_all("from the views");
}

#[test]
fn random_ranges_are_exact_to_the_microsecond() {
    let history = History::new();
    let mut dice = Dice::new(11);
    for number in 0..40 {
        // where messages are, at all precisions, and a microsecond beside it
        let mut edges = [(); 2].map(|()| {
            let time = history.times[usize::try_from(dice.below(history.times.len() as u64)).expect("an index")];
            let width_us = [1, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000][number % 5];
            time - time.rem_euclid(width_us) + dice.between(&(-1..2))
        });
        edges.sort_unstable();
        if edges[0] == edges[1] {
            continue;
        }
        let [from, to] = edges.map(time_text);
        let every = (number % 6 > 0).then(|| Bucket::ALL[number % 6 - 1]);
        check(&history.site, &history.merged, &from, &to, every);
    }
    for (from, to) in [
        ("2022-12-31T23:59:59.999999Z", "2023-01-01T00:00:00.000001Z"),
        ("2022-03-01", "2022-03-01T00:00:00.000001"),
        ("2022-01-01T12:55:59.999999Z", "2022-01-01T12:56"),
        ("2023-01-01T05:30:00+05:30", "2023-01-01T01:00:01+01:00"),
        ("0001-01-01", "9999-12-31"),
    ] {
        check(&history.site, &history.merged, from, to, None);
    }
}

#[test]
fn services_are_chosen_by_name_or_pattern() {
    let history = History::new();
    let check = |patterns: &[&str], names: &[&str]| {
        let arguments: Vec<&str> = patterns.iter().flat_map(|pattern| ["--service", pattern]).collect();
        let mut expected = history.merged.rows();
        expected.retain(|(service, _), _| names.contains(&service.as_str()));
        assert_eq!(expected.len(), names.len());
        assert_same(&history.site.query(&arguments).rows, &expected, &format!("{patterns:?}"));
    };
    let all = ["service-0", "service-1", "service-2", "service-3", "service-4", "service-5", "service-6"];
    check(&[], &all);
    check(&["service-*"], &all);
    check(&["service-3"], &["service-3"]);
    check(&["service-3", "*-5"], &["service-3", "service-5"]);
    check(&["service-[0-2]"], &["service-0", "service-1", "service-2"]);
    check(&["service-?"], &all);
    check(&["*-{0,6}"], &["service-0", "service-6"]);
    check(&["service"], &[]);
    check(&["SERVICE-3"], &[]);
}

#[test]
fn layers_add_up() {
    let history = History::new();
    for (layer, expected) in [("batch", &history.batch), ("realtime", &history.realtime), ("merged", &history.merged)] {
        let answer = history.site.query(&["--layer", layer, "--explain"]);
        assert_same(&answer.rows, &expected.rows(), layer);
        let realtime_cells = answer.document["explain"]["realtime_cells"].as_u64().expect("a count");
        assert_eq!(realtime_cells > 0, layer != "batch", "{layer}");
    }
}

/// The pieces of a plan: granularity, from, to.
fn plan(explain: &Value) -> Vec<(String, Range<i64>)> {
    let pieces = explain["plan"].as_array().expect("a list").iter();
    let granularity = |piece: &Value| piece["granularity"].as_str().expect("text").to_owned();
    pieces.map(|piece| (granularity(piece), time_us(&piece["from"])..time_us(&piece["to"]))).collect()
}

#[test]
fn answers_are_made_of_the_coarsest_buckets() {
    let (site, messages) = published();
    let asked = ["--from", "2022-01-01T12:56", "--to", "2025-02-12T23:34", "--explain"];
    let explain = &site.query_range(&asked).document["explain"];
    assert_eq!((&explain["realtime_cells"], &explain["raw_rows"]), (&0.into(), &0.into()), "{explain}");
    let pieces = plan(explain);
    let expected = [
        ("minute", "2022-01-01T12:56", "2022-01-01T13:00"),
        ("hour", "2022-01-01T13:00", "2022-01-02"),
        ("day", "2022-01-02", "2022-02-01"),
        ("month", "2022-02-01", "2023-01-01"),
        ("year", "2023-01-01", "2025-01-01"),
        ("month", "2025-01-01", "2025-02-01"),
        ("day", "2025-02-01", "2025-02-12"),
        ("hour", "2025-02-12", "2025-02-12T23:00"),
        ("minute", "2025-02-12T23:00", "2025-02-12T23:34"),
    ];
    let expected = expected.map(|(granularity, from, to)| (granularity.to_owned(), within(from, to)));
    assert_eq!(pieces, expected);
    // of one batch each cell is one row of the views, so what was read can be counted from outside
    let mut cells: BTreeMap<&str, usize> = BTreeMap::new();
    for every in Bucket::ALL {
        let of_it = pieces.iter().filter(|(granularity, _)| granularity == every.name());
        let read = of_it.map(|(_, range)| messages.rows_within(range.clone(), Some(every)).len()).sum();
        cells.insert(every.name(), read);
    }
    assert_eq!(explain["view_cells"], serde_json::json!(cells));

    let edges = ["--from", "2022-12-31T23:58:30Z", "--to", "2023-01-01T00:00:00.000001Z", "--explain"];
    let finer = &site.query_range(&edges).document["explain"];
    assert_eq!(
        plan(finer).iter().map(|(granularity, _)| granularity.as_str()).collect::<Vec<_>>(),
        ["raw", "minute", "raw"]
    );
    assert!(finer["raw_rows"].as_u64() > Some(0), "{finer}");
    let table = site.run(&[&["query"], &asked[..]].concat()).ok();
    for words in ["year", "2023-01-01T00:00:00Z to 2025-01-01T00:00:00Z", "realtime cells 0", "raw messages 0"] {
        assert!(table.stderr.contains(words), "no {words}: {table:?}");
    }
}

#[test]
fn the_last_hour_is_of_whole_minutes() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--services 4 --count 800 --rate 4000 --time-step 60s").finish();
    site.await_accepted(800);
    let minute = 60_000_000;
    for (last, minutes) in [("1h", 60), ("90m", 90), ("2h", 120), ("30s", 1)] {
        let before = this_minute();
        let answer = site.query_range(&["--last", last]);
        let asked = time_us(&answer.document["asked"]["from"])..time_us(&answer.document["asked"]["to"]);
        let at = asked.end - minute;
        assert!((before..=this_minute()).contains(&at), "{last} ends with this minute: {asked:?}");
        let lengths = if last == "30s" { vec![1, 2] } else { vec![minutes + 1] };
        assert!(lengths.contains(&((asked.end - asked.start) / minute)), "{last}: {asked:?}");
        assert_eq!(asked.start % minute, 0, "{last}");
        assert_same(&answer.rows, &sent.expected.rows_within(asked, None), last);
    }
    let hour = site.query_range(&["--last", "1h"]);
    assert!((1..800).contains(&hour.total()), "there is more than an hour: {}", hour.total());
}

fn this_minute() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    let minute = Duration::from_secs(now.as_secs() / 60 * 60);
    i64::try_from(minute.as_micros()).expect("a clock before 292277")
}
