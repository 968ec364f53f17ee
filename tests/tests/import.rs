//! Files of messages: every form gives the same answers, beside a daemon and without one, once each, and also when the
//! import is interrupted anywhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::Signal;
use system_tests::inputs::{Heartbeat, Running, repository};
use system_tests::{BY_HAND, Bucket, Expected, Site, assert_same, until};

const SAMPLES: [&str; 3] = ["messages.csv", "messages.ndjson", "messages.txt"];

fn sample(name: &str) -> String {
    repository("data/sample").join(name).to_str().expect("a path in UTF-8").to_owned()
}

/// The sample as a reader of CSV sees it that knows nothing but the column layout.
fn sample_read_independently(site: &Site) -> Expected {
    let text = fs::read_to_string(sample("messages.csv")).expect("the sample is there");
    let heartbeat = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |field: usize| fields[field].parse::<f64>().expect("a number");
        let time_us = fields[1].parse::<i64>().expect("a number of seconds") * 1_000_000;
        let (ram, disk) = ([number(3), number(4)], [number(5), number(6)]);
        Heartbeat { service: fields[0].to_owned(), time_us, cpu: number(2), ram, disk }
    };
    let heartbeats: Vec<Heartbeat> = text.lines().skip(1).map(heartbeat).collect();
    assert_eq!(heartbeats.len(), 500);
    Heartbeat::expect(&heartbeats, &site.path("sample"))
}

fn check_all(site: &Site, expected: &Expected, when: &str) {
    assert_same(&site.query(&[]).rows, &expected.rows(), when);
    for every in Bucket::ALL {
        assert_same(&site.query(&["--every", every.name()]).rows, &expected.series(every), when);
    }
    site.verify(expected.count());
}

#[test]
fn each_form_gives_the_same_without_a_daemon() {
    for name in SAMPLES {
        let site = Site::new();
        let output = site.run(&["import", &sample(name)]).ok();
        assert!(output.stdout.contains("500 accepted, 0 rejected"), "{output:?}");
        check_all(&site, &sample_read_independently(&site), name);
        let explain = &site.query(&["--explain"]).document["explain"];
        assert_eq!(explain["realtime_cells"], 0, "without a daemon an import puts its messages into the views itself");
    }
}

#[test]
fn each_form_gives_the_same_beside_a_daemon() {
    for name in SAMPLES {
        let site = Site::new();
        let daemon = site.serve(&BY_HAND);
        site.run(&["import", &sample(name)]).ok();
        let expected = sample_read_independently(&site);
        check_all(&site, &expected, name);
        let mut both = site.fleet(daemon.udp(), "--count 100 --rate 2000").finish().expected;
        site.await_accepted(both.count());
        both.add(&expected);
        check_all(&site, &both, "with what came over UDP");
        site.batch();
        check_all(&site, &both, "after a batch");
    }
}

#[test]
fn the_same_file_counts_once_unless_one_insists() {
    let site = Site::new();
    let once = sample_read_independently(&site);
    site.run(&["import", &sample("messages.csv")]).ok();
    // the content counts, not the name
    let copy = site.path("copy.csv");
    fs::copy(sample("messages.csv"), &copy).expect("the test's folder can be written");
    for file in [&sample("messages.csv"), copy.to_str().expect("a path in UTF-8")] {
        let refusal = site.run(&["import", file]).refusal(1);
        assert!(refusal.contains(file) && refusal.contains("already") && refusal.contains("--again"), "{refusal}");
    }
    check_all(&site, &once, "after a second attempt");
    site.run(&["import", "--again", &sample("messages.csv")]).ok();
    let mut twice = once.clone();
    twice.add(&once);
    check_all(&site, &twice, "after importing again");
}

#[test]
fn several_files_at_once() {
    let site = Site::new();
    let expected = sample_read_independently(&site);
    let output = site.run(&["import", &sample("messages.csv"), &sample("messages.ndjson")]).ok();
    assert_eq!(output.stdout.lines().count(), 2, "{output:?}");
    let mut both = expected.clone();
    both.add(&expected);
    check_all(&site, &both, "two files");
}

