//! Compaction: the many small files that a day of seals leaves become few. The rows stay the same, the commit says so
//! (`dataChange` false) and sets no mark, so that nobody publishes them twice. What it replaces stays on disk until the
//! caller knows that nobody reads it any more.

use crate::master::{Master, Versions, blocking, day_of};
use crate::table::Table;
use crate::{Error, Result, files, ledger, read};
use deltalake_core::kernel::LogicalFileView;
use model::{Granularity, Messages, Time};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The bounds of what is rewritten at once: all of it is in memory, some 120 bytes a row.
const FILE_ROWS_MAX: u64 = 2_000_000;
pub(crate) const FILE_BYTES_MAX: u64 = 256 << 20;

/// What a compaction did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compaction {
    /// Files that are no longer named, absolute: to be given to `remove_files` when nobody reads them.
    pub replaced: Vec<PathBuf>,
    /// How many files took their place.
    pub written: usize,
    pub rows: u64,
}

impl Compaction {
    fn add(&mut self, other: Compaction) {
        self.replaced.extend(other.replaced);
        self.written += other.written;
        self.rows += other.rows;
    }
}

impl Master {
    /// Rewrites the files of `messages` whose day ended at or before `finished_before`, and those of `ledger`, as few.
    ///
    /// Touches only files added at or before `published`: of later ones, publish still asks by name. Small days
    /// share a commit: an error leaves the commits before it done, and what they replaced to `remove_orphans`.
    pub async fn compact(&mut self, published: Versions, finished_before: Time) -> Result<Compaction> {
        self.refresh().await?;
        let mut done = Compaction::default();
        let groups = message_groups(&self.messages, published.messages, finished_before).await?;
        for commit in commits(groups) {
            done.add(rewrite(&mut self.messages, commit, rewrite_messages).await?);
        }
        let settled = settled(&self.ledger, published.ledger).await?;
        for commit in commits(self::groups(settled)) {
            done.add(rewrite(&mut self.ledger, commit, rewrite_ledger).await?);
        }
        Ok(done)
    }
}

async fn message_groups(table: &Table, published: i64, finished_before: Time) -> Result<Vec<Vec<LogicalFileView>>> {
    let mut days = BTreeMap::<Time, Vec<LogicalFileView>>::new();
    for file in settled(table, published).await? {
        let day = day_of(&file.path());
        if Granularity::Day.next(day) <= finished_before {
            days.entry(day).or_default().push(file);
        }
    }
    Ok(days.into_values().flat_map(groups).collect())
}

/// The files of the table that were there at the version, in order of name.
pub(crate) async fn settled(table: &Table, version: i64) -> Result<Vec<LogicalFileView>> {
    let later = table.added_after(version).await?;
    let mut files = table.files()?;
    files.retain(|file| !later.contains(file.path().as_ref()));
    files.sort_by_key(|file| file.path().into_owned());
    Ok(files)
}

/// A file is rewritten only together with smaller ones that have at least a quarter of its bytes, so that a trickle of
/// late messages does not rewrite whole days each time; below this size it costs nothing.
const TRIFLE_BYTES: u64 = 1 << 20;

/// Groups of at least two files that fit together into one.
fn groups(files: Vec<LogicalFileView>) -> Vec<Vec<LogicalFileView>> {
    tiers(files).into_iter().flat_map(fitting).collect()
}

/// Files that are worth being rewritten together, in order of name. There are never more than a few tiers, as each is
/// several times larger than all before it.
fn tiers(mut files: Vec<LogicalFileView>) -> Vec<Vec<LogicalFileView>> {
    let bytes = |file: &LogicalFileView| file.size().unsigned_abs();
    files.sort_by_key(bytes);
    let mut tiers: Vec<Vec<LogicalFileView>> = Vec::new();
    let mut smaller = 0;
    for file in files {
        let more = bytes(&file);
        match tiers.last_mut() {
            Some(tier) if more <= TRIFLE_BYTES.max(4 * smaller) => tier.push(file),
            _ => {
                tiers.push(vec![file]);
                smaller = 0;
            }
        }
        smaller += more;
    }
    tiers.iter_mut().for_each(|tier| tier.sort_by_key(|file| file.path().into_owned()));
    tiers
}

