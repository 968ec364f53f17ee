//! Which views answer: `views/CURRENT` names a folder, and a fresh one takes its place only when it is complete.
//!
//! A fresh file is never renamed over a database: one with a left-over log would mix the two silently.

use crate::error::{Error, Result};
use journal::replace_file;
use serving::{Limits, Views};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

const CURRENT: &str = "CURRENT";
const FILE: &str = "views.duckdb";

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
    open: RwLock<State>,
}

#[derive(Clone, Debug)]
enum State {
    Ready(Arc<Views>),
    Missing(Progress),
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
        let current = Current { folder, limits, open: RwLock::new(State::Missing(Progress::default())) };
        let Some(number) = current.number()? else { return Ok(current) };
        let file = current.file(number);
        if !file.exists() {
            return Ok(current);
        }
        let opened =
            if read_only { Views::open_read_only(&file, &current.limits) } else { Views::open(&file, &current.limits) };
        match opened {
            Ok(views) => current.set(State::Ready(Arc::new(views))),
            Err(error) if error.calls_for_rebuild() && !read_only => {
                tracing::error!(%error, "the views are damaged and will be rebuilt");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(current)
    }

    pub fn views(&self) -> Result<Arc<Views>> {
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(views) => Ok(views.clone()),
            State::Missing(Progress { done, total }) => Err(Error::ViewsRebuilding { done: *done, total: *total }),
        }
    }

    pub fn are_missing(&self) -> bool {
        self.views().is_err()
    }

    pub(crate) fn report(&self, progress: Progress) {
        if self.are_missing() {
            self.set(State::Missing(progress));
        }
    }

    fn set(&self, state: State) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = state;
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
        // a name that is too large to count on from is none of ours
        let number = |name: &str| name.parse::<u32>().ok().map(u64::from);
        Ok(entries.filter_map(|entry| number(entry.ok()?.file_name().to_str()?)).collect())
    }

    /// Empty views under a number that was never used.
    pub(crate) fn begin(&self) -> Result<Fresh> {
        let number = self.numbers()?.into_iter().max().unwrap_or(0) + 1;
        let views = Views::create(&self.file(number), &self.limits)?;
        Ok(Fresh { number, views: Arc::new(views) })
    }

    /// Lets complete views answer from now on, and removes the ones before. Who still reads those reads on.
    pub(crate) fn switch(&self, fresh: Fresh) -> Result<()> {
        fresh.views.checkpoint()?;
        journal::sync_folder(&self.folder.join(fresh.number.to_string()))?;
        journal::sync_folder(&self.folder)?;
        replace_file(&self.folder.join(CURRENT), format!("{}\n", fresh.number).as_bytes())?;
        self.set(State::Ready(fresh.views));
        for number in self.numbers()?.into_iter().filter(|number| *number != fresh.number) {
            let path = self.folder.join(number.to_string());
            fs::remove_dir_all(&path).map_err(|source| Error::Io { path, source })?;
        }
        Ok(())
    }
}
