//! What was written before is read for ever, and what a newer Vitals wrote is refused, never guessed at.
//!
//! `tests/fixtures/<version>/` holds what that version of Vitals wrote: `data`, a data folder as a kill left it, without
//! its views, which are computed anew; `backup`, a backup; and beside each, as JSON lines, every message that is in it.
//! `cargo xtask fixtures` writes them for the version at hand. A fixture of a version that was released is never changed.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

use system_tests::inputs::{Heartbeat, repository};
use system_tests::{BY_HAND, Bucket, Expected, Site, assert_same, until};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The folder of each version.
fn fixtures() -> Vec<PathBuf> {
    let folders = fs::read_dir(repository("tests/fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    assert!(!found.is_empty());
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() { copy(&entry, &target) } else { fs::copy(&entry, &target).map(drop).unwrap() }
    }
}

fn check(site: &Site, expected: &Expected, rejected: u64, when: &str) {
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), when);
    for every in Bucket::ALL {
        assert_same(&site.query(&["--every", every.name()]).rows, &expected.series(every), when);
    }
    let counts = ["accepted", "rejected"].map(|key| answer.coverage(key));
    assert_eq!(counts, [Some(expected.count()), Some(rejected)], "{when}: {}", answer.document["coverage"]);
    site.verify(expected.count());
}

#[test]
fn data_folders_of_every_version_are_read_and_written_on() {
    for fixture in fixtures() {
        let (site, when) = (Site::new(), text(&fixture));
        copy(&fixture.join("data"), &site.data());
        let mut expected = Expected::read(&fixture.join("data.jsonl"));
        site.run(&["rebuild"]).ok();
        check(&site, &expected, 1, &format!("{when}, rebuilt"));
        assert_eq!(site.json(&["rejects"]).as_array().unwrap().len(), 1, "{when}");
        assert_eq!(site.json(&["jobs", "history"]).as_array().unwrap().len(), 2, "{when}");
        let daemon = site.serve(&BY_HAND);
        check(&site, &expected, 1, &format!("{when}, served"));
        expected.add(&site.fleet(daemon.udp(), "--count 100 --rate 5000").finish().expected);
        site.await_accepted(100);
        for job in ["batch", "compact"] {
            site.run(&["jobs", "run", job]).ok();
            check(&site, &expected, 1, &format!("{when}, after {job}"));
        }
    }
}

#[test]
fn backups_of_every_version_are_restored() {
    for fixture in fixtures() {
        let (site, when) = (Site::new(), text(&fixture));
        site.run(&["restore", text(&fixture.join("backup"))]).ok();
        let mut expected = Expected::read(&fixture.join("backup.jsonl"));
        check(&site, &expected, 1, &format!("{when}, restored"));
        let daemon = site.serve(&BY_HAND);
        expected.add(&site.fleet(daemon.udp(), "--count 100 --rate 5000").finish().expected);
        site.await_accepted(100);
        site.batch();
        check(&site, &expected, 1, &format!("{when}, collected on"));
    }
}

/// Writes the newest fixture's folder; the numbers of the tests above are those of what is sent here.
#[test]
#[ignore = "a tool: cargo xtask fixtures"]
fn write_the_fixtures() {
    let fixture = repository("tests/fixtures").join(env!("CARGO_PKG_VERSION"));
    assert!(!fixture.exists(), "{} is there; remove it first, unless that version was released", fixture.display());
    fs::create_dir_all(&fixture).unwrap();
    let site = Site::new();
    let mut sent = Vec::new();
    let daemon = site.serve(&BY_HAND);

    // sealed, by two commits, the second of several journals
    send(daemon.udp(), &mut sent, 20);
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"no heartbeat", daemon.udp()).unwrap();
    until("the refusal", 60, || (site.status()["received"] == 21).then_some(()));
    site.batch();
    let file = site.path("import.csv");
    let imported: Vec<_> = (0..15)
        .map(|number| Heartbeat::numbered(number, 1_767_225_590_000_000 + i64::from(number) * 1_000_000))
        .collect();
    fs::write(&file, imported.iter().map(Heartbeat::csv).collect::<String>()).unwrap();
    site.run(&["import", text(&file)]).ok();
    sent.extend(imported);
    site.batch();
    // closed and not sealed, then open
    send(daemon.udp(), &mut sent, 10);
    site.await_accepted(30);
    site.run(&["backup", text(&fixture.join("backup"))]).ok();
    write_list(&fixture.join("backup.jsonl"), &sent);
    send(daemon.udp(), &mut sent, 10);
    site.await_accepted(40);
    daemon.kill();
    write_list(&fixture.join("data.jsonl"), &sent);
    for part in ["journal", "master", "rejects", "state"] {
        copy(&site.data().join(part), &fixture.join("data").join(part));
    }
    for lock in fs::read_dir(fixture.join("data/journal")).unwrap() {
        fs::remove_file(lock.unwrap().path().join("LOCK")).unwrap();
    }
    fs::remove_dir_all(fixture.join("data/state/tmp")).unwrap_or_default();
}

