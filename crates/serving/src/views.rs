//! One open view file: who may use it, and its life from creation to checkpoint.

use crate::fold::{self, Folded};
use crate::session::{Found, Session};
use crate::{Error, FORMAT, Limits, Publication, Reading, Result, State, Versions};
use crate::{connect, publish, retain, schema, state};
use model::{Floors, Granularity, Time};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An open view file.
///
/// May be shared between threads: writing takes turns, and a [`Reading`] has a connection of its own, so that neither
/// waits for the other. While a process has a file open for writing, no other can open it, not even to read; while one
/// has it open read-only, none can write. Within one process a file may be open only once, which nothing checks.
#[derive(Debug)]
pub struct Views {
    writer: Mutex<Session>,
    /// Only ever forked, so that a reader does not wait for a publication.
    spare: Mutex<Session>,
    found: Arc<Found>,
}

impl Views {
    /// A new file without content, its folders made. It is durable when this returns.
    ///
    /// # Errors
    /// [`Error::Exists`] when the file, or a write-ahead log of that name, is there.
    pub fn create(file: &Path, limits: &Limits) -> Result<Views> {
        let taken = [file, &write_ahead_log(file)].into_iter().any(Path::exists);
        if taken {
            return Err(Error::Exists { file: file.to_owned() });
        }
        let folder = folder(file);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let session = connect::read_write(file, limits)?;
        session.transaction(|| {
            session.run(&schema::create_all())?;
            state::record_versions(&session, Versions::default())
        })?;
        session.checkpoint()?;
        folder.parent().map_or(Ok(()), sync_folder)?;
        Views::of(session)
    }

    /// For reading and writing. Waits up to 10 s while another process has the file open.
    ///
    /// # Errors
    /// [`Error::Locked`] after that; [`Error::Missing`], [`Error::Damaged`], [`Error::Newer`].
    pub fn open(file: &Path, limits: &Limits) -> Result<Views> {
        exists(file)?;
        let session = connect::read_write(file, limits)?;
        session.sync_names()?;
        Views::checked(session)
    }

    /// For reading beside other read-only openers.
    ///
    /// # Errors
    /// [`Error::Locked`] at once while a process has the file open for writing; else as [`Views::open`].
    pub fn open_read_only(file: &Path, limits: &Limits) -> Result<Views> {
        exists(file)?;
        Views::checked(connect::read_only(file, limits)?)
    }

    fn checked(session: Session) -> Result<Views> {
        let formats = session.rows("SELECT max(format) FROM versions", [], |row| row.get::<_, Option<i64>>(0));
        match formats.as_deref() {
            Ok([Some(FORMAT)]) => Views::of(session),
            Ok([Some(format)]) if *format > FORMAT => Err(Error::Newer {
                file: session.file().to_owned(),
                detail: format!("its format is {format}, known is {FORMAT}"),
            }),
            _ => Err(session.damaged("it has no format this version knows")),
        }
    }

    fn of(session: Session) -> Result<Views> {
        let found = session.found();
        Ok(Views { spare: Mutex::new(session.fork()?), writer: Mutex::new(session), found })
    }

    /// Adds a publication in one transaction, which only inserts: all of it or, on any error, nothing.
    ///
    /// Durable when this returns: DuckDB syncs its write-ahead log before a commit returns, and before that the data
    /// file where a large insert went there directly; then the folder is synced, since the log may be new in it.
    pub fn publish(&self, publication: &Publication) -> Result<()> {
        publish::publish(&lock(&self.writer), publication)
    }

    /// Whether these views do nothing more and have to be opened again, once nobody reads in them.
    pub fn is_lost(&self) -> bool {
        self.found.loss.load(Relaxed)
    }

    /// A consistent snapshot of all that is published by now.
    pub fn begin(&self) -> Result<Reading> {
        let session = lock(&self.spare).fork()?;
        Reading::begin(session)
    }

    /// Watermark and versions of a moment's snapshot.
    pub fn state(&self) -> Result<State> {
        self.begin()?.state()
    }

    /// Whether anything that was asked or written since they were opened has met damage.
    pub fn are_damaged(&self) -> bool {
        self.found.damage.load(Relaxed)
    }

    /// Reads every block there is, the small tables first, and so looks at every checksum; at most for `within` so long.
    ///
    /// # Errors
    /// [`Error::Damaged`] for what cannot be read. A damaged file may also end the process: ask in one that may end.
    pub fn check(&self, within: Duration) -> Result<()> {
        let session = lock(&self.spare).fork()?;
        session.interrupt_after(within);
        let tables = schema::small_tables().into_iter().chain(Granularity::ALL.into_iter().rev().map(schema::table));
        for table in tables {
            match session.run(&format!("SELECT bit_xor(hash(it)) FROM {table} AS it")) {
                Err(Error::Database { .. }) => return Ok(()),
                looked => looked?,
            }
        }
        Ok(())
    }

    /// Replaces the partial rows of a key by one, where there are several; every answer stays what it was.
    ///
    /// Minutes, hours and the ledger's minutes wait until they end at or before `finished_before`; days, months and
    /// years, of which each publication adds partials, are folded each time.
    pub fn fold_partials(&self, finished_before: Time) -> Result<Folded> {
        fold::fold(&lock(&self.writer), finished_before)
    }

    /// Whether whoever wrote last to the file ended without closing it.
    pub fn were_left_open(file: &Path) -> bool {
        write_ahead_log(file).exists()
    }

    /// From now on buckets below the floors are not complete; a floor that was higher stays. To be called before any of
    /// them is deleted.
    pub fn raise_floors(&self, floors: &Floors) -> Result<()> {
        retain::raise(&lock(&self.writer), floors)
    }

    /// Deletes the rollups below the floors; how many rows they were.
    pub fn delete_below_floors(&self) -> Result<u64> {
        retain::delete(&lock(&self.writer))
    }

    /// Moves the write-ahead log into the file. Call it after each publication; a long-lived [`Reading`] keeps space
    /// from being used again.
    pub fn checkpoint(&self) -> Result<()> {
        lock(&self.writer).checkpoint()
    }
}

/// What tests do behind the back of the interface.
#[cfg(test)]
impl Views {
    pub(crate) fn on_writer(&self, sql: &str) -> Result<()> {
        lock(&self.writer).run(sql)
    }

    pub(crate) fn count(&self, sql: &str) -> u64 {
        lock(&self.writer).count(sql, []).expect("a count")
    }
}

/// A panic elsewhere leaves a session usable: its transaction was rolled back on the way.
fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// DuckDB would create a missing file instead of refusing.
fn exists(file: &Path) -> Result<()> {
    if file.exists() { Ok(()) } else { Err(Error::Missing { file: file.to_owned() }) }
}

/// What DuckDB has not moved into the file yet. It is there when whoever wrote last did not come to an end.
fn write_ahead_log(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".wal");
    PathBuf::from(name)
}

fn folder(file: &Path) -> &Path {
    let parent = file.parent().unwrap_or(file);
    if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
}

fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(Error::io(folder))
}

#[cfg(test)]
mod tests;
