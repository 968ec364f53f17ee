//! Where things lie in a data folder. Names are kept here alone; nothing here touches the disk.

use std::path::{Path, PathBuf};

/// The folder that holds everything one Vitals knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    pub fn new(path: impl Into<PathBuf>) -> DataFolder {
        DataFolder(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Who serves this folder, and at which address.
    pub fn lock(&self) -> PathBuf {
        self.0.join("LOCK")
    }

    /// One folder per journal.
    pub fn journals(&self) -> PathBuf {
        self.0.join("journal")
    }

    pub fn journal(&self, name: &str) -> PathBuf {
        self.journals().join(name)
    }

    /// The Delta tables `messages` and `ledger`.
    pub fn master(&self) -> PathBuf {
        self.0.join("master")
    }

    /// `CURRENT` and one folder per generation of the views.
    pub fn views(&self) -> PathBuf {
        self.0.join("views")
    }

    /// Raw bytes of what was refused.
    pub fn rejects(&self) -> PathBuf {
        self.0.join("rejects")
    }

    /// One folder per journal, and one for views.
    pub fn quarantines(&self) -> PathBuf {
        self.0.join("quarantine")
    }

    /// Damaged pieces of one journal, moved aside, never deleted.
    pub fn quarantine(&self, journal: &str) -> PathBuf {
        self.quarantines().join(journal)
    }

    /// What jobs remember.
    pub fn state(&self) -> PathBuf {
        self.0.join("state")
    }

    /// Runs of the scheduler's jobs.
    pub fn job_history(&self) -> PathBuf {
        self.state().join("jobs.jsonl")
    }

    /// The last starts of one kind of process.
    pub fn starts(&self, process: &str) -> PathBuf {
        self.state().join(format!("starts-{process}.jsonl"))
    }

    /// Files in the making; whoever holds the folder's lock may empty it.
    pub fn temporary(&self) -> PathBuf {
        self.state().join("tmp")
    }

    /// What SQL statements of the process that serves the folder put aside while they run; empty at its start.
    pub fn spill(&self) -> PathBuf {
        self.state().join("spill")
    }

    /// Settings that lie with the data.
    pub fn configuration(&self) -> PathBuf {
        self.0.join("vitals.toml")
    }

    /// The manifest that makes a folder of this layout a backup.
    pub fn backup(&self) -> PathBuf {
        self.0.join("BACKUP")
    }

    /// There while the folder is being filled from a backup.
    pub fn restoring(&self) -> PathBuf {
        self.0.join("RESTORING")
    }
}
