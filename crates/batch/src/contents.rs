//! What a backup takes of the master dataset: everything that the loaded versions consist of, and nothing of what comes
//! later. The files named here are never changed; while the caller holds a pin they are not removed either.

use crate::table::Table;
use crate::{Error, Master, Result, Versions, durable};
use std::fs;
use std::path::{Path, PathBuf};

/// Digits that begin the name of every file of a log that belongs to a version.
const VERSION_DIGITS: usize = 20;
/// Names the newest checkpoint; the one file of a log that is replaced in place.
const HINT: &str = "_last_checkpoint";

/// The files of one version of both tables, absolute, below the folder of the master dataset.
#[derive(Clone, Debug)]
pub struct Contents {
    pub versions: Versions,
    pub files: Vec<PathBuf>,
    /// What is replaced in place, as it is now.
    pub replaced: Vec<(PathBuf, Vec<u8>)>,
}

impl Master {
    /// Both tables at their newest versions, log and checkpoints included.
    pub async fn contents(&mut self) -> Result<Contents> {
        self.refresh().await?;
        let mut contents = Contents { versions: self.versions(), files: Vec::new(), replaced: Vec::new() };
        for table in [&self.ledger, &self.messages] {
            contents.files.extend(table.files()?.iter().map(|file| table.absolute(&file.path())));
            contents.files.extend(log_files(table)?);
            contents.replaced.extend(hint(table)?);
        }
        let master = self.messages.folder().parent().unwrap_or(self.messages.folder());
        list(&master.join("retained"), &mut contents.files)?;
        Ok(contents)
    }
}

/// Commits and checkpoints up to the loaded version.
fn log_files(table: &Table) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    list(&table.log_folder(), &mut found)?;
    found.retain(|path| version(path).is_some_and(|version| version <= table.version()));
    Ok(found)
}

fn version(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.get(..VERSION_DIGITS)?.parse().ok()
}

fn hint(table: &Table) -> Result<Option<(PathBuf, Vec<u8>)>> {
    let path = table.log_folder().join(HINT);
    match fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => read.map(|bytes| Some((path.clone(), bytes))).map_err(Error::io(&path)),
    }
}

/// Every finished file below a folder, which need not be there.
fn list(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(Error::io(folder))?,
    };
    for entry in entries {
        let path = entry.map_err(Error::io(folder))?.path();
        if path.is_dir() {
            list(&path, found)?;
        } else if !durable::is_staged(&path) {
            found.push(path);
        }
    }
    Ok(())
}
