//! The views: header, blocks, log and pointer. Everything in them is built anew, whatever happens to them.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use system_tests::{Answer, Bucket, assert_same, until};

use crate::{Harm, Rest, copy, serve};

const FILE: &str = "views/1/views.duckdb";

#[test]
fn rotten_views_are_set_aside_and_built_anew() {
    for harm in
        [Harm::Flip(0), Harm::Flip(2), Harm::Flip(400), Harm::Flip(930), Harm::Cut(500), Harm::Empty, Harm::Garbage]
    {
        let rest = Rest::new();
        harm.to(&rest.file(FILE), &rest.site);
        let daemon = rest.survives(&format!("{harm:?} to the views"));
        let found = daemon.logged("the views are damaged; they are set aside and built anew");
        let left_alone = fs::read(rest.file("views/CURRENT")).unwrap() == b"1\n";
        assert_eq!(found.len(), usize::from(!left_alone), "{harm:?}: {found:?}");
        assert_eq!(rest.file("quarantine/views/1/views.duckdb").exists(), !left_alone, "{harm:?}");
    }
}

#[test]
fn views_that_are_gone_or_too_old_are_built_anew() {
    for harm in [Harm::Delete, Harm::Older] {
        let rest = Rest::new();
        harm.to(&rest.file(FILE), &rest.site);
        let daemon = rest.survives(&format!("{harm:?} to the views"));
        assert_ne!(fs::read(rest.file("views/CURRENT")).unwrap(), b"1\n", "{harm:?}: a number is used once");
        rest.site.batch();
        rest.site.verify(rest.expected.count());
        drop(daemon);
    }
}

#[test]
fn a_pointer_that_points_elsewhere_is_set_right() {
    for harm in [Harm::Flip(0), Harm::Flip(999), Harm::Empty, Harm::Delete, Harm::Garbage] {
        let rest = Rest::new();
        harm.to(&rest.file("views/CURRENT"), &rest.site);
        rest.survives(&format!("{harm:?} to CURRENT"));
    }
}

/// A commit that is not in the file yet stands in the log: damage to it costs at most what the master dataset has.
#[test]
fn a_rotten_write_ahead_log_costs_nothing() {
    let mut rest = Rest::new();
    let log = rest.file("views/1/views.duckdb.wal");
    killed_with_a_log(&mut rest, &log);
    copy(&rest.site.data(), &rest.site.path("killed"));
    for harm in
        [Harm::Flip(0), Harm::Flip(10), Harm::Flip(500), Harm::Flip(999), Harm::Cut(500), Harm::Empty, Harm::Delete]
    {
        fs::remove_dir_all(rest.site.data()).unwrap();
        copy(&rest.site.path("killed"), &rest.site.data());
        harm.to(&log, &rest.site);
        rest.survives(&format!("{harm:?} to the log"));
    }
    fs::remove_dir_all(rest.site.data()).unwrap();
    copy(&rest.site.path("killed"), &rest.site.data());
    Harm::Older.to(&rest.file(FILE), &rest.site);
    rest.survives("a log of a file that is older than it");
}

/// Kills daemons in the middle of publishing until one leaves its log behind.
fn killed_with_a_log(rest: &mut Rest, log: &Path) {
    for round in 0..20 {
        let daemon = serve(&rest.site);
        let options = format!("--count 200 --rate 8000 --shape mixed --late 0.2 --seed {}", 100 + round);
        rest.expected.add(&rest.site.fleet(daemon.udp(), &options).finish().expected);
        rest.site.await_accepted(200);
        let mut batch = rest.site.command(&["jobs", "run", "batch"]);
        let mut batch = batch.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let seen = until("a log, or the end of the batch", 60, || {
            let has_log = fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0);
            (has_log || batch.try_wait().unwrap().is_some()).then_some(has_log)
        });
        daemon.kill();
        until("the end of a command whose daemon died", 60, || batch.try_wait().unwrap());
        if seen && fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0) {
            return;
        }
    }
    panic!("no kill in twenty came between a commit and its checkpoint");
}

/// With its checksums made good, a file can say what DuckDB does not survive.
#[test]
fn views_that_crash_the_engine_do_not_crash_the_daemon() {
    let rest = Rest::new();
    let file = rest.file(FILE);
    let whole = fs::read(&file).unwrap();
    let crash = (0..4_000).find(|attempt| {
        let rotten = plausible(&whole, *attempt);
        fs::write(&file, &rotten).unwrap();
        let probe = rest.site.run(&["probe", file.to_str().unwrap()]);
        probe.code.is_none()
    });
    let attempt = crash.expect("none of these files crashes DuckDB: find another one, or do without the probe");
    let daemon = rest.survives(&format!("attempt {attempt}, which crashes DuckDB"));
    let found = daemon.logged("the views are damaged; they are set aside and built anew");
    assert!(found[0]["reason"].as_str().unwrap().contains("DuckDB crashes on them with signal"), "{found:?}");
}

/// The file with one word of one block changed, and the checksum of the block changed with it.
fn plausible(whole: &[u8], attempt: usize) -> Vec<u8> {
    const BLOCK: usize = 262_144;
    const HEADERS: usize = 12_288;
    let blocks = (whole.len() - HEADERS) / BLOCK;
    let block = HEADERS + attempt % blocks * BLOCK;
    let mut bytes = whole.to_vec();
    let word = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let sum = |word: u64| word.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let at = block + 8 * (1 + attempt / blocks * 37 % 2_900);
    let (old, new) = (word(&bytes, at), u64::MAX);
    let checksum = word(&bytes, block) ^ sum(old) ^ sum(new);
    bytes[at..at + 8].copy_from_slice(&new.to_le_bytes());
    bytes[block..block + 8].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Rot that is met only when somebody asks: the daemon that meets it builds the views anew.
#[test]
fn rot_under_a_running_daemon_is_mended_by_it() {
    let rest = Rest::new();
    let daemon = serve(&rest.site);
    let mut bytes = fs::read(rest.file(FILE)).unwrap();
    (12_288..bytes.len()).step_by(262_144).for_each(|block| bytes[block + 4_000] ^= 1);
    // in place, as a disk rots, and not by another file of that name
    fs::write(rest.file(FILE), bytes).unwrap();
    let ask = ["query", "--from", "2020-01-01", "--to", "2040-01-01", "--every", "minute", "--format", "json"];
    let answer = until("an answer after the rot", 60, || {
        let output = rest.site.run(&ask);
        (output.code == Some(0)).then(|| Answer::read(output.json()))
    });
    assert_same(&answer.rows, &rest.expected.series(Bucket::Minute), "after rot under a running daemon");
    assert_ne!(fs::read(rest.file("views/CURRENT")).unwrap(), b"1\n", "nobody met the rot");
    rest.site.verify(rest.expected.count());
    drop(daemon);
}
