//! Restore: a data folder out of a backup. Every journal in it is ended, so that whoever collects there begins journals
//! with identities of their own; the views are rebuilt from the rest.
//!
//! While it is being filled, the folder holds the file `RESTORING`, and nobody takes it for a data folder.

use crate::backup::copy::{Target, at, is_within};
use crate::backup::manifest::{File, Manifest};
use crate::error::{Error, Result};
use model::DataFolder;
use std::io::ErrorKind;
use std::path::Path;

const NOTE: &[u8] =
    b"A restore into this folder is under way or was interrupted; then remove the folder and restore again.\n";

/// What was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    pub files: u64,
    pub bytes: u64,
}

/// Restores into a folder that is absent or empty, checking every file on the way. On an error nothing is left in it.
pub fn restore(backup: &Path, data: &DataFolder) -> Result<Restored> {
    let manifest = Manifest::read(backup)?;
    if is_within(data.path(), backup)? {
        return Err(Error::BackupInside { path: data.path().to_owned(), data: backup.to_owned() });
    }
    let mut target = Target::begin(data.path(), data.restoring(), NOTE)?;
    match fill(&mut target, backup, &manifest) {
        Ok(()) => Ok(Restored { files: manifest.files.len() as u64, bytes: manifest.bytes() }),
        Err(error) => {
            target.discard();
            Err(error)
        }
    }
}

fn fill(target: &mut Target, backup: &Path, manifest: &Manifest) -> Result<()> {
    target.reserve(manifest.bytes())?;
    manifest.files.iter().try_for_each(|file| restore_file(target, backup, file))?;
    target.finish(None)
}

fn restore_file(target: &mut Target, backup: &Path, file: &File) -> Result<()> {
    let from = backup.join(&file.path);
    let damaged = |problem: String| Error::BackupDamaged { path: from.clone(), problem };
    let place = file.place().ok_or_else(|| damaged("it lies outside the backup".to_owned()))?;
    let found = match from.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(damaged("it is missing".to_owned())),
        found => found.map_err(at(&from))?.len(),
    };
    if found != file.bytes {
        return Err(damaged(format!("it has {found} bytes instead of {}", file.bytes)));
    }
    let copied = target.copy(&from, &place)?;
    if copied != *file {
        return Err(damaged("its content is not what was backed up".to_owned()));
    }
    Ok(())
}

/// That a folder is a data folder, and neither a backup nor what an interrupted restore left.
pub fn check_whole(folder: &DataFolder) -> Result<()> {
    let is_there = |path: &Path| match path.try_exists() {
        // nothing can be in what is no folder; whoever wants to use it says so
        Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(false),
        found => found.map_err(at(path)),
    };
    if is_there(&folder.restoring())? {
        return Err(Error::HalfRestored { path: folder.path().to_owned() });
    }
    if is_there(&folder.backup())? {
        return Err(Error::IsBackup { path: folder.path().to_owned() });
    }
    Ok(())
}
