//! One connection, with every failure turned into this crate's error. DuckDB's connections must not be shared between
//! threads at the same time, so a session is `Send` but not `Sync`, as they are.

use crate::{Error, Result};
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::types::Value;
use duckdb::{Appender, Connection, Params, Row, appender_params_from_iter};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What the sessions of an open database have met so far.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Content that cannot be read.
    pub(crate) damage: AtomicBool,
    /// An error after which the database refuses everything until it is opened again.
    pub(crate) loss: AtomicBool,
}

#[derive(Debug)]
pub(crate) struct Session {
    file: PathBuf,
    connection: Connection,
    /// Shared by all sessions of an open database.
    found: Arc<Found>,
}

impl Session {
    pub(crate) fn new(file: &Path, connection: Connection) -> Session {
        Session { file: file.to_owned(), connection, found: Arc::default() }
    }

    /// A further connection to the same open database.
    pub(crate) fn fork(&self) -> Result<Session> {
        let connection = self.connection.try_clone().map_err(|error| self.error(&error))?;
        Ok(Session { file: self.file.clone(), connection, found: self.found.clone() })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn found(&self) -> Arc<Found> {
        self.found.clone()
    }

    /// Makes whatever this session runs fail `after` so long.
    pub(crate) fn interrupt_after(&self, after: std::time::Duration) {
        let handle = self.connection.interrupt_handle();
        std::thread::spawn(move || {
            std::thread::sleep(after);
            handle.interrupt();
        });
    }

    /// Runs statements without parameters.
    pub(crate) fn run(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|error| self.error(&error))
    }

    /// How many rows the statement changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<u64> {
        let changed = self.connection.execute(sql, params).map_err(|error| self.error(&error))?;
        Ok(changed as u64)
    }

    /// Row by row: for small results.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> duckdb::Result<T>,
    ) -> Result<Vec<T>> {
        let read_all = || self.connection.prepare(sql)?.query_map(params, read)?.collect::<duckdb::Result<Vec<T>>>();
        read_all().map_err(|error| self.error(&error))
    }

    /// The first row's first column, of a statement that always has one.
    pub(crate) fn count(&self, sql: &str, params: impl Params) -> Result<u64> {
        self.connection.query_row(sql, params, |row| row.get(0)).map_err(|error| self.error(&error))
    }

    /// Batch by batch: for large results. The result is complete before the first batch arrives, so that a failure is
    /// an error and not a short answer; callers bound it.
    pub(crate) fn batches(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.connection.prepare(sql).map_err(|error| self.error(&error))?;
        let mut batches = statement.query_arrow(params).map_err(|error| self.error(&error))?;
        batches.try_for_each(|batch| read(&batch))
    }

    /// Adds rows to a table of the file, each with a value for every column.
    pub(crate) fn append<R: IntoIterator<Item = Value>>(
        &self,
        table: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<()> {
        self.fill(self.connection.appender(table), rows)
    }

    /// The same for a temporary table, which has to be named in full where the file is open read-only.
    pub(crate) fn append_temporary<R: IntoIterator<Item = Value>>(
        &self,
        table: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<()> {
        self.fill(self.connection.appender_to_catalog_and_db(table, "temp", "main"), rows)
    }

    fn fill<R: IntoIterator<Item = Value>>(
        &self,
        appender: duckdb::Result<Appender<'_>>,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<()> {
        let fill = || {
            let mut appender = appender?;
            rows.into_iter().try_for_each(|row| appender.append_row(appender_params_from_iter(row)))?;
            appender.flush()
        };
        fill().map_err(|error| self.error(&error))
    }

    /// All of `work`, durably, or, when it fails or panics, none of it.
    pub(crate) fn transaction<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let transaction = self.connection.unchecked_transaction().map_err(|error| self.error(&error))?;
        let value = work()?;
        transaction.commit().map_err(|error| self.error(&error))?;
        self.sync_names()?;
        Ok(value)
    }

    /// Moves the write-ahead log into the file.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.run("CHECKPOINT")?;
        self.sync_names()
    }

    /// Makes the names beside the file durable, of which DuckDB syncs none. A log that a checkpoint had removed must not
    /// come back in a power cut: two checkpoints later it would be replayed into a file that has its rows already.
    pub(crate) fn sync_names(&self) -> Result<()> {
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|opened| opened.sync_all()).map_err(Error::io(folder))
    }

    /// The error for content that this crate never writes.
    pub(crate) fn damaged(&self, detail: impl Into<String>) -> Error {
        self.found.damage.store(true, Relaxed);
        Error::Damaged { file: self.file.clone(), detail: detail.into() }
    }

    /// The error for input that cannot be taken.
    pub(crate) fn refused(&self, detail: impl Into<String>) -> Error {
        Error::Database { file: self.file.clone(), detail: detail.into() }
    }

    fn error(&self, error: &duckdb::Error) -> Error {
        self.found.loss.fetch_or(Error::is_fatal(error), Relaxed);
        let error = Error::of(&self.file, error);
        self.found.damage.fetch_or(error.calls_for_rebuild(), Relaxed);
        error
    }
}
