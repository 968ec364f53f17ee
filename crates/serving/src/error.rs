//! What can be wrong with views, told apart by what the caller does next: wait, rebuild, upgrade, or report.
//!
//! DuckDB's errors are texts; the phrases that tell its kinds apart are here and nowhere else.

use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{file:?} is held by another process; wait until it ends, or ask the running vitals: {detail}")]
    Locked { file: PathBuf, detail: String },
    #[error("{file:?} does not exist; run vitals rebuild")]
    Missing { file: PathBuf },
    /// Also a file that is no view file at all: there is nothing to save in either, views are rebuilt.
    #[error("{file:?} is damaged; run vitals rebuild: {detail}")]
    Damaged { file: PathBuf, detail: String },
    #[error(
        "{file:?} was written by a newer Vitals; use that version, or remove the folder views to have them computed anew: {detail}"
    )]
    Newer { file: PathBuf, detail: String },
    /// A left-over write-ahead log counts as well: DuckDB would replay it into the new file.
    #[error("{file:?} exists; create views under a number that was never used")]
    Exists { file: PathBuf },
    #[error("the views hold Delta {table} version {published}, and {offered} lies before it; publish commits in order")]
    Backwards { table: &'static str, published: i64, offered: i64 },
    #[error("{0:?} is not UTF-8; DuckDB cannot open it, move the data folder")]
    PathNotUtf8(PathBuf),
    #[error("{file:?}: {source}")]
    Io { file: PathBuf, source: std::io::Error },
    /// Under somebody else's work, as of a checkpoint on a full disk; the file is as good as before.
    #[error("{file:?} has to be opened again; ask again: {detail}")]
    Lost { file: PathBuf, detail: String },
    /// Anything else DuckDB refuses: a full disk, too little memory, unreadable Parquet.
    #[error("{file:?}: {detail}")]
    Database { file: PathBuf, detail: String },
}

const LOCKED: &[&str] = &["Could not set lock on file"];
const NEWER: &[&str] = &["Trying to read a database file with version number", "Failed to read WAL of version"];
const DAMAGED: &[&str] = &[
    "Corrupt database file",
    "not a valid DuckDB database file",
    "Failure while replaying WAL",
    "Failed to load metadata pointer",
    "Serialization Error",
    "data may be corrupt",
    "INTERNAL Error",
    "FATAL Error",
];
const LOST: &[&str] = &["database has been invalidated because of a previous fatal error"];
/// What makes an error fatal to DuckDB without harm to the file.
const PASSING: &[&str] = &["No space left on device", "Out of Memory", "Failed to allocate"];

impl Error {
    pub(crate) fn of(file: &Path, error: &duckdb::Error) -> Error {
        // the same may be said of a Parquet file, which is no damage to the views
        let cut_short = format!("Could not read enough bytes from file \"{}\"", file.display());
        let (file, detail) = (file.to_owned(), error.to_string());
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| detail.contains(phrase));
        if has(LOCKED) {
            Error::Locked { file, detail }
        } else if has(NEWER) {
            Error::Newer { file, detail }
        } else if has(LOST) && has(PASSING) {
            Error::Lost { file, detail }
        } else if has(&[&cut_short]) || has(DAMAGED) && !has(PASSING) {
            Error::Damaged { file, detail }
        } else {
            Error::Database { file, detail }
        }
    }

    /// Whether the database refuses everything from now on, until it is opened again.
    pub(crate) fn is_fatal(error: &duckdb::Error) -> bool {
        error.to_string().contains("FATAL Error")
    }

    pub(crate) fn io(file: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
        |source| Error::Io { file: file.to_owned(), source }
    }

    /// Whether a new file built from the master dataset is the way out.
    pub fn calls_for_rebuild(&self) -> bool {
        matches!(self, Error::Missing { .. } | Error::Damaged { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duckdb_texts_are_told_apart() {
        let check = |text: &str, expect: &str| {
            let error = duckdb::Error::DuckDBFailure(duckdb::ffi::Error::new(1), Some(text.to_owned()));
            let found = format!("{:?}", Error::of(Path::new("v"), &error));
            assert!(found.starts_with(expect), "{text}: {found}");
        };
        check("IO Error: Could not set lock on file \"v\": Conflicting lock is held in PID 7", "Locked");
        check("IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2", "Damaged");
        check("IO Error: Trying to read a database file with version number 99, but we can only read", "Newer");
        check("FATAL Error: Failed: database has been invalidated because of a previous fatal error", "Damaged");
        check("FATAL Error: Failed to create checkpoint because of error: No space left on device", "Database");
        let lost = "FATAL Error: Failed: database has been invalidated because of a previous fatal error. The database \
                    must be restarted prior to being used again.\nOriginal error: \"No space left on device\"";
        check(lost, "Lost");
        check("IO Error: Could not read enough bytes from file \"v\": attempted to read 9", "Damaged");
        check("IO Error: Could not read enough bytes from file \"a.parquet\": attempted to read 9", "Database");
        check("Invalid Input Error: No magic bytes found at end of file 'a.parquet'", "Database");
    }
}
