//! Which views answer: `views/CURRENT` names a folder, and a fresh one takes its place only when it is complete.
//!
//! A fresh file is never renamed over a database: one with a left-over log would mix the two silently.

use crate::error::{Error, Result};
use journal::replace_file;
use serving::{Limits, Views};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

const CURRENT: &str = "CURRENT";
const FILE: &str = "views.duckdb";
/// How long views that are to be opened again wait for those who read in them.
const READERS_WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// How far a rebuild has come, in files of the master dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// The views that answer now, shared by readers and the batch.
#[derive(Debug)]
pub struct Current {
    folder: PathBuf,
    limits: Limits,
    read_only: bool,
    open: RwLock<State>,
}

#[derive(Clone, Debug)]
enum State {
    Ready(Arc<Views>),
    Missing(Progress),
    /// They are there and could not be opened again.
    Closed,
}

/// Views in the making, beside the ones that answer.
#[derive(Debug)]
pub(crate) struct Fresh {
    number: u64,
    pub(crate) views: Arc<Views>,
}

impl Current {
    /// Opens the views that `CURRENT` names; without any, answers have to wait for a rebuild.
    pub(crate) fn open(folder: PathBuf, limits: Limits, read_only: bool) -> Result<Current> {
        let current = Current { folder, limits, read_only, open: RwLock::new(State::Closed) };
        *current.state() = current.reopened()?;
        Ok(current)
    }

    fn reopened(&self) -> Result<State> {
        let missing = State::Missing(Progress::default());
        let Some(file) = self.number()?.map(|number| self.file(number)).filter(|file| file.exists()) else {
            return Ok(missing);
        };
        let opened =
            if self.read_only { Views::open_read_only(&file, &self.limits) } else { Views::open(&file, &self.limits) };
        match opened {
            Ok(views) => Ok(State::Ready(Arc::new(views))),
            Err(error) if error.calls_for_rebuild() && !self.read_only => {
                tracing::error!(%error, "the views are damaged and will be rebuilt");
                Ok(missing)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Views that refuse everything, as after a checkpoint on a full disk, are opened again.
    pub fn views(&self) -> Result<Arc<Views>> {
        let now = self.open.read().unwrap_or_else(PoisonError::into_inner).clone();
        match now {
            State::Ready(views) if !views.is_lost() => Ok(views),
            State::Missing(Progress { done, total }) => Err(Error::ViewsRebuilding { done, total }),
            State::Ready(_) | State::Closed => {
                drop(now);
                self.open_again()
            }
        }
    }

    /// One file is opened once in a process: who still reads there fails with its next step, and is waited for.
    fn open_again(&self) -> Result<Arc<Views>> {
        let mut state = self.state();
        if let State::Ready(views) = &*state {
            if !views.is_lost() {
                return Ok(views.clone());
            }
            let deadline = Instant::now() + READERS_WAIT;
            while Arc::strong_count(views) > 1 {
                if Instant::now() >= deadline {
                    return Err(Error::ViewsInUse { waited_s: READERS_WAIT.as_secs() });
                }
                std::thread::sleep(PAUSE);
            }
        }
        *state = State::Closed;
        *state = self.reopened()?;
        tracing::info!("the views had refused everything after an error and were opened again");
        drop(state);
        self.views()
    }

    pub fn are_missing(&self) -> bool {
        matches!(*self.open.read().unwrap_or_else(PoisonError::into_inner), State::Missing(_))
    }

    pub(crate) fn report(&self, progress: Progress) {
        if self.are_missing() {
            *self.state() = State::Missing(progress);
        }
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> Result<Option<u64>> {
        let path = self.folder.join(CURRENT);
        match fs::read(&path) {
            // what is no number names no views, and they are built anew
            Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().parse().ok())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Io { path, source }),
        }
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string()).join(FILE)
    }

    /// Numbers of all views folders, whole or left behind by a crash.
    fn numbers(&self) -> Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|source| Error::Io { path: self.folder.clone(), source })?,
        };
        Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
    }

    /// Empty views under a number that no folder has.
    pub(crate) fn begin(&self) -> Result<Fresh> {
        let number = self.numbers()?.into_iter().max().unwrap_or(0) + 1;
        match Views::create(&self.file(number), &self.limits) {
            Ok(views) => Ok(Fresh { number, views: Arc::new(views) }),
            Err(error) => {
                self.remove(number);
                Err(error.into())
            }
        }
    }

    /// Lets complete views answer from now on, and removes the ones before. Who still reads those reads on.
    pub(crate) fn switch(&self, fresh: &Fresh) -> Result<()> {
        fresh.views.checkpoint()?;
        journal::sync_folder(&self.folder.join(fresh.number.to_string()))?;
        journal::sync_folder(&self.folder)?;
        replace_file(&self.folder.join(CURRENT), format!("{}\n", fresh.number).as_bytes())?;
        *self.state() = State::Ready(fresh.views.clone());
        self.numbers()?.into_iter().filter(|number| *number != fresh.number).for_each(|number| self.remove(number));
        Ok(())
    }

    /// Removes views that could not be completed.
    pub(crate) fn discard(&self, Fresh { number, views }: Fresh) {
        drop(views);
        self.remove(number);
    }

    /// What cannot be removed now goes with the next rebuild.
    fn remove(&self, number: u64) {
        let path = self.folder.join(number.to_string());
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(views = %path.display(), %error, "views that nobody needs could not be removed");
        }
    }
}
