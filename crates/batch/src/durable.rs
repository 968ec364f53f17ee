//! Files that are either whole and on disk, or not there. A file is written under a hidden temporary name, synced, given
//! its name, and its folder synced; only then is it said to exist.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The end of the names of files that are being written.
const STAGED: &str = ".tmp";

/// What becomes of a file that already has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and giving the name fails with `AlreadyExists`.
    Keep,
    Replace,
}

/// A file under its temporary name; it is removed unless `finish` gives it its own.
#[derive(Debug)]
pub(crate) struct Staged {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
}

impl Staged {
    /// The folder must exist.
    pub(crate) fn create(path: &Path) -> io::Result<Staged> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?.to_string_lossy();
        let unique = NEXT.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.{}-{unique}{STAGED}", std::process::id()));
        let file = File::create(&temporary)?;
        Ok(Staged { path: path.to_owned(), temporary, file })
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The name it is to get, where that was not known when it was begun; in the same folder.
    pub(crate) fn named(mut self, path: &Path) -> Staged {
        self.path = path.to_owned();
        self
    }

    /// Gives the file its name, durably; returns its size in bytes.
    pub(crate) fn finish(self, existing: Existing) -> io::Result<u64> {
        self.file.sync_all()?;
        match existing {
            Existing::Keep => fs::hard_link(&self.temporary, &self.path)?,
            Existing::Replace => fs::rename(&self.temporary, &self.path)?,
        }
        let synced = sync_parent(&self.path);
        if synced.is_err() && existing == Existing::Keep {
            // a name that may not survive must not be taken for one that does
            let _ = fs::remove_file(&self.path);
        }
        synced?;
        Ok(self.file.metadata()?.len())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // after a rename it is gone already; one that stays behind is removed with the orphans
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Whether the file was left by a write that did not finish.
pub(crate) fn is_staged(path: &Path) -> bool {
    path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        name.starts_with('.') && name.ends_with(STAGED)
    })
}

/// Creates the folder and those above it, each synced into its parent.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_folder(parent)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_parent(folder),
    }
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => sync_folder(parent),
        None => sync_folder(Path::new(".")),
    }
}
