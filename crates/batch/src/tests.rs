//! The master dataset as its callers see it, on a folder of its own; and what the other tests share.

mod clean_up;
mod contents;
mod crash;
mod log;
mod retain;
mod seal;

use crate::{Master, SegmentContent, read_file};
use model::{Counts, JournalId, LedgerRow, Message, Messages, Time};
use std::collections::HashSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder whose name needs escaping in a URL, and the tables in it.
pub(crate) struct Store {
    pub(crate) folder: TempDir,
    pub(crate) master: Master,
}

impl Store {
    pub(crate) async fn new() -> Store {
        let folder = tempfile::Builder::new().prefix("máster 100% [x]").tempdir().unwrap();
        let master = Master::open(&folder.path().join("master")).await.unwrap();
        Store { folder, master }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("master")
    }

    pub(crate) async fn reopen(&mut self) {
        self.master = Master::open(&self.path()).await.unwrap();
    }

    /// All messages of the newest version, in order.
    pub(crate) fn rows(&self) -> Vec<String> {
        let snapshot = self.master.snapshot().unwrap();
        let mut rows = Vec::new();
        for file in &snapshot.files {
            let read = read_file(&file.path, None, None, &mut |messages| rows.extend(texts(messages))).unwrap();
            assert_eq!(read, file.rows);
        }
        rows.sort();
        rows
    }
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Every field of every message, floats by their bits.
pub(crate) fn texts(messages: &Messages) -> Vec<String> {
    let bits = |row: Message<'_>| {
        let numbers = [row.cpu, row.ram_total, row.ram_free, row.disk_total, row.disk_free].map(f64::to_bits);
        format!("{row:?} {numbers:?}")
    };
    messages.iter().map(bits).collect()
}

pub(crate) fn time(text: &str) -> Time {
    text.parse().unwrap()
}

pub(crate) fn journal(number: u128) -> JournalId {
    format!("{number:032x}").parse().unwrap()
}

pub(crate) fn message(service: &str, at: Time, cpu: f64) -> Message<'_> {
    Message {
        service,
        instance: None,
        time: at,
        received: Time::from_micros(at.as_micros() + 7),
        cpu,
        ram_total: 16.0,
        ram_free: 16.0 * cpu,
        disk_total: 512.0,
        disk_free: 0.1 + 0.2,
        sender: None,
        sequence: None,
        extra: None,
    }
}

/// A segment with one message per time, and what its ledger says of them.
pub(crate) fn segment(journal: JournalId, segment: u64, times: &[&str]) -> SegmentContent {
    let mut messages = Messages::default();
    times.iter().for_each(|at| messages.push(&message("checkout", time(at), segment as f64 / 1000.0)));
    let counts = Counts { accepted: times.len() as u64, ..Counts::default() };
    let ledger = vec![LedgerRow::counts("collector", time("2026-11-21T12:00"), counts)];
    SegmentContent { journal, segment, messages: vec![messages], ledger, damaged: false }
}

pub(crate) fn files(master: &Master) -> HashSet<PathBuf> {
    master.snapshot().unwrap().files.into_iter().map(|file| file.path).collect()
}
