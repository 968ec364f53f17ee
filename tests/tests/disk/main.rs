//! A disk that is full, read-only or slow: what cannot be kept is counted, what was accepted stays, the answers are exact
//! all the while, and everything goes on by itself when it can.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

mod batch;
mod journal;
mod read_only;
mod slow;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use system_tests::{Daemon, Output, Site};

/// Sums of all minutes of the ledger: received, accepted, shed. In each minute what arrived has one fate.
pub(crate) fn ledger(site: &Site) -> [u64; 3] {
    let lines = site.json(&["ledger", "--from", "2020-01-01", "--to", "2040-01-01"]);
    let minutes: Vec<&Value> = lines.as_array().unwrap().iter().filter(|line| line["minute"].is_string()).collect();
    assert!(!minutes.is_empty(), "{lines}");
    minutes.iter().fold([0; 3], |sums, minute| {
        let count = |key: &str| minute[key].as_u64().unwrap_or_else(|| panic!("no {key} in {minute}"));
        let rejected: u64 = minute["rejected"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(count("received"), count("accepted") + count("duplicate") + rejected + count("shed"), "{minute}");
        let more = ["received", "accepted", "shed"].map(count);
        std::array::from_fn(|at| sums[at] + more[at])
    })
}

/// The one time that the daemon has said this; `None` before it does.
pub(crate) fn said(daemon: &Daemon, message: &str) -> Option<Value> {
    let mut lines = daemon.logged(message);
    assert!(lines.len() < 2, "said {} times: {lines:?}", lines.len());
    lines.pop()
}

/// The error of a command that may have failed for the disk's sake, and for no other.
pub(crate) fn refused(output: Output, why: &str) -> Option<String> {
    if output.code == Some(0) {
        return None;
    }
    assert!(output.code == Some(1) && output.stderr.contains(why), "{output:?}");
    Some(output.stderr)
}

/// That nothing lies in the data folder but what the tables name and what answers.
pub(crate) fn no_litter(site: &Site, when: &str) {
    for table in ["messages", "ledger"] {
        let table = site.data().join("master").join(table);
        assert_eq!(data_files(&table), named_files(&table), "{when}: {}", table.display());
    }
    let views = names(&site.data().join("views"));
    assert!(views.len() == 2 && views.contains("CURRENT"), "{when}: {views:?}");
    assert_eq!(names(&site.data().join("state/tmp")), BTreeSet::new(), "{when}");
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

/// What the table's log names, read as any other reader of Delta tables would.
fn named_files(table: &Path) -> BTreeSet<PathBuf> {
    let log = table.join("_delta_log");
    let commits = names(&log).into_iter().filter(|name| name.ends_with(".json"));
    let mut named = BTreeSet::new();
    for commit in commits {
        for action in fs::read_to_string(log.join(commit)).unwrap().lines() {
            let action: Value = serde_json::from_str(action).unwrap();
            let path = |kind: &str| action[kind]["path"].as_str().map(|path| table.join(path.replace("%3D", "=")));
            named.extend(path("add"));
            path("remove").map(|path| named.remove(&path));
        }
    }
    named
}

/// Files in the table's folder, finished or not, but for its log.
fn data_files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for name in names(folder).into_iter().filter(|name| name != "_delta_log") {
        let path = folder.join(name);
        found.extend(if path.is_dir() { data_files(&path) } else { BTreeSet::from([path]) });
    }
    found
}
