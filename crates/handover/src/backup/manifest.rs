//! The manifest of a backup: the file that makes a folder a backup, first as a note that it is not finished, last, when
//! everything else is on disk, with every file's size and checksum. `docs/format/backup.md` draws it.

use crate::error::{Error, Result};
use batch::Versions;
use model::{DataFolder, JournalId, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

const FORMAT: u32 = 1;

/// What a finished backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    format: u32,
    finished: bool,
    /// The version of Vitals that wrote it.
    pub(crate) vitals: String,
    pub(crate) begun: Time,
    /// Delta versions of the two tables; what they hold, they hold once, whatever the journals hold besides.
    pub(crate) messages: i64,
    pub(crate) ledger: i64,
    /// By name.
    pub(crate) journals: BTreeMap<String, Ended>,
    pub(crate) files: Vec<File>,
}

/// A journal as the backup ended it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    /// `None` where no segment has a readable header.
    pub(crate) journal: Option<JournalId>,
    /// The last closed segment; 0 for none.
    pub(crate) segment: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Below the backup's folder and below the data folder, parts divided by `/`.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// What can be read of a manifest of any format, finished or not.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    finished: bool,
}

/// The manifest of a backup that is not finished.
pub(crate) fn unfinished() -> Vec<u8> {
    json(&Head { format: FORMAT, finished: false })
}

impl Manifest {
    pub(crate) fn new(
        begun: Time,
        versions: Versions,
        journals: BTreeMap<String, Ended>,
        mut files: Vec<File>,
    ) -> Manifest {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let Versions { messages, ledger } = versions;
        let vitals = env!("CARGO_PKG_VERSION").to_owned();
        Manifest { format: FORMAT, finished: true, vitals, begun, messages, ledger, journals, files }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        json(self)
    }

    /// The manifest of a backup that is whole and of a format that is known.
    pub(crate) fn read(backup: &Path) -> Result<Manifest> {
        let path = DataFolder::new(backup).backup();
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::NoBackup { path: backup.to_owned() });
            }
            read => read.map_err(|source| Error::Io { path: path.clone(), source })?,
        };
        let damaged = |problem: String| Error::BackupDamaged { path: path.clone(), problem };
        let head: Head = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if head.format > FORMAT {
            return Err(Error::BackupNewer { path, format: head.format, supported: FORMAT });
        }
        if !head.finished {
            return Err(Error::BackupUnfinished { path: backup.to_owned() });
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(damaged(format!("there is no format {}", manifest.format)));
        }
        match manifest.files.iter().find(|file| file.place().is_none()) {
            Some(file) => Err(damaged(format!("{:?} is no path below a data folder", file.path))),
            None => Ok(manifest),
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

impl File {
    /// The path, where it stays below the folder that it is joined to.
    pub(crate) fn place(&self) -> Option<PathBuf> {
        let path = Path::new(&self.path);
        let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
        (is_below && !self.path.is_empty()).then(|| path.to_owned())
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("texts and numbers have a JSON form");
    text.push(b'\n');
    text
}
