//! The master dataset as programs see it that know nothing of Vitals: Delta readers and plain readers of Parquet find
//! exactly the accepted messages, every value bit for bit, at any time.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use system_tests::inputs::python;
use system_tests::{BY_HAND, Daemon, Output, Site, command};

const READERS: [&str; 3] = ["deltalake", "polars", "parquet"];

/// A data folder that is collecting, and the list of everything sent to it.
struct Collected {
    site: Site,
    daemon: Daemon,
    lists: Vec<PathBuf>,
    malformed: u64,
}

impl Collected {
    fn new() -> Self {
        let site = Site::new();
        let daemon = site.serve(&BY_HAND);
        Self { site, daemon, lists: Vec::new(), malformed: 0 }
    }

    /// Sends messages of which every third is up to three days late, and waits until they are accepted.
    fn send(&mut self, options: &str) {
        let list = self.site.path(&format!("list-{}", self.lists.len()));
        let to = self.daemon.udp().to_string();
        let mut fleet = command("mock-services", self.site.folder());
        fleet
            .args(["--quiet", "--to", &to, "--rate", "4000", "--late", "0.3", "--late-by", "3d", "--expect"])
            .arg(&list);
        let summary = Output::of(fleet.args(options.split(' '))).json();
        self.lists.push(list);
        self.malformed += summary["malformed"].as_u64().expect("a count");
        let sent = self.sent().len() as u64;
        self.site.await_accepted(sent);
    }

    fn run_job(&self, name: &str) {
        self.site.run(&["jobs", "run", name]).ok();
    }

    /// Every valid message that was sent, sorted.
    fn sent(&self) -> Vec<String> {
        let texts = self.lists.iter().map(|list| fs::read_to_string(list).expect("a fleet's list"));
        let read = |line: &str| serde_json::from_str(line).expect("a line of JSON");
        let mut messages: Vec<String> = texts
            .flat_map(|text| text.lines().map(|line| message(&read(line), "time_us")).collect::<Vec<_>>())
            .collect();
        messages.sort_unstable();
        messages
    }

    fn table(&self, name: &str) -> PathBuf {
        self.site.data().join("master").join(name)
    }

    fn check(&self, when: &str) {
        let sent = self.sent();
        let tables = rows(&self.table("messages"));
        for reader in READERS {
            let mut found: Vec<String> = list(&tables, reader).map(|row| message(row, "time")).collect();
            found.sort_unstable();
            assert_eq!(found.len(), sent.len(), "{when}, {reader}");
            let differing = found.iter().zip(&sent).find(|(found, sent)| found != sent);
            assert_eq!(differing, None, "{when}, {reader}: the first that differs");
        }
        let ledgers = rows(&self.table("ledger"));
        for reader in READERS {
            let accepted: u64 = list(&ledgers, reader).filter_map(|row| row["accepted"].as_u64()).sum();
            let rejected: u64 = list(&ledgers, reader).map(rejected).sum();
            assert_eq!((accepted, rejected), (sent.len() as u64, self.malformed), "{when}, {reader}");
        }
        self.site.verify(sent.len() as u64);
    }

    /// Parquet files per day, without the day that is not over.
    fn files_of_finished_days(&self) -> Vec<usize> {
        let folders = fs::read_dir(self.table("messages")).expect("the table's folder");
        let mut days: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path()).collect();
        days.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("day=")));
        days.sort_unstable();
        days.pop();
        days.iter().map(|day| fs::read_dir(day).expect("a day's folder").count()).collect()
    }
}

/// What each reader finds in a table.
fn rows(table: &Path) -> Value {
    Output::of(python("read_table.py").arg(table)).json()
}

fn list<'a>(tables: &'a Value, reader: &str) -> impl Iterator<Item = &'a Value> {
    tables[reader].as_array().expect("rows").iter()
}

/// A message as one text; numbers are their bits.
fn message(row: &Value, time: &str) -> String {
    let numbers = ["cpu", "ram_total", "ram_free", "disk_total", "disk_free"];
    let bits = numbers.map(|key| row[key].as_f64().unwrap_or_else(|| panic!("no {key} in {row}")).to_bits());
    let words = [row["service"].as_str(), row.get("instance").and_then(Value::as_str)];
    format!("{words:?} {} {bits:x?}", row[time].as_i64().expect("a time"))
}

fn rejected(row: &Value) -> u64 {
    let Some(text) = row["rejected"].as_str() else { return 0 };
    let reasons: Value = serde_json::from_str(text).expect("reasons are an object of JSON");
    reasons.as_object().expect("an object").values().map(|count| count.as_u64().expect("a count")).sum()
}

#[test]
fn readers_from_outside_find_exactly_the_accepted_messages() {
    let mut collected = Collected::new();
    collected.send("--count 1500 --seed 1 --shape mixed --incident malformed:service-3@+10s/5s");
    collected.run_job("batch");
    collected.check("after a batch");

    collected.send("--count 1000 --seed 2 --incident duplicate:service-2@+0s/20s");
    collected.run_job("batch");
    collected.check("after late messages of days that were there");
    assert!(collected.files_of_finished_days().iter().any(|files| *files > 1), "there is something to compact");

    collected.run_job("compact");
    let files = collected.files_of_finished_days();
    assert!(files.len() >= 3 && files.iter().all(|files| *files == 1), "{files:?}");
    collected.check("after compaction");

    collected.send("--count 500 --seed 3");
    collected.run_job("batch");
    collected.check("after late messages of compacted days");
}
