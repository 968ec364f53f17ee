//! Removing files that nothing names any more. Everything here asks the newest versions first.

use crate::{Error, Master, Result, durable};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a clean-up removed from disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub files: u64,
    pub bytes: u64,
}

impl Master {
    /// Deletes replaced files from disk. Files that the newest versions still name are kept; ones already gone are fine.
    pub async fn remove_files(&mut self, files: &[PathBuf]) -> Result<Removed> {
        self.refresh().await?;
        let named = self.named()?;
        remove(files.iter().filter(|file| !named.contains(*file)))
    }

    /// Deletes every data file that neither the newest versions name nor `keep` lists, and what unfinished writes left.
    ///
    /// Nobody else may be writing, and readers of older versions must be in `keep`.
    pub async fn remove_orphans(&mut self, keep: &HashSet<PathBuf>) -> Result<Removed> {
        self.refresh().await?;
        let named = self.named()?;
        let mut found = Vec::new();
        for table in [&self.messages, &self.ledger] {
            list(table.folder(), &is_removable, &mut found)?;
        }
        let retained = self.retained_root();
        if retained.is_dir() {
            list(&retained, &|_| true, &mut found)?;
        }
        let removed = remove(found.iter().filter(|file| !named.contains(*file) && !keep.contains(*file)));
        // one that was made for rollups and never got any
        fs::read_dir(&retained).into_iter().flatten().flatten().for_each(|folder| drop(fs::remove_dir(folder.path())));
        removed
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

fn remove<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Result<Removed> {
    let mut removed = Removed::default();
    for file in files {
        let bytes = fs::metadata(file).map_or(0, |metadata| metadata.len());
        match fs::remove_file(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            done => done.map_err(Error::io(file))?,
        }
        // a day without files, or retained rollups without any; a folder that holds something stays
        let _ = file.parent().map(fs::remove_dir);
        removed.files += 1;
        removed.bytes += bytes;
    }
    Ok(removed)
}
