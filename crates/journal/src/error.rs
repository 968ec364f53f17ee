//! What can go wrong with a journal, and what to do about it.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path} is in use by another process; stop it, or choose another --data folder")]
    InUse { path: PathBuf },
    #[error("journal {path} was ended by a backup and is never written again; open the one that follows it")]
    Ended { path: PathBuf },
    #[error("{path} is of format {version}, this version of vitals reads up to {supported}; use a newer vitals")]
    Newer { path: PathBuf, version: u16, supported: u16 },
    #[error("{path} holds a frame of kind {kind}, which this version of vitals does not know; use a newer vitals")]
    UnknownKind { path: PathBuf, kind: u8 },
    #[error("{path} is no journal segment: {problem}; move it out of the journal's folder")]
    Foreign { path: PathBuf, problem: &'static str },
    /// The bytes had a good checksum and still make no sense: a bug or an attack, not rot.
    #[error("a frame's payload is malformed: {0}; report this, and move the segment to quarantine to go on without it")]
    Payload(&'static str),
    /// Nothing was written; the journal stands as before and may be tried again.
    #[error(
        "cannot write to {path}: {source}; make room there, or make it writable: a daemon goes on by itself, an import when it is run again"
    )]
    Full { path: PathBuf, source: std::io::Error },
    /// The state of the disk is not known, so nothing is ever written over it: the process has to end.
    #[error("journal {name} failed to sync and refuses every write since; check the disk, then start again")]
    Refused { name: String },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Names the file in an I/O error.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    |source| Error::Io { path: path.to_owned(), source }
}