/// A file above half of a bound has its final size.
fn fitting(files: Vec<LogicalFileView>) -> Vec<Vec<LogicalFileView>> {
    let size = |file: &LogicalFileView| (file.num_records().unwrap_or(0) as u64, file.size().unsigned_abs());
    let mut groups: Vec<Vec<LogicalFileView>> = Vec::new();
    let (mut rows, mut bytes) = (u64::MAX, u64::MAX);
    for file in files {
        let (more_rows, more_bytes) = size(&file);
        if more_rows > FILE_ROWS_MAX / 2 || more_bytes > FILE_BYTES_MAX / 2 {
            continue;
        }
        (rows, bytes) = (rows.saturating_add(more_rows), bytes.saturating_add(more_bytes));
        match groups.last_mut() {
            Some(group) if rows <= FILE_ROWS_MAX && bytes <= FILE_BYTES_MAX => group.push(file),
            _ => {
                groups.push(vec![file]);
                (rows, bytes) = (more_rows, more_bytes);
            }
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

type Rewrite = fn(&Path, &[PathBuf]) -> Result<Vec<files::NewFile>>;

/// Groups that are rewritten by one commit: a commit costs as much as many small files.
fn commits(groups: Vec<Vec<LogicalFileView>>) -> Vec<Vec<Vec<LogicalFileView>>> {
    let rows = |group: &[LogicalFileView]| group.iter().map(|file| file.num_records().unwrap_or(0) as u64).sum::<u64>();
    let mut commits: Vec<Vec<Vec<LogicalFileView>>> = Vec::new();
    let mut total = u64::MAX;
    for group in groups {
        let more = rows(&group);
        total = total.saturating_add(more);
        match commits.last_mut() {
            Some(commit) if total <= FILE_ROWS_MAX => commit.push(group),
            _ => {
                commits.push(vec![group]);
                total = more;
            }
        }
    }
    commits
}

/// Writes each group anew and puts all of them in place with one commit.
async fn rewrite(table: &mut Table, groups: Vec<Vec<LogicalFileView>>, how: Rewrite) -> Result<Compaction> {
    let mut done = Compaction::default();
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for group in groups {
        let replaced: Vec<PathBuf> = group.iter().map(|file| table.absolute(&file.path())).collect();
        let (folder, files) = (table.folder().to_owned(), replaced.clone());
        match blocking(move || how(&folder, &files)).await {
            Err(error @ Error::Damaged { .. }) => {
                tracing::error!(%error, "files of a day are not compacted");
                continue;
            }
            written => new.extend(written?),
        }
        done.replaced.extend(replaced);
        old.extend(group);
    }
    if old.is_empty() {
        return Ok(done);
    }
    table.replace(&old, &new).await?;
    (done.written, done.rows) = (new.len(), new.iter().map(|file| file.rows).sum());
    Ok(done)
}

fn rewrite_messages(table: &Path, files: &[PathBuf]) -> Result<Vec<files::NewFile>> {
    let mut batches = Vec::<Messages>::new();
    for file in files {
        read::read_file(file, None, None, &mut |messages| batches.push(messages.clone()))?;
    }
    files::write_messages(table, &batches.iter().collect::<Vec<_>>())
}

fn rewrite_ledger(table: &Path, files: &[PathBuf]) -> Result<Vec<files::NewFile>> {
    let mut rows = Vec::new();
    ledger::read_all(files, &mut |row| rows.push(row))?;
    rows.sort_by_key(|sealed| (sealed.row.from, sealed.journal, sealed.segment));
    Ok(ledger::write_rows(table, &rows)?.into_iter().collect())
}