#[test]
fn what_a_file_holds_beside_messages_is_refused_and_kept() {
    let site = Site::new();
    let good: Vec<Heartbeat> = (0..20).map(|at| Heartbeat::numbered(at, 1_640_995_200_000_000)).collect();
    let mut lines: Vec<String> = good.iter().map(Heartbeat::csv).collect();
    lines.insert(5, "service-1,1640995200,-1,16,4,512,128\n".to_owned());
    lines.insert(11, "service-1,1640995200,0.5,16\n".to_owned());
    let file = site.path("mixed.csv");
    fs::write(&file, lines.concat()).expect("the test's folder can be written");
    let output = site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
    for words in ["20 accepted, 2 rejected", "cpu_negative 1", "missing_field 1", "vitals rejects"] {
        assert!(output.stdout.contains(words), "{output:?}");
    }
    let kept = site.json(&["rejects"]);
    let bytes: Vec<&str> = kept.as_array().expect("a list").iter().filter_map(|kept| kept["bytes"].as_str()).collect();
    assert_eq!(bytes, [lines[5].trim_end(), lines[11].trim_end()]);
    check_all(&site, &Heartbeat::expect(&good, &site.path("list")), "the good ones");
}

/// How many messages the imports hold that are interrupted.
const MANY: u32 = 40_000;
/// Small frames and segments, so that an interruption falls between many of them.
const FINE: [&str; 6] = [
    "--set",
    "collector.frame_messages=200",
    "--set",
    "journal.segment_bytes=1MiB",
    "--set",
    "limits.unpublished_segments=2",
];

/// A file of many messages over three days, and what they add up to.
fn big_file(site: &Site) -> (PathBuf, Expected) {
    let heartbeats: Vec<Heartbeat> =
        (0..MANY).map(|at| Heartbeat::numbered(at, 1_640_995_200_000_000 + i64::from(at) * 6_543_210)).collect();
    let file = site.path("big.ndjson");
    fs::write(&file, heartbeats.iter().map(Heartbeat::wire).collect::<String>())
        .expect("the test's folder can be written");
    let expected = Heartbeat::expect(&heartbeats, &site.path("list"));
    (file, expected)
}

/// Bytes of all journals, those that were sealed and are gone not among them.
fn journalled(data: &Path) -> u64 {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).collect::<Vec<_>>();
    let segments = entries(&data.join("journal")).into_iter().flat_map(|journal| entries(&journal.path()));
    segments.filter_map(|segment| Some(segment.metadata().ok()?.len())).sum()
}

/// Imports the file, interrupted each time the journals have grown by a part of what they will hold, until it is in;
/// how often it was interrupted.
fn import_with_interruptions(site: &Site, file: &Path, signals: &[Signal]) -> usize {
    let file = file.to_str().expect("a path in UTF-8");
    let mut interrupted = 0;
    for (number, signal) in signals.iter().enumerate() {
        let before = journalled(&site.data());
        let mut command = site.command(&[&["import", file], &FINE[..]].concat());
        let mut import = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        // uneven, so that no two interruptions fall at the same place of a frame or a segment
        let growth = 150_000 + 77_777 * number as u64;
        until("the import to get further", 60, || {
            (journalled(&site.data()) >= before + growth || import.ended().is_some()).then_some(())
        });
        if import.ended().is_some() {
            break;
        }
        let status = import.stop(*signal);
        interrupted += 1;
        let code = if *signal == Signal::INT { Some(1) } else { None };
        assert_eq!(status.code(), code, "after {signal:?}");
    }
    let output = site.run(&[&["import", file], &FINE[..]].concat());
    // a kill may come when the file is in its journal whole and only the batch behind it is not done
    if output.code == Some(0) {
        assert!(output.stdout.contains("resumed at byte"), "{output:?}");
    }
    let refusal = site.run(&["import", file]).refusal(1);
    assert!(refusal.contains("--again"), "{refusal}");
    interrupted
}

const INTERRUPTIONS: [Signal; 5] = [Signal::KILL, Signal::INT, Signal::KILL, Signal::INT, Signal::KILL];

#[test]
fn an_interrupted_import_counts_every_message_once() {
    let site = Site::new();
    let (file, expected) = big_file(&site);
    assert_eq!(import_with_interruptions(&site, &file, &INTERRUPTIONS), INTERRUPTIONS.len());
    check_all(&site, &expected, "after interruptions");
    let ledger = site.json(&["ledger"]);
    let accepted = ledger.as_array().expect("a list").iter().filter_map(|line| line["accepted"].as_u64());
    assert_eq!(accepted.sum::<u64>(), u64::from(MANY), "{ledger}");
}

#[test]
fn an_interrupted_import_beside_a_daemon_counts_every_message_once() {
    let site = Site::new();
    let (file, expected) = big_file(&site);
    let daemon = site.serve(&BY_HAND);
    let fleet = site.fleet(daemon.udp(), "--rate 500 --for 4s");
    assert_eq!(import_with_interruptions(&site, &file, &INTERRUPTIONS), INTERRUPTIONS.len());
    let mut both = fleet.finish().expected;
    site.await_accepted(both.count());
    both.add(&expected);
    check_all(&site, &both, "after interruptions");
    site.batch();
    check_all(&site, &both, "after a batch");
}
