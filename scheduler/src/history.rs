//! The runs that have ended, durable across restarts: one JSON object a line, appended and synced run by run.
//!
//! - The first line is the format, `{"format":1}`. A file without it is of format 1; a newer one is refused, for its runs
//!   would be missing from what is due.
//! - One writer: the process that holds the data folder's lock. Anyone may read beside it.
//! - A line counts once its line feed is there. What a crash left behind the last line feed is cut by the next append.
//! - A line that cannot be read is skipped and reported, never a reason not to start.
//! - Bounded: the newest runs stay, and of each job at least the last one, since its next due time hangs on it. At
//!   twice the bound the file is written anew beside the old one and renamed over it.

mod file;
#[cfg(test)]
mod tests;

use crate::{Error, Run};
use file::LineFile;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Runs kept, over all jobs.
const KEEP: usize = 1000;

const FORMAT: u32 = 1;

/// The first line of the file.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
}

/// The recorded runs, oldest first, and the file they live in.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    keep: usize,
    /// Apart from `file`, so that nobody who only looks waits for a sync.
    runs: Mutex<Vec<Run>>,
    file: Mutex<LineFile>,
}

impl History {
    /// Opens `path` for writing and creates it, with its folder, where it is not there.
    ///
    /// # Errors
    /// [`Error::History`] when the file cannot be read or opened.
    pub fn open(path: &Path) -> Result<History, Error> {
        History::open_keeping(path, KEEP)
    }

    fn open_keeping(path: &Path, keep: usize) -> Result<History, Error> {
        let mut file = LineFile::open(path).map_err(failed("open", path))?;
        let mut runs = History::read(path)?;
        if file.lines() == 0 {
            file.append(&header()).map_err(failed("write", path))?;
        }
        bound(&mut runs, keep);
        Ok(History { path: path.to_owned(), keep, runs: Mutex::new(runs), file: Mutex::new(file) })
    }

    /// The runs in `path`, oldest first, without creating or changing anything; none where there is no file.
    ///
    /// # Errors
    /// [`Error::History`] when the file is there and cannot be read, [`Error::Newer`].
    pub fn read(path: &Path) -> Result<Vec<Run>, Error> {
        let mut lines = file::read_lines(path).map_err(failed("read", path))?;
        if let Some(Header { format }) = lines.first().and_then(|line| serde_json::from_slice(line).ok()) {
            if format > FORMAT {
                return Err(Error::Newer { path: path.to_owned(), format, supported: FORMAT });
            }
            lines.remove(0);
        }
        let parsed: Vec<Run> = lines.iter().filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let unreadable = lines.len() - parsed.len();
        if unreadable > 0 {
            tracing::warn!(path = %path.display(), unreadable, "lines of the job history cannot be read and are skipped");
        }
        Ok(parsed)
    }

    /// The runs known, oldest first; also those that could not be written.
    pub fn runs(&self) -> Vec<Run> {
        self.lock_runs().clone()
    }

    /// The last run of a job.
    pub(crate) fn last(&self, name: &str) -> Option<Run> {
        self.lock_runs().iter().rev().find(|run| run.name == name).cloned()
    }

    /// Adds a run and syncs it. Blocks on the disk.
    ///
    /// # Errors
    /// [`Error::History`] when it is not on disk; it is known until the process ends all the same.
    pub(crate) fn append(&self, run: Run) -> Result<(), Error> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let line = serde_json::to_vec(&run).expect("a run is plain strings and numbers");
        let runs = {
            let mut runs = self.lock_runs();
            runs.push(run);
            bound(&mut runs, self.keep);
            (file.lines() >= 2 * self.keep).then(|| runs.clone())
        };
        match runs {
            None => file.append(&line).map_err(failed("append to", &self.path)),
            Some(runs) => {
                let lines = runs.iter().map(|run| serde_json::to_vec(run).expect("a run is plain strings and numbers"));
                *file = LineFile::replace(&self.path, std::iter::once(header()).chain(lines))
                    .map_err(failed("compact", &self.path))?;
                Ok(())
            }
        }
    }

    fn lock_runs(&self) -> MutexGuard<'_, Vec<Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the oldest runs beyond `keep`, sparing each job's last.
fn bound(runs: &mut Vec<Run>, keep: usize) {
    let mut excess = runs.len().saturating_sub(keep);
    let mut oldest = 0;
    while excess > 0 && oldest < runs.len() {
        let superseded = runs[oldest + 1..].iter().any(|later| later.name == runs[oldest].name);
        if superseded {
            runs.remove(oldest);
            excess -= 1;
        } else {
            oldest += 1;
        }
    }
}

fn header() -> Vec<u8> {
    serde_json::to_vec(&Header { format: FORMAT }).expect("a number has a JSON form")
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::History { action, path, source }
}
