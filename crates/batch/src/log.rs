//! What the log of a table says beyond the files in it: the segments each seal covered, and the marks up to which every
//! journal is sealed. A seal's `txn` actions carry the marks, its `commitInfo` the segments, under the key `vitals`.

use crate::{Error, Result};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use deltalake_core::kernel::{Action, Transaction};
use deltalake_core::logstore::{LogStore, get_actions};
use model::{JournalId, Marks};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The key of our part of `commitInfo`.
pub(crate) const VITALS: &str = "vitals";

/// The application id of the mark that says which folder of retained rollups counts.
const RETAINED: &str = "vitals.retained";

/// What the `txn` actions up to a version say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogMarks {
    /// Per journal the last sealed segment.
    pub(crate) sealed: Marks,
    /// The folder of retained rollups that counts; 0: none.
    pub(crate) retained: u64,
}

impl LogMarks {
    /// Raises a mark. An application id that is neither ours nor a journal belongs to someone else, a negative version to
    /// nobody.
    fn take(&mut self, app_id: &str, version: i64) {
        let Ok(version) = u64::try_from(version) else { return };
        if app_id == RETAINED {
            self.retained = self.retained.max(version);
        } else if let Ok(journal) = app_id.parse::<JournalId>() {
            let known = self.sealed.entry(journal).or_default();
            *known = version.max(*known);
        }
    }

    pub(crate) fn raise(&mut self, by: &LogMarks) {
        raise(&mut self.sealed, &by.sealed);
        self.retained = self.retained.max(by.retained);
    }
}

/// The action that lets a folder of retained rollups count.
pub(crate) fn retained_mark(number: u64) -> Transaction {
    Transaction::new(RETAINED, number as i64)
}

/// A segment as a seal found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSegment {
    pub journal: JournalId,
    pub segment: u64,
    /// How many health messages it held.
    pub messages: u64,
    /// Whether frames of it were unreadable.
    pub damaged: bool,
}

/// Our part of a seal's `commitInfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealInfo {
    pub(crate) segments: Vec<SealedSegment>,
}

/// One seal as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealCommit {
    pub version: i64,
    /// The files it added, absolute; none when its segments held no row.
    pub files: Vec<PathBuf>,
    /// In order of journal and segment.
    pub segments: Vec<SealedSegment>,
}

/// One commit of the log, as far as this crate reads it.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) version: i64,
    /// Relative to the table's folder.
    pub(crate) added: Vec<String>,
    pub(crate) marks: LogMarks,
    /// `None`: no seal.
    pub(crate) seal: Option<SealInfo>,
}

impl Commit {
    pub(crate) async fn read(table: &Path, log: &dyn LogStore, version: i64) -> Result<Commit> {
        let missing = || Error::MissingVersion { table: table.to_owned(), version };
        let number = u64::try_from(version).map_err(|_| missing())?;
        let bytes = log.read_commit_entry(number).await.map_err(Error::delta(table))?.ok_or_else(missing)?;
        let actions = get_actions(number, &bytes).map_err(Error::delta(table))?;
        let mut commit = Commit { version, added: Vec::new(), marks: LogMarks::default(), seal: None };
        // a seal that is not understood must not pass for none: its messages would be missing from every view
        let unclear = |source| Error::SealInfo { table: table.to_owned(), version, source };
        actions.into_iter().try_for_each(|action| commit.take(action)).map_err(unclear)?;
        match commit.agrees() {
            true => Ok(commit),
            false => Err(Error::Commit { table: table.to_owned(), version }),
        }
    }

    /// A seal says twice up to where it goes, in its marks and by its segments: a flipped bit changes one of them.
    fn agrees(&self) -> bool {
        let mut marks = Marks::new();
        let segments = self.seal.iter().flat_map(|seal| &seal.segments);
        segments.for_each(|sealed| raise(&mut marks, &Marks::from([(sealed.journal, sealed.segment)])));
        self.seal.is_none() || marks == self.marks.sealed
    }

    fn take(&mut self, action: Action) -> serde_json::Result<()> {
        match action {
            Action::Add(add) => self.added.push(add.path),
            Action::Txn(Transaction { app_id, version, .. }) => self.marks.take(&app_id, version),
            Action::CommitInfo(info) => self.seal = info.info.get(VITALS).map(SealInfo::deserialize).transpose()?,
            _ => {}
        }
        Ok(())
    }
}

pub(crate) fn raise(marks: &mut Marks, by: &Marks) {
    for (journal, segment) in by {
        let known = marks.entry(*journal).or_default();
        *known = (*segment).max(*known);
    }
}

/// A checkpoint's version and the marks in it.
///
/// Delta looks a mark up by its application id only, and which journals exist is what is asked here; so the checkpoint's
/// column `txn` is read. Without a checkpoint in one file (its hint is missing or names parts) the answer is `None`, and
/// the commits from the first one on tell the same.
pub(crate) fn checkpoint_marks(table: &Path) -> Result<Option<(i64, LogMarks)>> {
    let folder = table.join("_delta_log");
    let Some(version) = last_checkpoint(&folder.join("_last_checkpoint")) else { return Ok(None) };
    let path = folder.join(format!("{version:020}.checkpoint.parquet"));
    let file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(Error::io(&path))?,
    };
    let mut marks = LogMarks::default();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Error::parquet(&path))?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["txn.appId", "txn.version"]);
    for batch in builder.with_projection(mask).build().map_err(Error::parquet(&path))? {
        let batch = batch?;
        let missing = || Error::Column { path: path.clone(), column: "txn" };
        let txn = batch.column_by_name("txn").and_then(|column| column.as_struct_opt()).ok_or_else(missing)?;
        let journals = txn.column_by_name("appId").and_then(|ids| ids.as_string_opt::<i32>()).ok_or_else(missing)?;
        let segments = txn.column_by_name("version").and_then(|versions| versions.as_primitive_opt::<Int64Type>());
        let segments = segments.ok_or_else(missing)?;
        let set = (0..txn.len()).filter(|&row| txn.is_valid(row));
        set.for_each(|row| marks.take(journals.value(row), segments.value(row)));
    }
    Ok(Some((version, marks)))
}

fn last_checkpoint(hint: &Path) -> Option<i64> {
    #[derive(Deserialize)]
    struct Hint {
        version: i64,
        parts: Option<u64>,
    }
    let hint: Hint = serde_json::from_slice(&fs::read(hint).ok()?).ok()?;
    hint.parts.is_none().then_some(hint.version)
}

/// Removes the checkpoints, if there are any and every commit that they stand for is there. Whether it did.
pub(crate) fn remove_checkpoints(table: &Path) -> Result<bool> {
    let folder = table.join("_delta_log");
    let (mut checkpoints, mut commits) = (Vec::new(), BTreeSet::new());
    for entry in fs::read_dir(&folder).map_err(Error::io(&folder))? {
        let path = entry.map_err(Error::io(&folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.contains(".checkpoint.") || name == "_last_checkpoint" {
            checkpoints.push(path);
        } else if let Some(Ok(version)) = name.strip_suffix(".json").map(str::parse::<u64>) {
            commits.insert(version);
        }
    }
    let whole = commits.last().is_some_and(|last| commits.len() as u64 == last + 1);
    if checkpoints.is_empty() || !whole {
        return Ok(false);
    }
    checkpoints.iter().try_for_each(|path| fs::remove_file(path).map_err(Error::io(path)))?;
    Ok(true)
}
