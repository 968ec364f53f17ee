//! Files in the data folder that Vitals did not write, or not this Vitals.

use std::fs;

use system_tests::{Answer, BY_HAND, Daemon, Site, time_us, until};

use crate::{listing, says};

/// A data folder at rest that holds 300 messages in the journal and no views yet.
fn at_rest() -> Site {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--count 300 --rate 3000").finish();
    site.await_accepted(sent.count());
    assert!(daemon.stop().success());
    site
}

#[test]
fn a_foreign_file_in_a_journal_is_damage() {
    let site = at_rest();
    let garbage = garbage();
    for journal in ["collector", "elsewhere"] {
        let folder = site.data().join("journal").join(journal);
        fs::create_dir_all(&folder).expect("the data folder can be written");
        fs::write(folder.join("segment-000000000070.seg"), &garbage).expect("the data folder can be written");
    }
    let daemon = site.serve(&BY_HAND);
    assert_eq!(site.query(&[]).total(), 300);
    let sent = site.fleet(daemon.udp(), "--count 100 --rate 3000 --seed 8").finish();
    site.await_accepted(sent.count());
    site.batch();
    site.verify(400);
    assert_eq!(site.query(&[]).total(), 400);
    let damaged = site.query(&[]).document["coverage"]["damaged"].clone();
    for journal in ["collector", "elsewhere"] {
        let copied = site.data().join("quarantine").join(journal).join("segment-000000000070.seg.0-40000");
        assert_eq!(fs::read(copied).expect("it is in quarantine"), garbage);
        // also the numbers before it, which no file has: there is no telling what they were
        let named = |segment: u64| {
            damaged
                .as_array()
                .expect("a list")
                .iter()
                .any(|piece| (&piece["journal"], &piece["segment"]) == (&journal.into(), &segment.into()))
        };
        assert!(named(69) && named(70), "{journal}: {damaged}");
    }
    let segments: Vec<String> =
        listing(&site.data().join("journal/collector")).into_iter().map(|(path, _)| path).collect();
    assert!(segments.iter().any(|path| path.contains("000071")), "its number stays used: {segments:?}");
}

#[test]
fn a_journal_of_a_newer_vitals_is_left_alone() {
    let site = at_rest();
    let journal = site.data().join("journal/collector");
    let (newest, _) = listing(&journal).into_iter().rfind(|(path, _)| path.ends_with(".seg")).expect("a segment");
    let mut bytes = fs::read(&newest).expect("a segment");
    // the format number; the checksum behind it no longer fits, as that of an unknown format may not
    bytes[8..10].copy_from_slice(&2_u16.to_le_bytes());
    fs::write(&newest, &bytes).expect("the data folder can be written");
    let words = [newest.as_str(), "format 2", "up to 1", "newer vitals"];
    for arguments in [
        &["query"][..],
        &["verify"],
        &["services"],
        &["jobs", "run", "batch"],
        &["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        &["collect", "--udp", "127.0.0.1:0"],
    ] {
        says(&site, arguments, 1, &words);
    }
    assert_eq!(fs::read(&newest).expect("it is still there"), bytes, "it is as it was");
    assert!(!site.data().join("quarantine").exists());
}

#[test]
fn a_damaged_segment_is_named_for_all_the_time_it_may_have_held() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    site.run(&["send", "--service", "lost", "--cpu", "0.5", "--to", &daemon.udp().to_string()]).ok();
    site.await_accepted(1);
    let received = time_us(&site.json(&["services"])[0]["last_received"]);
    assert!(daemon.stop().success());
    let segment = site.data().join("journal/collector/segment-000000000001.seg");
    let length = fs::read(&segment).expect("a segment").len();
    fs::write(&segment, b"NOSEGMNT".repeat(length / 8)).expect("the data folder can be written");

    let check = |when: &str| {
        let answer = site.query(&[]).document;
        let damaged = answer["coverage"]["damaged"].as_array().expect("a list");
        let [damaged] = &damaged[..] else { panic!("{when}: {answer}") };
        assert_eq!((&damaged["journal"], &damaged["segment"]), (&"collector".into(), &1.into()), "{when}");
        assert!((time_us(&damaged["from"])..=time_us(&damaged["to"])).contains(&received), "{when}: {damaged}");
    };
    check("without a daemon");
    let _daemon = site.serve(&BY_HAND);
    check("above the watermark");
    site.batch();
    check("in the views");
    site.verify(0);
}

/// Puts garbage in place of a file of the views: nobody answers from it, everybody says what to do, and `mend` mends it.
fn check_damaged_views(file: &str, garbage: &[u8], mend: impl FnOnce(&Site) -> Option<Daemon>) {
    let site = at_rest();
    site.batch();
    let answer = site.query(&[]).rows;
    fs::write(site.data().join("views").join(file), garbage).expect("the data folder can be written");
    for command in ["query", "services", "verify"] {
        says(&site, &[command], 1, &["vitals rebuild"]);
    }
    let _daemon = mend(&site);
    let again = until("the views to be rebuilt", 60, || {
        let output = site.run(&["query", "--from", "2020-01-01", "--to", "2040-01-01", "--format", "json"]);
        // not ready yet, which is no answer
        (output.code != Some(4)).then(|| Answer::read(output.json()))
    });
    assert_eq!(again.rows, answer, "{file}");
    site.verify(300);
}

fn garbage() -> Vec<u8> {
    (0..40_000_u32).map(|at| (at * 31 % 251) as u8).collect()
}

fn start_a_daemon(site: &Site) -> Option<Daemon> {
    Some(site.serve(&BY_HAND))
}

fn rebuild(site: &Site) -> Option<Daemon> {
    site.run(&["rebuild"]).ok();
    None
}

#[test]
fn a_daemon_mends_a_database_that_is_none() {
    check_damaged_views("1/views.duckdb", &garbage(), start_a_daemon);
}

#[test]
fn a_rebuild_mends_a_database_that_is_none() {
    check_damaged_views("1/views.duckdb", b"", rebuild);
    check_damaged_views("1/views.duckdb", &garbage(), rebuild);
}

#[test]
fn a_daemon_mends_a_pointer_that_is_none() {
    check_damaged_views("CURRENT", b"", start_a_daemon);
    check_damaged_views("CURRENT", &garbage(), start_a_daemon);
}

#[test]
fn a_rebuild_mends_a_pointer_that_is_none() {
    check_damaged_views("CURRENT", b"one\n", rebuild);
    check_damaged_views("CURRENT", &garbage(), rebuild);
}
