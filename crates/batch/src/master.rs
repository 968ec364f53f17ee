//! The master dataset: the tables `messages` and `ledger` as one. A segment is sealed when both hold it, the ledger
//! first; each table skips what its own marks cover, so sealing again after a crash adds what is missing and no more.
//!
//! One process at a time may change it (the one that holds the data folder's lock); any number may read.

use crate::files::{self, NewFile};
use crate::log::{SealCommit, SealedSegment};
use crate::table::{Layout, Table};
use crate::{LedgerFiles, Result, Retained, SealedLedgerRow, columns, ledger};
use model::{JournalId, LedgerRow, Marks, Messages, Time};
use std::path::{Path, PathBuf};

/// The two tables at their loaded versions.
#[derive(Debug)]
pub struct Master {
    pub(crate) messages: Table,
    pub(crate) ledger: Table,
}

/// The newest commit of each table; the first one, which creates it, is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    pub messages: i64,
    pub ledger: i64,
}

/// Per table the segments that are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub messages: Marks,
    pub ledger: Marks,
}

impl Sealed {
    /// Per journal the last segment that is in at least one table: no number up to it may be used again.
    pub fn either(&self) -> Marks {
        let mut marks = self.messages.clone();
        for (journal, segment) in &self.ledger {
            let mark = marks.entry(*journal).or_default();
            *mark = (*mark).max(*segment);
        }
        marks
    }

    /// Per journal the last segment that is in both tables.
    pub fn both(&self) -> Marks {
        let in_both = |(journal, segment): (&JournalId, &u64)| {
            self.ledger.get(journal).map(|in_ledger| (*journal, *segment.min(in_ledger)))
        };
        self.messages.iter().filter_map(in_both).collect()
    }
}

/// A closed segment, as read from its journal.
#[derive(Clone, Debug)]
pub struct SegmentContent {
    pub journal: JournalId,
    pub segment: u64,
    pub messages: Vec<Messages>,
    /// Its ledger rows, and a damage row for what was unreadable.
    pub ledger: Vec<LedgerRow>,
    /// Whether frames of it were unreadable.
    pub damaged: bool,
}

/// What a seal added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// Health messages.
    pub rows: u64,
    /// Files of health messages.
    pub files: usize,
    /// Segments whose messages were not sealed before.
    pub segments: usize,
    pub versions: Versions,
}

/// A file of health messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Absolute.
    pub path: PathBuf,
    /// The first instant of the day that all its messages lie in.
    pub day: Time,
    pub rows: u64,
    pub bytes: u64,
}

/// Table `messages` at one version. Its files stay readable until `remove_files` or `remove_orphans` takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub version: i64,
    /// Ordered by day.
    pub files: Vec<DataFile>,
    /// What is left of messages that are no longer in any file.
    pub retained: Retained,
    pub sealed: Marks,
}

impl Master {
    /// Opens the tables in `folder`, `<data>/master`, to read and write; creates what is missing, durably.
    pub async fn open(folder: &Path) -> Result<Master> {
        let layout = Layout { fields: ledger::delta_fields(), partition_by: None };
        let ledger = Table::open(&folder.join("ledger"), layout).await?;
        let layout = Layout { fields: columns::delta_fields(), partition_by: Some(columns::DAY) };
        let messages = Table::open(&folder.join("messages"), layout).await?;
        Ok(Master { messages, ledger })
    }

    /// Opens the tables to read only; `None` when they do not exist. Creates and changes nothing.
    pub async fn open_existing(folder: &Path) -> Result<Option<Master>> {
        let ledger = Table::open_existing(&folder.join("ledger")).await?;
        let messages = Table::open_existing(&folder.join("messages")).await?;
        Ok(messages.zip(ledger).map(|(messages, ledger)| Master { messages, ledger }))
    }

    /// Loads the newest versions.
    pub async fn refresh(&mut self) -> Result<()> {
        self.ledger.refresh().await?;
        self.messages.refresh().await
    }

    pub fn versions(&self) -> Versions {
        Versions { messages: self.messages.version(), ledger: self.ledger.version() }
    }

    pub fn sealed(&self) -> Sealed {
        Sealed { messages: self.messages.marks().clone(), ledger: self.ledger.marks().clone() }
    }

    pub fn snapshot(&self) -> Result<Snapshot> {
        let data_file = |file: &deltalake_core::kernel::LogicalFileView| DataFile {
            path: self.messages.absolute(&file.path()),
            day: day_of(&file.path()),
            rows: file.num_records().unwrap_or(0) as u64,
            bytes: file.size().unsigned_abs(),
        };
        let mut files: Vec<DataFile> = self.messages.files()?.iter().map(data_file).collect();
        files.sort_by(|a, b| (a.day, &a.path).cmp(&(b.day, &b.path)));
        let sealed = self.messages.marks().clone();
        Ok(Snapshot { version: self.messages.version(), files, retained: self.retained()?, sealed })
    }

    /// Puts whole segments into both tables, durably: when it returns they may be deleted as far as this crate goes.
    ///
    /// Writes one commit per table, also when there is no row in it; a table whose marks cover all the segments gets
    /// none. The messages are held in memory about twice while it runs.
    pub async fn seal(&mut self, mut segments: Vec<SegmentContent>) -> Result<Sealing> {
        // a commit whose report was lost in an error must be seen before anything is added
        self.refresh().await?;
        segments.sort_by_key(|content| (content.journal, content.segment));
        self.seal_ledger(&mut segments).await?;
        self.seal_messages(segments).await
    }

