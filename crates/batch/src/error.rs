//! What can go wrong in the batch layer.

use deltalake_core::DeltaTableError;
use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// A data file that is not as it was written. Whoever rebuilds goes on without it, and puts that on record.
    #[error(
        "{path} {problem}; restore it from a copy, or run vitals rebuild, which goes on without it and puts the loss on record"
    )]
    Damaged { path: PathBuf, problem: String },
    #[error("{path} is damaged or no file of this store: {source}; restore it from a copy")]
    Parquet { path: PathBuf, source: parquet::errors::ParquetError },
    #[error("cannot write {path}: {source}; make room there, or make it writable")]
    Write { path: PathBuf, source: parquet::errors::ParquetError },
    #[error("column {column} of {path} is missing or of another type; this version of Vitals cannot read the file")]
    Column { path: PathBuf, column: &'static str },
    #[error("{path} holds a ledger row that is not understood: {problem}; use the version of Vitals that wrote it")]
    LedgerRow { path: PathBuf, problem: String },
    #[error(
        "the log of table {table} cannot be used: {source}; where a file of it is damaged or missing, restore that from a copy: until then jobs fail, and collecting and answers go on"
    )]
    Delta { table: PathBuf, source: Box<DeltaTableError> },
    #[error("table {table} has format {found}, this version of Vitals reads {expected}; use the version that wrote it")]
    Format { table: PathBuf, found: String, expected: &'static str },
    #[error(
        "table {table} needs Delta protocol {reader} to read and {writer} to write, this version of Vitals knows up to {} and {}; use a newer Vitals, or a copy from before the table was changed", known.0, known.1
    )]
    Protocol { table: PathBuf, reader: i32, writer: i32, known: (i32, i32) },
    /// Seals above a version cannot be listed because their log is gone; what was published from them must be rebuilt.
    #[error("version {version} of table {table} is not in its log; rebuild the views from the master dataset")]
    MissingVersion { table: PathBuf, version: i64 },
    #[error(
        "version {version} of table {table} names sealed segments in an unknown form: {source}; use the version of Vitals that wrote it"
    )]
    SealInfo { table: PathBuf, version: i64, source: serde_json::Error },
    #[error("{path} does not say which rollups are retained: {source}; restore it from a copy")]
    Retained { path: PathBuf, source: serde_json::Error },
    #[error("{path} has format {found}, this version of Vitals reads {expected}; use the version that wrote it")]
    RetainedFormat { path: PathBuf, found: u64, expected: u64 },
    #[error(
        "version {version} of table {table} contradicts itself, its file is damaged; restore {version:020}.json from a copy: until then jobs fail, and collecting and answers go on"
    )]
    Commit { table: PathBuf, version: i64 },
    #[error("aggregation failed: {0}; give the batch more memory or disk if it ran out of either")]
    Aggregation(#[from] datafusion::error::DataFusionError),
    #[error("arrays do not fit together: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    #[error("a task of the batch ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        move |source| Error::Io { path: path.to_owned(), source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Error {
        move |source| Error::Parquet { path: path.to_owned(), source }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Error {
        move |source| Error::Write { path: path.to_owned(), source }
    }

    pub(crate) fn delta(table: &Path) -> impl FnOnce(DeltaTableError) -> Error {
        move |source| Error::Delta { table: table.to_owned(), source: Box::new(source) }
    }
}
