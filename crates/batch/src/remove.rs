//! Removing files that nothing names any more, or that cannot be read any more. Everything here asks the newest versions
//! first.

use crate::master::day_of;
use crate::{Error, Master, Result, SealedLedgerRow, durable, files};
use deltalake_core::kernel::LogicalFileView;
use model::{Granularity, LedgerRow, LedgerRowKind, Time};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a clean-up removed from disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub files: u64,
    pub bytes: u64,
}

/// A data file that is gone, or not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostFile {
    pub path: PathBuf,
    /// The time that its rows are about: for messages their day, for the ledger its minutes.
    pub from: Time,
    pub to: Time,
    pub problem: String,
}

/// All of time where the log does not say.
fn span(file: &LogicalFileView) -> (Time, Time) {
    let day = day_of(&file.path());
    if day > Time::MIN {
        return (day, Granularity::Day.next(day));
    }
    let stats = file.stats().and_then(|stats| serde_json::from_str::<serde_json::Value>(&stats).ok());
    let bound = |bounds: &str, column: &str| stats.as_ref()?.get(bounds)?.get(column)?.as_str()?.parse().ok();
    (bound("minValues", "from").unwrap_or(Time::MIN), bound("maxValues", "to").unwrap_or(Time::MAX))
}

impl Master {
    /// Deletes replaced files from disk. Files that the newest versions still name are kept; ones already gone are fine.
    pub async fn remove_files(&mut self, files: &[PathBuf]) -> Result<Removed> {
        self.refresh().await?;
        let named = self.named()?;
        remove(files.iter().filter(|file| !named.contains(*file)))
    }

    /// Deletes every data file that neither the newest versions name nor `keep` lists, and what unfinished writes and
    /// removals left.
    ///
    /// Nobody else may be writing, and readers of older versions must be in `keep`.
    pub async fn remove_orphans(&mut self, keep: &HashSet<PathBuf>) -> Result<Removed> {
        self.refresh().await?;
        let orphans = self.orphans(&is_removable)?;
        let removed = remove(orphans.iter().filter(|file| !keep.contains(*file)));
        // days and rollups that never got a file, or lost their last one as the process died
        for folder in [self.messages.folder(), self.ledger.folder(), &self.retained_root()] {
            let inside = fs::read_dir(folder).into_iter().flatten().flatten();
            inside.for_each(|entry| remove_if_empty(&entry.path()));
        }
        removed
    }

    /// Moves the data files that `remove_orphans` would delete into the folder `quarantine`: for a log that may have lost
    /// commits, whose files look like orphans. Returns how many there were.
    pub async fn set_orphans_aside(&mut self, quarantine: &Path) -> Result<u64> {
        self.refresh().await?;
        let orphans = self.orphans(&is_data_file)?;
        orphans.iter().try_for_each(|file| keep_copy(file, quarantine))?;
        Ok(remove(orphans.iter())?.files)
    }

    /// The files of both tables that are taken for orphans and that the newest versions do not name, and retained rollups
    /// that do not count.
    fn orphans(&self, is_taken: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for table in [&self.messages, &self.ledger] {
            list(table.folder(), is_taken, &mut found)?;
        }
        let retained = self.retained_root();
        if retained.is_dir() {
            list(&retained, &|_| true, &mut found)?;
        }
        let named = self.named()?;
        found.retain(|file| !named.contains(file));
        Ok(found)
    }

    /// The files of both tables that are not as they were written. Reads all of them.
    pub fn lost_files(&self) -> Result<Vec<LostFile>> {
        let mut lost = Vec::new();
        for table in [&self.messages, &self.ledger] {
            for file in table.files()? {
                let path = table.absolute(&file.path());
                match files::check(&path) {
                    Err(Error::Damaged { problem, .. }) => {
                        let (from, to) = span(&file);
                        lost.push(LostFile { path, from, to, problem });
                    }
                    checked => checked?,
                }
            }
        }
        lost.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(lost)
    }