fn send(to: SocketAddr, sent: &mut Vec<Heartbeat>, count: u32) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
    let first = u32::try_from(sent.len()).unwrap();
    for number in first..first + count {
        let heartbeat = Heartbeat::numbered(number, now - i64::from(number) * 7_000_000);
        socket.send_to(heartbeat.wire().as_bytes(), to).unwrap();
        sent.push(heartbeat);
    }
}

fn write_list(path: &Path, sent: &[Heartbeat]) {
    drop(Heartbeat::expect(sent, path));
}

/// A data folder at rest, all of it published, after a change to one of its files.
fn changed(change: impl FnOnce(&Path)) -> Site {
    let site = Site::new();
    site.run(&["import", text(&repository("data/sample/messages.csv"))]).ok();
    change(&site.data());
    site
}

/// That each command ends with one line with these words and changes nothing but views and locks.
fn refused(site: &Site, commands: &[&[&str]], words: &[&str]) {
    let kept = || ["journal", "master", "state/jobs.jsonl"].map(|part| listing(&site.data().join(part)));
    let before = kept();
    for arguments in commands {
        let line = site.run(arguments).refusal(1);
        words.iter().for_each(|word| assert!(line.contains(word), "{arguments:?} does not say {word:?}: {line}"));
        assert_eq!(kept(), before, "{arguments:?}");
    }
}

fn listing(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    if path.is_file() {
        return vec![(path.to_owned(), fs::read(path).unwrap())];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.flat_map(|path| listing(&path)).filter(|(path, _)| !path.ends_with("LOCK")).collect();
    found.sort();
    found
}

const SERVE: [&str; 5] = ["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"];
const COLLECT: [&str; 3] = ["collect", "--udp", "127.0.0.1:0"];

#[test]
fn a_newer_delta_protocol_is_refused() {
    for table in ["messages", "ledger"] {
        let site = changed(|data| {
            let log = data.join("master").join(table).join("_delta_log");
            let next = fs::read_dir(&log).unwrap().count();
            let features = r#""readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]"#;
            let action = format!(r#"{{"protocol":{{"minReaderVersion":3,"minWriterVersion":7,{features}}}}}"#);
            fs::write(log.join(format!("{next:020}.json")), action + "\n").unwrap();
        });
        let words = [&format!("master/{table}"), "Delta protocol 3", "newer Vitals"];
        refused(&site, &[&["verify"], &["rebuild"], &["jobs", "run", "batch"], &SERVE, &COLLECT], &words);
    }
}

#[test]
fn a_newer_format_of_the_tables_is_refused() {
    let site = changed(|data| {
        let commit = data.join("master/messages/_delta_log/00000000000000000000.json");
        let text = fs::read_to_string(&commit).unwrap();
        fs::write(&commit, text.replace(r#""vitals.format":"1""#, r#""vitals.format":"2""#)).unwrap();
    });
    let words = ["master/messages", "format 2", "reads 1", "use the version that wrote it"];
    refused(&site, &[&["verify"], &["rebuild"], &["jobs", "run", "batch"], &SERVE, &COLLECT], &words);
}

#[test]
fn a_newer_job_history_is_refused() {
    let site = changed(|data| {
        let path = data.join("state/jobs.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("{\"format\":1}\n"), "{text}");
        fs::write(&path, text.replacen("\"format\":1", "\"format\":2", 1)).unwrap();
    });
    let words = ["state/jobs.jsonl", "newer Vitals", "format is 2", "up to 1"];
    refused(&site, &[&["jobs"], &["jobs", "history"], &["jobs", "run", "batch"], &SERVE], &words);
}