    pub(crate) async fn seal_ledger(&mut self, segments: &mut [SegmentContent]) -> Result<()> {
        let known = self.ledger.marks();
        let new: Vec<&mut SegmentContent> = segments.iter_mut().filter(|content| !covered(content, known)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let sealed = new.iter().map(|content| sealed_segment(content)).collect();
        let rows = new.into_iter().flat_map(|content| {
            let (journal, segment) = (content.journal, content.segment);
            std::mem::take(&mut content.ledger).into_iter().map(move |row| SealedLedgerRow { journal, segment, row })
        });
        let rows = ledger::merged(rows.collect());
        let folder = self.ledger.folder().to_owned();
        let files = blocking(move || ledger::write_rows(&folder, &rows)).await?;
        self.ledger.append(files.as_slice(), sealed).await
    }

    async fn seal_messages(&mut self, mut segments: Vec<SegmentContent>) -> Result<Sealing> {
        segments.retain(|content| !covered(content, self.messages.marks()));
        let mut sealing = Sealing { rows: 0, files: 0, segments: segments.len(), versions: self.versions() };
        if segments.is_empty() {
            return Ok(sealing);
        }
        let sealed = segments.iter().map(sealed_segment).collect();
        let folder = self.messages.folder().to_owned();
        let files: Vec<NewFile> = blocking(move || {
            let batches: Vec<&Messages> = segments.iter().flat_map(|content| &content.messages).collect();
            files::write_messages(&folder, &batches)
        })
        .await?;
        self.messages.append(&files, sealed).await?;
        (sealing.rows, sealing.files) = (files.iter().map(|file| file.rows).sum(), files.len());
        sealing.versions = self.versions();
        Ok(sealing)
    }

    /// The seals of `messages` after `version`, in order; commits that change no data are passed over.
    ///
    /// # Errors
    /// `MissingVersion` when the log no longer, or not yet, reaches there.
    pub async fn seals_after(&self, version: i64) -> Result<Vec<SealCommit>> {
        self.messages.seals_after(version).await
    }

    /// The files of `ledger` that hold the rows of segments sealed into it after `version`, as far as `up_to` reaches.
    ///
    /// A ledger seal may cover more segments than the messages seal it precedes, when a crash came between the two: so
    /// take from these files the rows of segments above what was taken before and up to `up_to` (`slice_ledger` does),
    /// and keep the returned version, which stays before any seal that is not wholly taken.
    ///
    /// # Errors
    /// `MissingVersion` when the log no longer, or not yet, reaches there.
    pub async fn ledger_files_after(&self, version: i64, up_to: &Marks) -> Result<LedgerFiles> {
        let reached = |sealed: &SealedSegment| up_to.get(&sealed.journal).is_some_and(|mark| sealed.segment <= *mark);
        let mut found = LedgerFiles { version, files: Vec::new() };
        let mut whole = true;
        for seal in self.ledger.seals_after(version).await? {
            whole &= seal.segments.iter().all(reached);
            if whole {
                found.version = seal.version;
            }
            if seal.segments.iter().any(reached) {
                found.files.extend(seal.files);
            }
        }
        Ok(found)
    }

    /// All seals that the log still tells of, in order: for a list of what was sealed, on which no message depends.
    pub async fn known_seals(&self) -> Result<Vec<SealCommit>> {
        self.messages.known_seals().await
    }

    /// All files of `ledger` at its loaded version.
    pub fn all_ledger_files(&self) -> Result<Vec<PathBuf>> {
        Ok(self.ledger.files()?.iter().map(|file| self.ledger.absolute(&file.path())).collect())
    }

    /// All files of `ledger` at its loaded version, for a rebuild of what is at or below `up_to`. Take the rows and go on
    /// from the version as with `ledger_files_after`.
    pub async fn ledger_files(&self, up_to: &Marks) -> Result<LedgerFiles> {
        let files = self.all_ledger_files()?;
        let reached = |(journal, segment): (&JournalId, &u64)| up_to.get(journal).is_some_and(|mark| segment <= mark);
        let version = match self.ledger.marks().iter().all(reached) {
            true => self.ledger.version(),
            // the ledger is ahead of the messages after a crash only
            false => self.ledger_files_after(0, up_to).await?.version,
        };
        Ok(LedgerFiles { version, files })
    }
}

fn covered(content: &SegmentContent, marks: &Marks) -> bool {
    marks.get(&content.journal).is_some_and(|mark| content.segment <= *mark)
}

fn sealed_segment(content: &SegmentContent) -> SealedSegment {
    let messages = content.messages.iter().map(|messages| messages.len() as u64).sum();
    SealedSegment { journal: content.journal, segment: content.segment, messages, damaged: content.damaged }
}

/// The day in a path of table `messages`, `day=2026-11-21/….parquet`.
pub(crate) fn day_of(path: &str) -> Time {
    let day = path.split(['=', '/']).nth(1).and_then(|day| day.parse().ok());
    day.unwrap_or(Time::MIN)
}

/// Runs work that computes and writes on a thread where it may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}
