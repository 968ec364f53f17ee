//! Locks between processes: a held `flock`, which the kernel lets go of however the holder ends.
//!
//! The file's content is for people and for finding the holder; it says nothing about whether the lock is held.

use crate::error::{Error, Result, at};
use crate::sync::create_folder;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// A held lock; dropping it lets go.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock for this process alone, creating file and folder.
    pub fn exclusive(path: &Path) -> Result<Lock> {
        create_folder(path.parent().unwrap_or(Path::new(".")))?;
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path).map_err(at(path))?;
        Lock::taken(path, file.try_lock(), file)
    }

    /// Takes the lock together with other readers; `None` when there is no such file, and then none is made.
    pub fn shared(path: &Path) -> Result<Option<Lock>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(at(path))?,
        };
        Lock::taken(path, file.try_lock_shared(), file).map(Some)
    }

    fn taken(path: &Path, outcome: Result<(), TryLockError>, file: File) -> Result<Lock> {
        match outcome {
            Ok(()) => Ok(Lock { file, path: path.to_owned() }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(at(path)(source)),
        }
    }

    /// Whether some process holds the lock for itself alone.
    pub fn is_held(path: &Path) -> Result<bool> {
        match Lock::shared(path) {
            Ok(_) => Ok(false),
            Err(Error::InUse { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file's content.
    pub fn write(&self, content: &str) -> Result<()> {
        use std::os::unix::fs::FileExt;
        let written = self.file.set_len(0).and_then(|()| self.file.write_all_at(content.as_bytes(), 0));
        written.map_err(at(&self.path))
    }
}
