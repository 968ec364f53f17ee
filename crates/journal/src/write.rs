//! The writer of a journal: append, sync, roll.
//!
//! Constraints: one writer per journal (it holds `LOCK`); a segment is written by one process life and rolls at 64 MiB,
//! 10 s after its first frame, when its messages lie in more than 400 days, and when the writer stops; it is synced before its successor is created, at every
//! durability. After a failed sync nothing is ever written again.

use crate::error::{Error, Result, at};
use crate::folder::JournalFolder;
use crate::frame::Head;
use crate::frames::{Frame, Kind};
use crate::lock::Lock;
use crate::recover::{Found, Newest, Recovery, recover};
use crate::segment::{FrameCount, HEADER_BYTES, Header};
use crate::sync::sync_folder;
use model::{JournalId, Time};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The days, by the messages' own time, that a segment may lie in before it rolls: each becomes a file when it is sealed.
const DAYS_MAX: usize = 400;
const DAY_MICROS: i64 = 86_400_000_000;

/// When what was accepted survives a power cut. A crash of the process alone never costs anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Synced before it counts as accepted.
    Always,
    /// Synced at this interval, so a power cut costs at most the messages of that long.
    Interval(Duration),
    /// When the segment is closed, or earlier if the operating system likes.
    Never,
}

#[derive(Clone, Debug)]
pub struct WriterOptions {
    pub durability: Durability,
    pub segment_bytes: u64,
    /// How long after its first frame a segment rolls.
    pub segment_age: Duration,
    /// Where unreadable segments of this journal go.
    pub quarantine: PathBuf,
}

/// The open end of a journal.
#[derive(Debug)]
pub struct Writer {
    folder: JournalFolder,
    options: WriterOptions,
    journal: JournalId,
    number: u64,
    file: Arc<File>,
    frames: u32,
    end: u64,
    /// Whether bytes of a failed append may stand behind `end`.
    torn: bool,
    first_frame: Option<Instant>,
    /// The days of the segment's messages, since 1970.
    days: BTreeSet<i64>,
    source_offset: u64,
    refused: bool,
    _lock: Lock,
}

impl Writer {
    /// Takes the journal's lock, settles what a former life left, and stands ready to append. An ended journal is not
    /// opened: `folder` is what `JournalFolder::writable` gives.
    ///
    /// `floor` tells the highest segment number of this journal that anything else has seen (marks of the master dataset
    /// and the views), so that a number is not used twice even when files are gone.
    pub fn open(
        folder: &JournalFolder,
        options: WriterOptions,
        floor: impl FnOnce(JournalId) -> u64,
        now: Time,
    ) -> Result<(Writer, Recovery)> {
        if folder.is_ended()? {
            return Err(Error::Ended { path: folder.path().to_owned() });
        }
        Writer::take(folder, options, floor, now)
    }

    /// As `open`, also of an ended journal: to close its last segment, never to append.
    pub(crate) fn take(
        folder: &JournalFolder,
        options: WriterOptions,
        floor: impl FnOnce(JournalId) -> u64,
        now: Time,
    ) -> Result<(Writer, Recovery)> {
        let former = folder.began();
        let lock = Lock::exclusive(&folder.lock_path())?;
        let Found { recovery, newest, highest, last } = recover(folder, &options.quarantine, former)?;
        let journal = newest.as_ref().map_or_else(JournalId::random, |newest| newest.header.journal);
        let next = 1 + highest.max(floor(journal));
        let fresh = Header {
            journal,
            number: next,
            created: now,
            last_sign: recovery.last_sign.unwrap_or(now),
            clean: recovery.clean,
            source_offset: recovery.source_offset,
            before: last.filter(|(number, _)| number + 1 == next).map(|(_, frames)| FrameCount::of(frames)),
        };
        let (number, file) = match newest {
            // without frames it has not been written by any life, and the numbers stay dense
            Some(Newest { path, header, end }) if header.number + 1 == next && end == HEADER_BYTES => {
                (header.number, OpenOptions::new().read(true).write(true).open(&path).map_err(at(&path))?)
            }
            _ => {
                let file = create(folder, &fresh)?;
                sync_folder(folder.path())?;
                (next, file)
            }
        };
        let writer = Writer {
            folder: folder.clone(),
            options,
            journal,
            number,
            file: Arc::new(file),
            frames: 0,
            end: HEADER_BYTES,
            torn: false,
            first_frame: None,
            days: BTreeSet::new(),
            source_offset: recovery.source_offset,
            refused: false,
            _lock: lock,
        };
        Ok((writer, recovery))
    }

    pub fn journal(&self) -> JournalId {
        self.journal
    }

