//! Backups of the running system, and the data folders that they become elsewhere.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Bucket, Expected, Site, assert_same, until};

/// Segments, batches and compactions in quick succession.
const BUSY: [&str; 6] =
    ["--set", "jobs.batch=* * * * * *", "--set", "jobs.compact=*/2 * * * * *", "--set", "journal.segment_age=200ms"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn backup(site: &Site, name: &str) -> PathBuf {
    let to = site.path(name);
    site.run(&["backup", text(&to)]).ok();
    to
}

/// A site whose data folder is made out of the backup.
fn restored(backup: &Path) -> Site {
    let site = Site::new();
    site.run(&["restore", text(backup)]).ok();
    site
}

fn check(site: &Site, expected: &Expected, when: &str) {
    assert_same(&site.query(&[]).rows, &expected.rows(), when);
    for every in Bucket::ALL {
        assert_same(&site.query(&["--every", every.name()]).rows, &expected.series(every), when);
    }
    site.verify(expected.count());
}

/// A file of heartbeats of some days ago, imported.
fn import(site: &Site, count: u32) -> Expected {
    let heartbeats: Vec<_> = (0..count)
        .map(|number| Heartbeat::numbered(number, 1_760_000_000_000_000 + i64::from(number) * 700_000_000))
        .collect();
    let file = site.path("heartbeats.csv");
    fs::write(&file, heartbeats.iter().map(Heartbeat::csv).collect::<String>()).unwrap();
    site.run(&["import", text(&file)]).ok();
    Heartbeat::expect(&heartbeats, &site.path("heartbeats"))
}

#[test]
fn a_backup_while_everything_goes_on_is_exact_elsewhere() {
    let site = Site::new();
    let daemon = site.serve(&BUSY);
    let imported = import(&site, 300);
    let fleet = site.fleet(daemon.udp(), "--count 12000 --rate 2500 --shape mixed --late 0.05 --services 9");
    let backups: Vec<_> = (0..3)
        .map(|round| {
            site.await_accepted(1_000 + round * 3_000);
            let before = site.accepted();
            (before, backup(&site, &format!("backup-{round}")))
        })
        .collect();
    site.run(&["rebuild"]).ok();
    let sent = fleet.finish();
    site.await_accepted(12_000);

    for (round, (before, backup)) in backups.iter().enumerate() {
        let elsewhere = restored(backup);
        let found = elsewhere.query(&[]).total() - imported.count();
        assert!(found >= *before, "round {round}: {before} were accepted before, {found} are there");
        // a single sender's messages keep their order, so what is there are the first ones, each once
        let mut expected = imported.clone();
        expected.add(&sent.expected.first(found));
        check(&elsewhere, &expected, &format!("round {round}"));
        assert_same(&elsewhere.query(&["--layer", "batch"]).rows, &expected.rows(), "the views alone");
    }
    let mut expected = imported;
    expected.add(&sent.expected);
    check(&site, &expected, "the original");
}

#[test]
fn original_and_copy_collect_on_apart() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let first = site.fleet(daemon.udp(), "--count 2000 --rate 8000 --seed 1").finish().expected;
    site.await_accepted(2_000);
    let backup = backup(&site, "backup");
    let mut here = first.clone();
    here.add(&site.fleet(daemon.udp(), "--count 500 --rate 8000 --seed 2").finish().expected);
    site.await_accepted(2_500);

    let elsewhere = restored(&backup);
    check(&elsewhere, &first, "restored");
    let copy = elsewhere.serve(&BY_HAND);
    let mut there = first;
    there.add(&elsewhere.fleet(copy.udp(), "--count 700 --rate 8000 --seed 3").finish().expected);
    elsewhere.await_accepted(700);
    for site in [&site, &elsewhere] {
        site.batch();
    }
    check(&site, &here, "the original");
    check(&elsewhere, &there, "the copy");
    let answer = elsewhere.query(&[]);
    let journals: Vec<_> = answer.document["watermark"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(journals, ["collector", "collector.2"], "the copy has a journal of its own");
    assert!(answer.coverage("unknown_minutes") >= Some(1), "what came to the original since: {}", answer.document);

    // and the copy's copy, with nobody running
    assert!(copy.stop().success());
    let again = elsewhere.path("backup");
    elsewhere.run(&["backup", text(&again)]).ok();
    check(&restored(&again), &there, "the copy's copy");
}

#[test]
fn without_a_daemon_living_collectors_are_waited_for() {
    let site = Site::new();
    let collector = site.collect(&["--set", "journal.segment_age=1s"]);
    let sent = site.fleet(collector.udp(), "--count 1500 --rate 8000").finish();
    site.await_total(1_500);
    let living = backup(&site, "living");
    collector.kill();
    let dead = backup(&site, "dead");
    for backup in [living, dead] {
        check(&restored(&backup), &sent.expected, text(&backup));
    }
}

/// An import that was interrupted before the backup goes on in the copy where it was, and counts once.
#[test]
fn an_interrupted_import_goes_on_in_the_copy() {
    let site = Site::new();
    let heartbeats: Vec<_> = (0..60_000)
        .map(|number| Heartbeat::numbered(number, 1_760_000_000_000_000 + i64::from(number) * 50_000))
        .collect();
    let file = site.path("heartbeats.csv");
    fs::write(&file, heartbeats.iter().map(Heartbeat::csv).collect::<String>()).unwrap();
    let mut import = start(&site, &["import", text(&file), "--set", "collector.frame_messages=500"]);
    until("the import to have begun", 60, || {
        let journals = fs::read_dir(site.data().join("journal")).into_iter().flatten().flatten();
        let segments = journals.flat_map(|journal| fs::read_dir(journal.path()).into_iter().flatten().flatten());
        segments.into_iter().find(|file| file.metadata().is_ok_and(|metadata| metadata.len() > 100_000)).map(drop)
    });
    import.kill().unwrap();
    import.wait().unwrap();
    let elsewhere = restored(&backup(&site, "backup"));
    let before = elsewhere.query(&[]).total();
    let output = elsewhere.run(&["import", text(&file)]);
    let expected = Heartbeat::expect(&heartbeats, &site.path("expected"));
    if before < 60_000 {
        assert!(output.ok().stdout.contains("resumed at byte"), "{before} were there");
    }
    check(&elsewhere, &expected, "imported to its end");
    let again = elsewhere.run(&["import", text(&file)]);
    assert_eq!(again.code, Some(1), "the content is known: {again:?}");
}

fn start(site: &Site, arguments: &[&str]) -> Child {
    site.command(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn refused(site: &Site, arguments: &[&str], code: i32, words: &[&str]) {
    let line = site.run(arguments).refusal(code);
    words.iter().for_each(|word| assert!(line.contains(word), "{arguments:?} does not say {word:?}: {line}"));
}

/// Nothing takes the folder for a data folder.
fn is_no_data_folder(folder: &Path, words: &[&str]) {
    let site = Site::new();
    let list = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let before = list(folder);
    let sample = system_tests::inputs::repository("data/sample/messages.csv");
    for arguments in [
        &["query"][..],
        &["verify"],
        &["rebuild"],
        &["backup", text(&site.path("backup"))],
        &["import", text(&sample)],
        &["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        &["collect", "--udp", "127.0.0.1:0"],
    ] {
        refused(&site, &[arguments, &["--data", text(folder)]].concat(), 1, words);
    }
    assert_eq!(list(folder), before, "nothing was made in it");
}

#[test]
fn killed_in_the_middle_of_a_backup() {
    let site = Site::new();
    // a writer elsewhere that keeps the backup waiting
    let collector = site.collect(&["--set", "journal.segment_age=10m"]);
    let server = site.serve(&[&["--no-collector"][..], &BY_HAND].concat());
    let sent = site.fleet(collector.udp(), "--count 400 --rate 8000").finish();
    site.await_total(400);
    let to = site.path("backup");
    let mut asking = start(&site, &["backup", text(&to)]);
    until("the backup to have begun", 60, || to.join("BACKUP").exists().then_some(()));
    server.kill();
    until("the end of a command whose daemon died", 60, || asking.try_wait().unwrap());

    let words = [text(&to), "interrupted", "remove the folder", "vitals backup again"];
    refused(&Site::new(), &["restore", text(&to)], 1, &words);
    is_no_data_folder(&to, &[text(&to), "is a backup"]);
    // an error, in contrast, leaves nothing
    let failed = site.path("failed");
    refused(&site, &["backup", text(&failed)], 1, &["collector"]);
    assert!(!failed.exists());

    assert!(collector.stop().success());
    fs::remove_dir_all(&to).unwrap();
    site.run(&["backup", text(&to)]).ok();
    is_no_data_folder(&to, &[text(&to), "is a backup", "vitals restore"]);
    check(&restored(&to), &sent.expected, "a second try");
}

#[test]
fn killed_in_the_middle_of_a_restore() {
    let site = Site::new();
    let expected = import(&site, 200);
    let pieces = site.data().join("quarantine/collector");
    fs::create_dir_all(&pieces).unwrap();
    for piece in 0..3_000 {
        fs::write(pieces.join(format!("piece-{piece}")), [0; 100]).unwrap();
    }
    let backup = backup(&site, "backup");
    let elsewhere = Site::new();
    let marker = elsewhere.data().join("RESTORING");
    let mut restoring = start(&elsewhere, &["restore", text(&backup)]);
    until("the restore to have begun", 60, || marker.exists().then_some(()));
    restoring.kill().unwrap();
    restoring.wait().unwrap();
    assert!(marker.exists(), "the restore was over before it was killed");

    let folder = elsewhere.data();
    is_no_data_folder(&folder, &[text(&folder), "interrupted", "remove the folder", "vitals restore again"]);
    refused(&elsewhere, &["restore", text(&backup)], 2, &[text(&folder), "not empty"]);
    fs::remove_dir_all(&folder).unwrap();
    elsewhere.run(&["restore", text(&backup)]).ok();
    check(&elsewhere, &expected, "a second try");
}

/// Killed at any moment a backup is whole, or says that it is not; and so is what is made out of one.
#[test]
fn killed_at_any_moment() {
    let site = Site::new();
    let expected = import(&site, 200);
    let whole = backup(&site, "whole");
    for delay_ms in [0, 20, 50, 90, 150, 300] {
        let to = site.path(&format!("backup-{delay_ms}"));
        kill_after(start(&site, &["backup", text(&to)]), delay_ms);
        let elsewhere = Site::new();
        let output = elsewhere.run(&["restore", text(&to)]);
        if output.code == Some(0) {
            check(&elsewhere, &expected, &format!("a backup killed after {delay_ms} ms"));
        } else {
            let said = output.stderr.contains("interrupted") || output.stderr.contains("holds no backup");
            assert!(said && !elsewhere.data().exists(), "{output:?}");
        }

        let elsewhere = Site::new();
        kill_after(start(&elsewhere, &["restore", text(&whole)]), delay_ms);
        if elsewhere.data().join("RESTORING").exists() || !elsewhere.data().join("master").exists() {
            continue;
        }
        // whole, whether its views were there or not
        let _daemon = elsewhere.serve(&BY_HAND);
        until("views", 60, || (elsewhere.run(&["query", "--last", "1d"]).code == Some(0)).then_some(()));
        check(&elsewhere, &expected, &format!("a restore killed after {delay_ms} ms"));
    }
}

fn kill_after(mut child: Child, delay_ms: u64) {
    let begun = Instant::now();
    let over = |child: &mut Child| child.try_wait().unwrap().is_some();
    until("the moment to kill", 60, || {
        (begun.elapsed() >= Duration::from_millis(delay_ms) || over(&mut child)).then_some(())
    });
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn what_cannot_be_backed_up_or_restored_says_why() {
    let site = Site::new();
    import(&site, 50);
    let backup = backup(&site, "backup");
    let (data, full) = (site.data(), site.path("full"));
    fs::create_dir(&full).unwrap();
    fs::write(full.join("something"), "").unwrap();
    let daemon = site.serve(&BY_HAND);
    let refused_all = || {
        refused(&site, &["backup", text(&full)], 2, &[text(&full), "not empty"]);
        refused(&site, &["backup", text(&data.join("backup"))], 2, &["data/backup", "outside it"]);
        refused(&site, &["backup", text(&site.path("heartbeats.csv/backup"))], 1, &["heartbeats.csv/backup"]);
        refused(&site, &["restore", text(&backup)], 2, &[text(&data), "not empty"]);
    };
    refused_all();
    assert!(daemon.stop().success());
    refused_all();
    refused(&site, &["restore", text(&full)], 2, &[text(&full), "no backup"]);
    refused(&site, &["restore", text(&site.path("nowhere"))], 2, &["nowhere", "no backup"]);

    let elsewhere = Site::new();
    let manifest = fs::read_to_string(backup.join("BACKUP")).unwrap();
    let newer = manifest.replacen("\"format\": 1", "\"format\": 2", 1);
    fs::write(backup.join("BACKUP"), newer).unwrap();
    refused(&elsewhere, &["restore", text(&backup)], 1, &["BACKUP", "newer Vitals", "format is 2", "up to 1"]);
    assert!(!elsewhere.data().exists(), "nothing is created");
    fs::write(backup.join("BACKUP"), manifest).unwrap();
    fs::remove_file(backup.join("state/jobs.jsonl")).unwrap();
    refused(&elsewhere, &["restore", text(&backup)], 1, &["state/jobs.jsonl", "missing", "damaged"]);
    assert!(!elsewhere.data().exists(), "nothing is left");
}
