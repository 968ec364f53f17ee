//! Journals as folders: which there are, which segments they hold, closing a dead writer's, removing what is done with.

use crate::error::{Error, Result, at};
use crate::follow::file_time;
use crate::frames::{Frame, Kind};
use crate::lock::Lock;
use crate::read::{Read, SegmentReader};
use crate::recover::{identity, newest_readable};
use crate::sync::sync_folder;
use crate::write::{Writer, WriterOptions};
use model::{DUPLICATE_WINDOW, JournalId, Time};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PREFIX: &str = "segment-";
const SUFFIX: &str = ".seg";
const LOCK: &str = "LOCK";

/// The end of a writer's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastEnd {
    /// Its last sign of life.
    pub at: Time,
    /// Whether it stopped in order.
    pub clean: bool,
}

/// The folder of one journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalFolder {
    path: PathBuf,
}

impl JournalFolder {
    pub fn new(path: PathBuf) -> JournalFolder {
        JournalFolder { path }
    }

    /// Every journal under `<data>/journal`, by name.
    pub fn list(root: &Path) -> Result<Vec<JournalFolder>> {
        let entries = match fs::read_dir(root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(at(root))?,
        };
        let paths = entries.filter_map(|entry| entry.ok()).filter(|entry| entry.path().is_dir());
        let mut folders: Vec<_> = paths.map(|entry| JournalFolder { path: entry.path() }).collect();
        folders.sort();
        Ok(folders)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's name, which is the journal's.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub fn lock_path(&self) -> PathBuf {
        self.path.join(LOCK)
    }

    pub fn segment_path(&self, number: u64) -> PathBuf {
        self.path.join(format!("{PREFIX}{number:012}{SUFFIX}"))
    }

    /// Numbers and paths, in order. All but the last are closed.
    pub fn segments(&self) -> Result<Vec<(u64, PathBuf)>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(at(&self.path))?,
        };
        let numbered = |path: PathBuf| Some((segment_number(&path.file_name()?.to_string_lossy())?, path));
        let mut segments: Vec<_> = entries.filter_map(|entry| numbered(entry.ok()?.path())).collect();
        segments.sort();
        Ok(segments)
    }

    /// `None` while no segment has a readable header.
    pub fn id(&self) -> Result<Option<JournalId>> {
        identity(self)
    }

    /// Whether a living process writes to it.
    pub fn is_written(&self) -> Result<bool> {
        Lock::is_held(&self.lock_path())
    }

    /// For an import: how far its source has been read, by what is in the journal.
    pub fn source_offset(&self) -> Result<u64> {
        let Some(mut reader) = newest_readable(self)? else { return Ok(0) };
        let mut offset = reader.header().source_offset;
        loop {
            match reader.next(true)? {
                Read::Frame(frame) => offset = offset.max(frame.source_offset),
                Read::Damage(_) => {}
                Read::End => return Ok(offset),
            }
        }
    }

    /// When the journal was made, as far as its lock tells.
    pub fn began(&self) -> Option<Time> {
        file_time(&self.lock_path()).ok()
    }

    /// How the writer before now ended, as far as the newest readable segment tells; `None` while somebody writes, where
    /// nobody ever did, for an ended journal whose writer has gone on in the next, and for an import, whose source still
    /// has what was not read.
    pub fn last_end(&self) -> Result<Option<LastEnd>> {
        if self.is_written()? || self.is_succeeded()? {
            return Ok(None);
        }
        for (number, path) in self.segments()?.into_iter().rev() {
            match SegmentReader::open(&path) {
                Ok(reader) => return last_end_in(reader),
                Err(Error::Foreign { .. }) => {
                    tracing::debug!(number, "how the journal ended is asked of an earlier segment")
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.began().map(|at| LastEnd { at, clean: false }))
    }

    /// Closes the journal of a writer that is gone, so that its last segment can be sealed. A living writer's journal is
    /// left alone: `false`.
    pub fn close_if_dead(
        &self,
        options: &WriterOptions,
        floor: impl FnOnce(JournalId) -> u64,
        now: Time,
    ) -> Result<bool> {
        match Writer::take(self, options.clone(), floor, now) {
            // opening recovers, and gives a last segment that has frames its successor
            Ok((writer, recovery)) => {
                drop(writer);
                if recovery.torn_bytes > 0 {
                    let (journal, torn_bytes) = (self.name(), recovery.torn_bytes);
                    tracing::warn!(
                        journal,
                        torn_bytes,
                        "its writer is gone; the frame that it left unfinished was cut"
                    );
                }
            }
            Err(Error::InUse { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Removes segments up to `done`, except the newest file of the journal, files younger than `keep`, and those within
    /// the window in which their messages may come again. How many.
    pub fn reclaim(&self, done: u64, keep: Duration) -> Result<u64> {
        let segments = self.segments()?;
        let newest = segments.last().map(|(number, _)| *number);
        let mut removed = 0;
        for (number, path) in segments {
            if number > done || Some(number) == newest || !is_older(&path, keep) {
                continue;
            }
            if !is_older(&path, DUPLICATE_WINDOW) && asks(&path)? {
                continue;
            }
            fs::remove_file(&path).map_err(at(&path))?;
            removed += 1;
        }
        if removed > 0 {
            sync_folder(&self.path)?;
        }
        Ok(removed)
    }
}

fn last_end_in(mut reader: SegmentReader) -> Result<Option<LastEnd>> {
    let header = reader.header();
    let mut end = LastEnd { at: header.last_sign, clean: header.clean };
    let mut is_import = header.source_offset > 0;
    loop {
        match reader.next(false)? {
            Read::Frame(frame) => {
                end = LastEnd { at: frame.at, clean: frame.kind == Kind::Stop };
                is_import |= frame.source_offset > 0;
            }
            Read::Damage(_) => {}
            Read::End => return Ok((!is_import).then_some(end)),
        }
    }
}

/// Whether it holds messages that may come again.
fn asks(path: &Path) -> Result<bool> {
    let mut reader = match SegmentReader::open(path) {
        Ok(reader) => reader,
        Err(Error::Foreign { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    loop {
        match reader.next(true)? {
            Read::Frame(Frame { messages, .. }) if messages.iter().any(|message| message.asks().is_some()) => {
                return Ok(true);
            }
            Read::Frame(_) | Read::Damage(_) => {}
            Read::End => return Ok(false),
        }
    }
}

fn is_older(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|elapsed| elapsed >= age))
}

pub(crate) fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    // as they are written, and so never too many to count on from
    (digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok())?
}