    /// The segment that is being written.
    pub fn segment(&self) -> u64 {
        self.number
    }

    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Appends a frame as a whole. When this returns the frame is in every later answer, whatever happens to the process;
    /// from when it survives a power cut is the durability's matter.
    pub fn append(&mut self, frame: &Frame) -> Result<()> {
        self.check()?;
        let payload = frame.encode();
        let head = Head::of(frame.kind.code(), self.frames, &payload);
        let mut bytes = Vec::with_capacity(head.total() as usize);
        bytes.extend(head.encode());
        bytes.extend(payload);
        self.write(&bytes)?;
        self.frames += 1;
        self.end += bytes.len() as u64;
        self.source_offset = self.source_offset.max(frame.source_offset);
        self.first_frame.get_or_insert_with(Instant::now);
        self.days.extend(frame.messages.time.iter().map(|time| time.div_euclid(DAY_MICROS)));
        match self.options.durability {
            Durability::Always => self.sync(),
            Durability::Interval(_) | Durability::Never => Ok(()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.torn {
            self.cut_back()?;
        }
        self.file.write_all_at(bytes, self.end).map_err(|source| {
            self.torn = true;
            // what cannot be cut now is cut before the next append
            let _ = self.cut_back();
            Error::Full { path: self.folder.segment_path(self.number), source }
        })
    }

    fn cut_back(&mut self) -> Result<()> {
        let path = self.folder.segment_path(self.number);
        self.file.set_len(self.end).map_err(|source| Error::Full { path, source })?;
        self.torn = false;
        Ok(())
    }

    /// Makes everything appended so far survive a power cut.
    pub fn sync(&mut self) -> Result<()> {
        self.check()?;
        let synced = self.file.sync_data();
        self.settle(synced)
    }

    fn settle(&mut self, synced: std::io::Result<()>) -> Result<()> {
        synced.map_err(|error| {
            tracing::error!(journal = self.folder.name(), %error, "a sync failed; the journal refuses all writes from now on");
            self.refused = true;
            Error::Refused { name: self.folder.name() }
        })
    }

    fn check(&self) -> Result<()> {
        if self.refused { Err(Error::Refused { name: self.folder.name() }) } else { Ok(()) }
    }

    pub fn is_due(&self) -> bool {
        let old = self.first_frame.is_some_and(|first| first.elapsed() >= self.options.segment_age);
        old || self.end >= self.options.segment_bytes || self.days.len() > DAYS_MAX
    }

    /// Closes the segment if it has frames, and goes on in the next.
    pub fn roll(&mut self, now: Time) -> Result<()> {
        self.roll_as(now, false)
    }

    fn roll_as(&mut self, now: Time, clean: bool) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if self.torn {
            self.cut_back()?;
        }
        self.sync()?;
        let header = Header {
            journal: self.journal,
            number: self.number + 1,
            created: now,
            last_sign: now,
            clean,
            source_offset: self.source_offset,
            before: Some(FrameCount::of(self.frames)),
        };
        self.file = Arc::new(create(&self.folder, &header)?);
        // a name that may not survive must not be appended to: what comes before it would look open again
        let named = sync_folder(self.folder.path()).map_err(std::io::Error::other);
        self.settle(named)?;
        (self.number, self.frames, self.end, self.first_frame) = (header.number, 0, HEADER_BYTES, None);
        self.days.clear();
        Ok(())
    }

    /// Ends this life in order: a last frame, synced, and the segment closed.
    pub fn stop(mut self, last: Frame) -> Result<()> {
        debug_assert_eq!(last.kind, Kind::Stop);
        self.append(&last)?;
        self.roll_as(last.at, true)
    }
}

/// A segment file with its header, synced; its name is not yet.
fn create(folder: &JournalFolder, header: &Header) -> Result<File> {
    let path = folder.segment_path(header.number);
    let create = || -> std::io::Result<File> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        let written = file.write_all_at(&header.encode(), 0).and_then(|()| file.sync_all());
        if written.is_err() {
            // it never held a frame, so its number is still free
            let _ = std::fs::remove_file(&path);
        }
        written.map(|()| file)
    };
    create().map_err(|source| Error::Full { path: path.clone(), source })
}

/// A writer that several threads append to.
#[derive(Clone, Debug)]
pub struct SharedWriter(Arc<Mutex<Writer>>);

impl SharedWriter {
    pub fn new(writer: Writer) -> SharedWriter {
        SharedWriter(Arc::new(Mutex::new(writer)))
    }

    /// For everything that is quick.
    pub fn lock(&self) -> MutexGuard<'_, Writer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Syncs what has been appended so far while others go on appending.
    pub fn sync(&self) -> Result<()> {
        let file = {
            let writer = self.lock();
            writer.check()?;
            writer.file.clone()
        };
        let synced = file.sync_data();
        self.lock().settle(synced)
    }

    /// Ends the writer's life; `None` while somebody else still holds it.
    pub fn into_inner(self) -> Option<Writer> {
        let mutex = Arc::into_inner(self.0)?;
        Some(mutex.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
