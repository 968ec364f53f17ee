//! What each start found of the life before it: kept on disk, so that a person can look later and one process of a data
//! folder can tell of the other.
//!
//! - One file per kind of process, `state/starts-serve.jsonl` and `state/starts-collect.jsonl`, each with one writer: who
//!   holds the folder's lock, or the collector's journal. Anyone may read beside it.
//! - One JSON object a line, the last `KEEP` starts, oldest first; replaced as a whole whenever the newest one changes.
//! - Nothing depends on it: a line that cannot be read is skipped, and what cannot be written is logged.

use crate::handover::{Prepared, ViewsFound};
use journal::replace_file;
use model::{DataFolder, LedgerRowKind, Marks, Time};
use serde::{Deserialize, Serialize};
use speed::{Generation, Snapshot};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Starts kept of each kind of process.
const KEEP: usize = 20;

/// What kind of process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    Serve,
    Collect,
}

impl Process {
    const ALL: [Process; 2] = [Process::Serve, Process::Collect];

    pub fn name(self) -> &'static str {
        match self {
            Process::Serve => "serve",
            Process::Collect => "collect",
        }
    }
}

/// One start of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub process: Process,
    pub pid: u32,
    pub version: String,
    pub started: Time,
    /// Whether the process of this kind before it stopped in order; `None` where none is on record.
    pub clean: Option<bool>,
    /// How long until messages were taken and, by a process that serves, questions answered; `None`: it is not so far
    /// yet, or never was.
    pub ready_after_ms: Option<u64>,
    /// When it stopped in order; `None` while it runs, and for ever where it ended otherwise.
    pub stopped: Option<Time>,
    /// By name; only those of which there is something to tell.
    pub journals: BTreeMap<String, JournalStart>,
    /// `None` for a process without views.
    pub views: Option<ViewsFound>,
    /// Messages from which views were built anew since; `None` where they were not, or are not yet.
    pub rebuilt_messages: Option<u64>,
    /// Files of the master dataset that an interrupted job had left and nothing named.
    pub orphans_removed: u64,
    /// Pieces that came into quarantine, by their names below it.
    pub quarantined: Vec<String>,
    /// What journals, master dataset and views did not agree on, and what was done about it.
    pub reconciled: Vec<String>,
}

/// What a start found in one journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStart {
    /// `None` where another process writes it.
    pub opened: Option<Opened>,
    /// `None` for a process without realtime views.
    pub replayed: Option<Replayed>,
}

/// What its writer found of the writer before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Whether the writer before stopped in order; true for a new journal.
    pub clean: bool,
    /// `None` for a new journal.
    pub last_sign: Option<Time>,
    /// How long nobody collected: from the last sign of life until the start.
    pub gap_ms: u64,
    /// Bytes of a frame that a crash had left unfinished.
    pub torn_bytes: u64,
}

/// What the realtime views read of a journal: everything above the watermark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    pub segments: u64,
    pub messages: u64,
    /// Pieces that could not be read.
    pub damaged: u64,
}

impl Replayed {
    fn add(&mut self, generation: &Generation) {
        self.segments += 1;
        self.messages += generation.messages;
        let damaged = generation.ledger().filter(|row| matches!(row.kind, LedgerRowKind::Damage { .. }));
        self.damaged += damaged.count() as u64;
    }
}

impl Start {
    pub fn new(process: Process, version: &str, started: Time) -> Start {
        Start {
            process,
            pid: std::process::id(),
            version: version.to_owned(),
            started,
            clean: None,
            ready_after_ms: None,
            stopped: None,
            journals: BTreeMap::new(),
            views: None,
            rebuilt_messages: None,
            orphans_removed: 0,
            quarantined: Vec::new(),
            reconciled: Vec::new(),
        }
    }

    pub fn prepared(&mut self, prepared: &Prepared) {
        self.views = Some(prepared.views);
        self.orphans_removed = prepared.orphans_removed;
        self.reconciled = prepared.reconciled.told();
    }

    /// What the realtime views read until they first reached the journals' ends. What this life itself has written,
    /// segments from those of `own` on, is no part of it.
    pub fn replayed(&mut self, snapshot: &Snapshot, own: &Marks) {
        for (id, journal) in &snapshot.journals {
            let end = own.get(id).copied().unwrap_or(u64::MAX);
            let mut replayed = Replayed::default();
            journal.generations.range(..end).for_each(|(_, generation)| replayed.add(generation));
            if replayed.segments > 0 {
                self.journals.entry(journal.name.clone()).or_default().replayed = Some(replayed);
            }
        }
    }
}

/// The record of this process's start, after those of its predecessors.
#[derive(Debug)]
pub struct Starts {
    path: PathBuf,
    past: Vec<Start>,
    now: Mutex<Start>,
}

impl Starts {
    /// Puts a start on record.
    pub fn begin(folder: &DataFolder, mut start: Start) -> Starts {
        let mut past = read_of(folder, start.process);
        past.drain(..(past.len() + 1).saturating_sub(KEEP));
        start.clean = past.last().map(|last| last.stopped.is_some());
        let starts = Starts { path: path(folder, start.process), past, now: Mutex::new(start) };
        starts.save(&starts.now());
        starts
    }

    /// Adds what is known by now. Blocks on the disk; callers come one after the other.
    pub fn update(&self, change: impl FnOnce(&mut Start)) {
        let start = {
            let mut now = self.lock();
            change(&mut now);
            now.clone()
        };
        self.save(&start);
    }

    pub fn now(&self) -> Start {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Start> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, start: &Start) {
        let line = |start| serde_json::to_string(start).expect("texts, numbers and times have a JSON form") + "\n";
        let lines: String = self.past.iter().chain([start]).map(line).collect();
        if let Err(error) = replace_file(&self.path, lines.as_bytes()) {
            tracing::warn!(%error, "what this start found is not on record");
        }
    }
}

/// The last starts of all processes of a data folder, the newest first. Creates and changes nothing.
pub fn read(folder: &DataFolder) -> Vec<Start> {
    let mut starts: Vec<Start> = Process::ALL.into_iter().flat_map(|process| read_of(folder, process)).collect();
    starts.sort_by_key(|start| std::cmp::Reverse(start.started));
    starts
}

/// Those of one kind, oldest first.
pub fn read_of(folder: &DataFolder, process: Process) -> Vec<Start> {
    let text = std::fs::read(path(folder, process)).unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn path(folder: &DataFolder, process: Process) -> PathBuf {
    folder.starts(process.name())
}

#[cfg(test)]
mod tests;
