//! What can go wrong on the way in, and what to do about it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The error of a caller's own work, as it comes back through an import.
pub type Foreign = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error("UDP port {address} is in use by another process; stop it, or listen elsewhere with --udp")]
    PortInUse { address: SocketAddr },
    #[error("cannot listen on UDP {address}: {source}; choose an address of this machine with --udp")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot start the thread {name}: {source}; raise the limit on processes")]
    Thread { name: String, source: io::Error },
    #[error("the thread {name} ended by itself; what it held is lost, so start again and report this with the log")]
    Died { name: String },
    #[error("{0:?} is no network; write an address or a CIDR block such as 10.0.0.0/8 or fd00::/8")]
    Network(String),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} is empty; there is nothing to import")]
    Empty { path: PathBuf },
    #[error(
        "{path} is neither CSV with the columns {columns} nor JSON nor Parquet; {hint}",
        columns = crate::import::COLUMNS.join(",")
    )]
    UnknownForm { path: PathBuf, hint: String },
    #[error("{path} has other columns than a message needs: {problem}")]
    Columns { path: PathBuf, problem: String },
    #[error("{path} is compressed with {codec}, which is not read; write it with zstd, snappy or no compression")]
    Codec { path: PathBuf, codec: String },
    #[error("{path} cannot be read as Parquet: {problem}; nothing of it was imported, so write or fetch it anew")]
    Damaged { path: PathBuf, problem: String },
    #[error("cannot keep standard input in {path} until its end: {source}; make room there, or import a file instead")]
    Spool { path: PathBuf, source: io::Error },
    #[error("another import of refused messages is running in this data folder; wait for it")]
    TakingIn,
    #[error(
        "{path} has been imported already, as {journal}; to import it once more say --again, to bring in what of it was refused vitals rejects export | vitals import -"
    )]
    Imported { path: PathBuf, journal: String },
    #[error("{path} is being imported by another process, as {journal}; wait for it, or stop it and import again")]
    Importing { path: PathBuf, journal: String },
    #[error("{path} has changed while it was read; import it when nothing writes to it")]
    Changed { path: PathBuf },
    #[error("the import stopped: {0}; import the same file again to go on where it stopped")]
    Caller(Foreign),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Names the file in an I/O error.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    |source| Error::Io { path: path.to_owned(), source }
}
