//! How a view file is opened: bounded memory and threads, nothing fetched from the network, spill files beside it.

use crate::session::Session;
use crate::{Error, Result};
use duckdb::{AccessMode, Config, Connection};
use std::path::Path;
use std::time::{Duration, Instant};

/// What one open view file may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// DuckDB's `memory_limit` in MiB; sorts beyond it spill into `tmp/` beside the file.
    pub memory_mb: u64,
    /// At least 1.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory_mb: 1024, threads: 2 }
    }
}

/// A writer waits this long for a command that reads the file; such commands end within seconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_RETRY: Duration = Duration::from_millis(50);

pub(crate) fn read_write(file: &Path, limits: &Limits) -> Result<Session> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match connect(file, limits, AccessMode::ReadWrite) {
            Err(Error::Locked { detail, .. }) if Instant::now() < deadline => {
                tracing::debug!(?file, detail, "views are held by another process, waiting");
                std::thread::sleep(LOCK_RETRY);
            }
            opened => return opened,
        }
    }
}

pub(crate) fn read_only(file: &Path, limits: &Limits) -> Result<Session> {
    connect(file, limits, AccessMode::ReadOnly)
}

fn connect(file: &Path, limits: &Limits, mode: AccessMode) -> Result<Session> {
    let config = config(file, limits, mode)?;
    let connection = Connection::open_with_flags(file, config).map_err(|error| Error::of(file, &error))?;
    Ok(Session::new(file, connection))
}

fn config(file: &Path, limits: &Limits, mode: AccessMode) -> Result<Config> {
    let spill = file.with_file_name("tmp");
    let spill = spill.to_str().ok_or_else(|| Error::PathNotUtf8(file.to_owned()))?;
    let settings = || {
        Config::default()
            .access_mode(mode)?
            .enable_autoload_extension(false)?
            .max_memory(&format!("{}MiB", limits.memory_mb))?
            .threads(i64::try_from(limits.threads.max(1)).unwrap_or(i64::MAX))?
            // a Parquet file is read once; caching it would push view blocks out of memory
            .with("enable_external_file_cache", "false")?
            .with("temp_directory", spill)
    };
    settings().map_err(|error| Error::of(file, &error))
}