    /// The files of both tables that are not there or of another size: what can be said without reading them.
    pub fn missing_files(&self) -> Result<Vec<PathBuf>> {
        let mut missing = Vec::new();
        for table in [&self.messages, &self.ledger] {
            for file in table.files()? {
                let path = table.absolute(&file.path());
                if !fs::metadata(&path).is_ok_and(|metadata| metadata.len() == file.size().unsigned_abs()) {
                    missing.push(path);
                }
            }
        }
        missing.sort();
        Ok(missing)
    }

    /// Goes on without files: what is left of them is kept in `quarantine`, commits take them out, and the loss of each is
    /// put into the ledger as damage of the time it was about.
    pub async fn give_up(&mut self, lost: &[LostFile], quarantine: &Path) -> Result<()> {
        lost.iter().filter(|file| file.path.exists()).try_for_each(|file| keep_copy(&file.path, quarantine))?;
        // a row counts with the segment it was sealed from; these go with the last segment of any journal
        if let Some((journal, segment)) = self.sealed().both().into_iter().next() {
            let row = |file| SealedLedgerRow { journal, segment, row: self.loss(file, segment) };
            self.record(lost.iter().map(row).collect()).await?;
        }
        let names: HashSet<&PathBuf> = lost.iter().map(|file| &file.path).collect();
        for table in [&mut self.messages, &mut self.ledger] {
            let mut files = table.files()?;
            files.retain(|file| names.contains(&table.absolute(&file.path())));
            if !files.is_empty() {
                table.give_up(&files).await?;
            }
        }
        remove(lost.iter().map(|file| &file.path)).map(drop)
    }

    fn loss(&self, file: &LostFile, segment: u64) -> LedgerRow {
        let master = self.messages.folder().parent().unwrap_or(self.messages.folder());
        let name = file.path.strip_prefix(master).unwrap_or(&file.path).display();
        let kind = LedgerRowKind::Damage { journal: format!("master/{name}"), segment };
        LedgerRow { source: "master".to_owned(), from: file.from, to: file.to, kind }
    }

    fn named(&self) -> Result<HashSet<PathBuf>> {
        let mut named = HashSet::new();
        for table in [&self.messages, &self.ledger] {
            named.extend(table.files()?.iter().map(|file| table.absolute(&file.path())));
        }
        named.extend(self.retained()?.files());
        Ok(named)
    }
}

/// A second name for the file, below `quarantine` and by table and day, so that the first one can go.
fn keep_copy(file: &Path, quarantine: &Path) -> Result<()> {
    let parts: Vec<_> = file.components().rev().take_while(|part| part.as_os_str() != "master").collect();
    let target: PathBuf = [quarantine.to_owned()].into_iter().chain(parts.iter().rev().map(PathBuf::from)).collect();
    let folder = target.parent().unwrap_or(quarantine);
    durable::create_folder(folder).map_err(Error::io(folder))?;
    match fs::hard_link(file, &target) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.and_then(|()| durable::sync_folder(folder)).map_err(Error::io(&target)),
    }
}

/// The files below `folder` that may be removed.
fn list(folder: &Path, removable: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        let entry = entry.map_err(Error::io(folder))?;
        let path = entry.path();
        if entry.file_type().map_err(Error::io(&path))?.is_dir() {
            list(&path, removable, found)?;
        } else if removable(&path) {
            found.push(path);
        }
    }
    Ok(())
}

/// Data files and unfinished writes.
fn is_removable(path: &Path) -> bool {
    durable::is_staged(path) || is_data_file(path)
}

/// Checkpoints in the log are Parquet as well.
fn is_data_file(path: &Path) -> bool {
    let in_log = path.parent().is_some_and(|folder| folder.ends_with("_delta_log"));
    !in_log && path.extension().is_some_and(|extension| extension == "parquet")
}

/// A folder that holds something stays, and so does a file.
fn remove_if_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}

fn remove<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Result<Removed> {
    let mut removed = Removed::default();
    for file in files {
        let bytes = fs::metadata(file).map_or(0, |metadata| metadata.len());
        match fs::remove_file(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            done => done.map_err(Error::io(file))?,
        }
        file.parent().into_iter().for_each(remove_if_empty);
        removed.files += 1;
        removed.bytes += bytes;
    }
    Ok(removed)
}
