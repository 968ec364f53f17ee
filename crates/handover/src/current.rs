//! Which views answer: `views/CURRENT` names a folder, and a fresh one takes its place only when it is complete.
//!
//! A fresh file is never renamed over a database: one with a left-over log would mix the two silently.

use crate::error::{Error, Result};
use journal::replace_file;
use model::DataFolder;
use serving::{Limits, Views};
use std::fs;
use std::path::{Path, PathBuf};
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
    data: DataFolder,
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
    pub(crate) fn open(data: &DataFolder, limits: Limits, read_only: bool) -> Result<Current> {
        let (data, folder) = (data.clone(), data.views());
        let current = Current { data, folder, limits, read_only, open: RwLock::new(State::Closed) };
        *current.state() = current.reopened()?;
        Ok(current)
    }

    fn reopened(&self) -> Result<State> {
        let missing = State::Missing(Progress::default());
        let Some(file) = Current::file_in(&self.data)?.filter(|file| file.exists()) else { return Ok(missing) };
        let opened =
            if self.read_only { Views::open_read_only(&file, &self.limits) } else { Views::open(&file, &self.limits) };
        match opened {
            Ok(views) => Ok(State::Ready(Arc::new(views))),
            Err(error) if error.calls_for_rebuild() && !self.read_only => {
                set_aside(&self.data, &file, &error.to_string())?;
                Ok(missing)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Views in which damage has been met are as good as none. Views that refuse everything, as after a checkpoint on a
    /// full disk, are opened again.
    pub fn views(&self) -> Result<Arc<Views>> {
        let now = self.open.read().unwrap_or_else(PoisonError::into_inner).clone();
        match now {
            State::Ready(views) if views.are_damaged() => Err(Error::ViewsRebuilding { done: 0, total: 0 }),
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

    /// Gives up views that do not fit what they were made from; a rebuild takes their place.
    pub(crate) fn give_up(&self, reason: &str) {
        tracing::error!(reason, "the views do not hold what they should; they are built anew");
        *self.state() = State::Missing(Progress::default());
    }

    pub fn are_missing(&self) -> bool {
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(views) => views.are_damaged(),
            State::Missing(_) => true,
            State::Closed => false,
        }
    }

    /// How far the rebuild has come while there are no views that can answer.
    pub fn progress(&self) -> Option<Progress> {
        match &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            State::Missing(progress) => Some(*progress),
            State::Ready(views) => views.are_damaged().then(Progress::default),
            State::Closed => None,
        }
    }

    /// The number of the views that answer, which a rebuild raises; `None` without any.
    pub fn number(&self) -> Result<Option<u64>> {
        named(&self.folder)
    }

    pub(crate) fn report(&self, progress: Progress) {
        if self.are_missing() {
            *self.state() = State::Missing(progress);
        }
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file that `CURRENT` names, whether or not it is there.
    pub(crate) fn file_in(data: &DataFolder) -> Result<Option<PathBuf>> {
        Ok(named(&data.views())?.map(|number| file(&data.views(), number)))
    }

    /// Numbers of all views folders, whole or left behind by a crash.
    fn numbers(&self) -> Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|source| Error::Io { path: self.folder.clone(), source })?,
        };
        Ok(entries.filter_map(|entry| number(entry.ok()?.file_name().to_str()?)).collect())
    }

    /// Empty views under a number that was never used; `CURRENT` may name one whose folder is gone, and must not name
    /// views that are being made.
    pub(crate) fn begin(&self) -> Result<Fresh> {
        let number = self.numbers()?.into_iter().chain(named(&self.folder)?).max().unwrap_or(0) + 1;
        match Views::create(&file(&self.folder, number), &self.limits) {
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

/// The number in `CURRENT`; what is no number names no views, and they are built anew.
fn named(folder: &Path) -> Result<Option<u64>> {
    let path = folder.join(CURRENT);
    match fs::read(&path) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(number)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Io { path, source }),
    }
}

/// A number of views that has a successor.
fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|number| *number < u64::MAX)
}

fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(number.to_string()).join(FILE)
}

/// Moves broken views to quarantine, where they are for people to look at; nothing of them is needed.
pub(crate) fn set_aside(data: &DataFolder, file: &Path, reason: &str) -> Result<()> {
    let folder = file.parent().unwrap_or(file);
    let target = data.quarantine("views").join(folder.file_name().unwrap_or_default());
    tracing::error!(views = %folder.display(), quarantine = %target.display(), reason, "the views are damaged; they are set aside and built anew");
    let moved = fs::create_dir_all(data.quarantine("views")).and_then(|()| match fs::remove_dir_all(&target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => fs::rename(folder, &target),
    });
    moved.map_err(|source| Error::Io { path: folder.to_owned(), source })
}
