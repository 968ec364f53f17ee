//! A reader of the master dataset that is not ours: the commits of the Delta log as JSON, and the Parquet files that
//! they name row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use parquet::file::reader::SerializedFileReader;
use parquet::record::{Field, Row};
use serde_json::Value;

use super::{Fact, Key};
use crate::inputs::Heartbeat;

#[derive(Debug, Default)]
pub(super) struct Master {
    pub(super) facts: Vec<Fact>,
    /// Per journal, as UUID, the last segment that table `messages` holds.
    pub(super) marks: BTreeMap<String, u64>,
}

/// Table `messages` of a data folder, at its newest version.
///
/// # Panics
/// When a version is missing or unreadable, or a file that the log names is.
pub(super) fn read(data: &Path) -> Master {
    let table = data.join("master/messages");
    let mut master = Master::default();
    let mut files = BTreeSet::new();
    for (version, path) in commits(&table) {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!text.is_empty(), "commit {version} is empty");
        for line in text.lines() {
            let action: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("commit {version}: {error}"));
            let path = |action: &Value| action["path"].as_str().map(str::to_owned);
            path(&action["remove"]).map(|path| files.remove(&path));
            files.extend(path(&action["add"]));
            if let (Some(journal), Some(segment)) = (action["txn"]["appId"].as_str(), action["txn"]["version"].as_u64())
            {
                master.marks.insert(journal.to_owned(), segment);
            }
        }
    }
    files.iter().for_each(|file| master.facts.extend(rows(&table.join(file))));
    master
}

fn commits(table: &Path) -> Vec<(usize, std::path::PathBuf)> {
    let entries = fs::read_dir(table.join("_delta_log")).into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.strip_suffix(".json")?.parse::<usize>().ok();
    let mut commits: Vec<_> = entries.filter_map(|entry| Some((version(&entry.path())?, entry.path()))).collect();
    commits.sort();
    let missing = commits.iter().enumerate().find(|(place, (version, _))| place != version);
    assert!(missing.is_none(), "the log has a gap before {missing:?}");
    commits
}

fn rows(path: &Path) -> Vec<Fact> {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let reader = SerializedFileReader::new(file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = reader.into_iter();
    rows.map(|row| fact(&row.unwrap_or_else(|error| panic!("{}: {error}", path.display())))).collect()
}

fn fact(row: &Row) -> Fact {
    let fields: BTreeMap<&str, &Field> = row.get_column_iter().map(|(name, field)| (name.as_str(), field)).collect();
    let text = |name: &str| match fields.get(name) {
        Some(Field::Str(text)) => text.clone(),
        _ => String::new(),
    };
    let number = |name: &str| match fields.get(name) {
        Some(Field::Double(number)) => *number,
        other => panic!("{name} is {other:?}"),
    };
    let time_us = match fields.get("time") {
        Some(Field::TimestampMicros(time)) => *time,
        other => panic!("time is {other:?}"),
    };
    let sequence = match fields.get("sequence") {
        Some(Field::Long(sequence)) => *sequence,
        _ => -1,
    };
    let heartbeat = Heartbeat {
        service: text("service"),
        time_us,
        cpu: number("cpu"),
        ram: [number("ram_total"), number("ram_free")],
        disk: [number("disk_total"), number("disk_free")],
    };
    (Key { sender: text("sender"), sequence }, heartbeat)
}
