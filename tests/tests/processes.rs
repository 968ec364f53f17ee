//! One process that does everything: whatever batches do meanwhile, an answer holds every accepted message once.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::collections::BTreeMap;
use std::thread;

use serde_json::Value;
use system_tests::{BY_HAND, Bucket, Expected, Fleet, Site, assert_same, time_text, time_us, total};

#[test]
fn a_hundred_thousand_messages_and_batches_while_they_arrive() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let mut fleet = site.fleet(daemon.udp(), "--count 100000 --rate 20000 --shape mixed --late 0.02");
    counts_only_grow(&site, &mut fleet);
    let sent = fleet.finish();
    site.await_accepted(100_000);
    assert_eq!(sent.count(), 100_000);

    // two batches on top of those that ran while sending
    for _ in 0..2 {
        answers_are_right(&site, &sent.expected);
        site.batch();
    }
    answers_are_right(&site, &sent.expected);
    site.verify(100_000);
    lists_agree(&site, &sent.expected);
    let status = site.status();
    let dropped = status["kernel_dropped"].as_u64().unwrap_or(0);
    assert_eq!(status["received"].as_u64().unwrap() + dropped, sent.count(), "{status}");
    assert_eq!(status["in_flight"], 0, "{status}");
}

#[test]
fn an_answer_stays_the_same_while_a_batch_takes_everything_over() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--count 40000 --rate 20000 --shape mixed --late 0.1 --seed 11").finish();
    site.await_accepted(40_000);
    let before = site.query(&[]);
    assert_eq!(before.document["watermark"], Value::Null);
    assert_same(&before.rows, &sent.expected.rows(), "before the batch");

    let during = thread::scope(|scope| {
        let batch = scope.spawn(|| site.batch());
        let asking = std::iter::from_fn(|| (!batch.is_finished()).then(|| site.query(&[])));
        asking.collect::<Vec<_>>()
    });
    assert!(!during.is_empty());
    for answer in during.iter().chain([&site.query(&[])]) {
        assert_eq!(answer.document["rows"], before.document["rows"]);
        assert_eq!(answer.document["coverage"], before.document["coverage"]);
    }
    assert!(site.query(&[]).document["watermark"]["collector"].is_u64());
    assert_same(&site.query(&["--layer", "batch"]).rows, &sent.expected.rows(), "the batch has taken everything");
    assert_eq!(site.query(&["--layer", "realtime"]).total(), 0);
    site.verify(40_000);
}

#[test]
fn a_stop_while_messages_arrive_loses_none_that_was_accepted() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let fleet = site.fleet(daemon.udp(), "--count 20000 --rate 10000 --services 7");
    site.await_accepted(4_000);
    let answered = site.query(&[]).total();
    let accepted = site.accepted();
    assert!(answered <= accepted, "{answered} messages in an answer, but {accepted} accepted");
    let status = daemon.stop();
    assert!(status.success(), "{status}");
    let sent = fleet.finish();

    let without_a_daemon = site.query(&[]);
    assert!(without_a_daemon.total() >= accepted, "{} messages, {accepted} were accepted", without_a_daemon.total());
    let expected = sent.expected.first(without_a_daemon.total());
    assert_same(&without_a_daemon.rows, &expected.rows(), "stopped");

    let _again = site.serve(&BY_HAND);
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), "started again");
    assert_eq!(answer.coverage("unknown_minutes"), Some(0), "a clean stop leaves nothing unknown");
    assert_eq!(answer.coverage("accepted"), Some(answer.total()));
    let warnings = answer.document["warnings"].to_string();
    assert!(warnings.contains("collector was stopped from"), "{warnings}");
    site.batch();
    assert_same(&site.query(&[]).rows, &expected.rows(), "after a batch");
    site.verify(expected.count());
}

/// Runs batches while a fleet sends, and looks all the while: what was accepted stays, and is in every later answer.
fn counts_only_grow(site: &Site, fleet: &mut Fleet) {
    thread::scope(|scope| {
        let mut batch = scope.spawn(|| site.batch());
        let (mut accepted, mut answered) = (0, 0);
        while fleet.is_sending() {
            let now = site.accepted();
            assert!(accepted <= now, "{accepted} accepted, later only {now}");
            accepted = now;
            let answer = site.query(&[]).total();
            assert!(answer >= accepted.max(answered), "{accepted} accepted, {answered} answered, then only {answer}");
            answered = answer;
            if batch.is_finished() {
                batch = scope.spawn(|| site.batch());
            }
        }
        assert!(answered > 0);
    });
}

/// Compares one row per service, every granularity, a crooked range, and the layers.
fn answers_are_right(site: &Site, expected: &Expected) {
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), "a row per service");
    for key in ["received", "accepted"] {
        assert_eq!(answer.coverage(key), Some(expected.count()), "{key} of the coverage");
    }
    assert_eq!(answer.coverage("unknown_minutes"), Some(0));
    for every in Bucket::ALL {
        let series = site.query(&["--every", every.name()]).rows;
        assert_same(&series, &expected.series(every), every.name());
        assert_eq!(total(&series), expected.count(), "{}", every.name());
    }
    let layers = ["batch", "realtime"].map(|layer| site.query(&["--layer", layer]).total());
    assert_eq!(layers[0] + layers[1], expected.count(), "{layers:?}");

    let whole = expected.range();
    let range = whole.start + 12_345_678..whole.end - 98_765_432;
    let asked = [("--from", range.start), ("--to", range.end)].map(|(flag, time)| [flag.to_owned(), time_text(time)]);
    let asked: Vec<&str> = asked.iter().flatten().map(String::as_str).collect();
    assert_same(&site.query_range(&asked).rows, &expected.rows_within(range, None), "edges within a minute");
}

/// `services` and `ledger` against what was sent.
fn lists_agree(site: &Site, expected: &Expected) {
    let services = site.json(&["services"]);
    let services: BTreeMap<_, _> = services.as_array().unwrap().iter().map(service).collect();
    assert_eq!(services, expected.services());

    let ledger = site.json(&["ledger"]);
    let sum = |key: &str| ledger.as_array().unwrap().iter().filter_map(|row| row[key].as_u64()).sum::<u64>();
    assert_eq!((sum("received"), sum("accepted")), (expected.count(), expected.count()), "{ledger}");
}

fn service(row: &Value) -> (String, (i64, i64, u64)) {
    let name = row["service"].as_str().unwrap().to_owned();
    (name, (time_us(&row["first_seen"]), time_us(&row["last_seen"]), row["count"].as_u64().unwrap()))
}
