//! Making names durable: a file that is fsynced but whose folder is not may be gone after a power cut.

use crate::error::{Result, at};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Creates the folder and those above it, durably.
pub(crate) fn create_folder(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or(Ok(()), create_folder)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(at(folder)(error)),
        _ => {}
    }
    sync_folder(parent.unwrap_or(Path::new(".")))
}

/// Puts a small file in place as a whole: whoever reads it sees the old content or the new one, also after a power cut.
pub fn replace_file(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_folder(folder)?;
    let fresh = path.with_extension("new");
    let written = File::create(&fresh).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(at(&fresh))?;
    fs::rename(&fresh, path).map_err(at(path))?;
    sync_folder(folder)
}
