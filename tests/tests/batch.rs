//! Jobs on their schedules: batches that happen by themselves, what history keeps, and what compaction and rebuilding
//! leave as it was.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::thread;
use std::time::Duration;

use chrono::{DateTime, Timelike, Utc};
use serde_json::Value;
use system_tests::{BY_HAND, Expected, Site, assert_same, until};

const EVERY_SECOND: [&str; 4] = ["--set", "jobs.batch=* * * * * *", "--set", "journal.segment_age=300ms"];

#[test]
fn batches_happen_by_themselves() {
    let site = Site::new();
    let daemon = site.serve(&EVERY_SECOND);
    let mut expected = Expected::default();
    let mut watermark = None;
    for round in 0..2 {
        let options = format!("--count 4000 --rate 8000 --shape mixed --late 0.1 --seed {round}");
        expected.add(&site.fleet(daemon.udp(), &options).finish().expected);
        site.await_accepted(expected.count());
        until("the batches to take everything over", 60, || {
            assert_same(&site.query(&[]).rows, &expected.rows(), "with batches at any time");
            (site.query(&["--layer", "batch"]).total() == expected.count()).then_some(())
        });
        let before = watermark.replace(site.query(&[]).document["watermark"]["collector"].as_u64().unwrap());
        assert!(before < watermark, "{before:?}, then {watermark:?}");
    }
    site.verify(expected.count());
    let runs = history(&site, "batch");
    assert!(runs.len() >= 2, "{runs:?}");
    assert!(runs.iter().all(|run| run["last"]["outcome"] == "ok"), "{runs:?}");
    assert!(runs.iter().map(|run| run["last"]["rows"].as_u64().unwrap()).sum::<u64>() >= expected.count(), "{runs:?}");
    let job = job(&site, "batch");
    assert_eq!((&job["schedule"], &job["last"]["outcome"]), (&"* * * * * *".into(), &"ok".into()), "{job}");
}

#[test]
fn a_batch_by_hand_includes_everything_before_it_also_beside_scheduled_ones() {
    let site = Site::new();
    let daemon = site.serve(&EVERY_SECOND);
    let mut fleet = site.fleet(daemon.udp(), "--count 24000 --rate 6000");
    while fleet.is_sending() {
        let accepted = site.accepted();
        site.batch();
        let published = site.query(&["--layer", "batch"]).total();
        assert!(published >= accepted, "{accepted} were accepted before the call, {published} were published");
    }
    let sent = fleet.finish();
    site.await_accepted(24_000);
    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &sent.expected.rows(), "the views alone");
}

#[test]
fn history_survives_and_what_was_missed_is_run_once() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    site.batch();
    assert!(daemon.stop().success());
    let before = history(&site, "batch");
    assert_eq!(before.len(), 1, "{before:?}");

    // due in each of the next two seconds, and not again within this minute
    let due = [1, 2].map(|seconds| Utc::now() + Duration::from_secs(seconds));
    until("two due times to pass", 10, || (Utc::now() > due[1]).then_some(()));
    let list = |part: fn(&DateTime<Utc>) -> u32| format!("{},{}", part(&due[0]), part(&due[1]));
    let [seconds, minutes, hours] = [Timelike::second, Timelike::minute, Timelike::hour].map(list);
    let daemon =
        site.serve(&["--set", &format!("jobs.batch={seconds} {minutes} {hours} * * *"), BY_HAND[2], BY_HAND[3]]);
    let after = until("the missed run", 30, || Some(history(&site, "batch")).filter(|runs| runs.len() > 1));
    assert_eq!((after.len(), &after[1]["last"]), (2, &before[0]["last"]), "the newest is first");

    // a run by hand ends after any further one that was due
    site.batch();
    assert!(daemon.stop().success());
    let runs = history(&site, "batch");
    assert_eq!(runs.len(), 3, "missed twice, run once: {runs:?}");
    assert_eq!(runs[1]["last"], after[0]["last"]);
}

#[test]
fn compaction_and_rebuilding_change_no_answer() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let mut expected = Expected::default();
    for round in 0..4 {
        let options = format!("--count 3000 --rate 15000 --late 0.5 --seed {round}");
        expected.add(&site.fleet(daemon.udp(), &options).finish().expected);
        site.await_accepted(expected.count());
        site.batch();
    }
    for job in [&["jobs", "run", "compact"][..], &["rebuild"]] {
        let during = thread::scope(|scope| {
            let job = scope.spawn(|| site.run(job).ok());
            std::iter::from_fn(|| (!job.is_finished()).then(|| site.query(&[]))).collect::<Vec<_>>()
        });
        during.iter().for_each(|answer| assert_same(&answer.rows, &expected.rows(), &format!("during {job:?}")));
        assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), &format!("after {job:?}"));
        site.verify(expected.count());
    }
    let compaction = &history(&site, "compact")[0];
    // four batches put files into each of two finished days at least
    assert!(compaction["last"]["expired"].as_u64() >= Some(8), "files that were replaced are gone: {compaction}");
}

#[test]
fn a_second_daemon_is_refused_and_the_first_goes_on() {
    let (site, elsewhere) = (Site::new(), Site::new());
    let mut daemon = site.serve(&BY_HAND);
    let (udp, http) = (daemon.udp().to_string(), daemon.http().to_string());
    let free = "127.0.0.1:0";
    let data = site.data().display().to_string();
    let attempts: [(&Site, &[&str], &str); 5] = [
        (&site, &["serve", "--udp", free, "--http", free], &data),
        (&site, &["serve", "--no-collector", "--http", free], &data),
        (&site, &["collect", "--udp", free], &data),
        (&elsewhere, &["serve", "--udp", &udp, "--http", free], &udp),
        (&elsewhere, &["serve", "--udp", free, "--http", &http], &http),
    ];
    for (place, arguments, named) in attempts {
        let refusal = place.run(&[arguments, &["--log-format", "json"]].concat()).refusal(1);
        assert!(refusal.contains(named), "{arguments:?} does not name {named}: {refusal}");
        assert!(daemon.is_running());
    }
    let sent = site.fleet(daemon.udp(), "--count 2000 --rate 10000").finish();
    site.await_accepted(2_000);
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "the first daemon");
    assert!(daemon.stop().success());
}

/// The runs of a job, the newest first.
fn history(site: &Site, job: &str) -> Vec<Value> {
    let runs = site.json(&["jobs", "history", job, "--limit", "1000"]);
    runs.as_array().unwrap().clone()
}

fn job(site: &Site, name: &str) -> Value {
    let jobs = site.json(&["jobs"]);
    jobs.as_array().unwrap().iter().find(|job| job["name"] == name).unwrap().clone()
}
