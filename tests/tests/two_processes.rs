//! `vitals collect` and `vitals serve --no-collector` on one folder: either may die, the other goes on, and the answers
//! stay exact; without either the command line answers by itself, the same.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::thread;
use std::time::{Duration, Instant};

use system_tests::{BY_HAND, Bucket, Expected, Site, assert_same, until};

const SERVER: [&str; 5] = ["--no-collector", BY_HAND[0], BY_HAND[1], BY_HAND[2], BY_HAND[3]];

/// So that a batch does not wait long for the collector's next segment.
const SHORT_SEGMENTS: [&str; 2] = ["--set", "journal.segment_age=500ms"];

#[test]
fn a_batch_includes_what_the_collector_accepted_before_the_call() {
    let site = Site::new();
    // segments of ten seconds, as they are by default
    let collector = site.collect(&[]);
    let _server = site.serve(&SERVER);
    let sent = site.fleet(collector.udp(), "--count 30000 --rate 15000 --shape mixed --late 0.02").finish();
    site.await_total(30_000);
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "before the batch");

    let asked = Instant::now();
    let during = thread::scope(|scope| {
        let batch = scope.spawn(|| site.batch());
        let asking = std::iter::from_fn(|| (!batch.is_finished()).then(|| site.query(&[])));
        asking.collect::<Vec<_>>()
    });
    assert!(asked.elapsed() < Duration::from_secs(25), "the batch waited {:?}", asked.elapsed());
    during.iter().for_each(|answer| assert_same(&answer.rows, &sent.expected.rows(), "during the batch"));
    assert_same(&site.query(&["--layer", "batch"]).rows, &sent.expected.rows(), "the views alone");
    for every in Bucket::ALL {
        assert_same(&site.query(&["--every", every.name()]).rows, &sent.expected.series(every), every.name());
    }
    site.verify(30_000);
    let answer = site.query(&[]);
    for key in ["received", "accepted"] {
        assert_eq!(answer.coverage(key), Some(30_000), "{key}");
    }
    assert_eq!((answer.coverage("unknown_minutes"), answer.coverage("kernel_dropped")), (Some(0), Some(0)));
    let status = site.status();
    assert_eq!((&status["ready"], &status["accepted"]), (&true.into(), &0.into()), "the server collects nothing");
}

#[test]
fn a_collector_that_closes_no_segment_makes_a_batch_fail_and_nothing_else() {
    let site = Site::new();
    let collector = site.collect(&["--set", "journal.segment_age=10m"]);
    let _server = site.serve(&SERVER);
    let sent = site.fleet(collector.udp(), "--count 1000 --rate 10000").finish();
    site.await_total(1_000);
    let refusal = site.run(&["jobs", "run", "batch"]).refusal(1);
    assert!(refusal.contains("collector"), "does not name the journal: {refusal}");
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "after a batch that failed");
    assert!(collector.stop().success());
    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &sent.expected.rows(), "once the collector has stopped");
}

#[test]
fn the_collector_goes_on_while_the_server_dies_in_batches() {
    let site = Site::new();
    let mut collector = site.collect(&SHORT_SEGMENTS);
    let mut expected = Expected::default();
    for (round, kill_after_ms) in [0, 400, 700, 1_000].into_iter().enumerate() {
        let server = site.serve(&SERVER);
        let fleet = site.fleet(collector.udp(), &format!("--count 6000 --rate 4000 --late 0.1 --seed {round}"));
        site.await_total(expected.count() + 1_000);
        thread::scope(|scope| {
            let batch = scope.spawn(|| site.run(&["jobs", "run", "batch"]));
            let asked = Instant::now();
            let over = || asked.elapsed() >= Duration::from_millis(kill_after_ms) || batch.is_finished();
            until("the moment to kill", 60, || over().then_some(()));
            server.kill();
        });
        expected.add(&fleet.finish().expected);
        assert!(collector.is_running());

        let when = format!("round {round}, killed {kill_after_ms} ms into a batch");
        site.await_total(expected.count());
        assert_same(&site.query(&[]).rows, &expected.rows(), &format!("{when}, without a server"));
        let again = site.serve(&SERVER);
        assert_same(&site.query(&[]).rows, &expected.rows(), &format!("{when}, started again"));
        assert!(again.stop().success());
    }
    let _server = site.serve(&SERVER);
    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "the views alone");
    site.verify(expected.count());
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), "at the end");
    assert_eq!(answer.coverage("accepted"), Some(expected.count()));
    assert_eq!(answer.coverage("unknown_minutes"), Some(0), "the collector never stopped");
}

#[test]
fn a_dead_collector_s_journal_is_closed_by_the_batch() {
    let site = Site::new();
    let _server = site.serve(&SERVER);
    let collector = site.collect(&[]);
    let fleet = site.fleet(collector.udp(), "--count 12000 --rate 8000 --shape mixed");
    site.await_total(3_000);
    let accepted = site.query(&[]).total();
    collector.kill();
    let sent = fleet.finish();

    let survived = site.query(&[]).total();
    assert!(survived >= accepted, "{accepted} messages were in an answer, {survived} survived");
    let mut expected = sent.expected.first(survived);
    assert_same(&site.query(&[]).rows, &expected.rows(), "the collector is dead");
    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "its journal was closed and published");

    let collector = site.collect(&SHORT_SEGMENTS);
    expected.add(&site.fleet(collector.udp(), "--count 5000 --rate 10000 --seed 2").finish().expected);
    site.await_total(expected.count());
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), "with a new collector");
    assert!(answer.coverage("unknown_minutes") >= Some(1), "{}", answer.document["coverage"]);
    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "the views alone");
    site.verify(expected.count());
}

#[test]
fn the_command_line_answers_by_itself() {
    let site = Site::new();
    let server = site.serve(&SERVER);
    let collector = site.collect(&SHORT_SEGMENTS);
    let mut expected = site.fleet(collector.udp(), "--count 4000 --rate 10000 --shape mixed").finish().expected;
    site.await_total(4_000);
    site.batch();
    expected.add(&site.fleet(collector.udp(), "--count 4000 --rate 10000 --seed 2").finish().expected);
    site.await_total(8_000);
    let right = |when: &str| {
        for every in [Bucket::Minute, Bucket::Day] {
            let series = site.query(&["--every", every.name()]);
            assert_same(&series.rows, &expected.series(every), &format!("{when}, by {}", every.name()));
        }
        let answer = site.query(&[]);
        assert_same(&answer.rows, &expected.rows(), when);
        assert_eq!(answer.coverage("accepted"), Some(8_000), "{when}");
        site.verify(8_000);
        assert_eq!(site.json(&["services"]).as_array().unwrap().len(), expected.services().len(), "{when}");
    };
    right("both run");
    assert!(server.stop().success());
    right("only the collector runs");
    assert_eq!(site.run(&["status", "--check"]).code, Some(4));
    assert!(collector.stop().success());
    right("nobody runs");

    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "a batch without a daemon");
    right("nobody runs, all is published");
}
