//! What a backup takes of the master dataset: everything that the loaded versions consist of, and nothing of what comes
//! later. The files named here are never changed; while the caller holds a pin they are not removed either.

use crate::table::Table;
use crate::{Error, Master, Result, Versions};
use std::fs;
use std::path::{Path, PathBuf};

/// Digits that begin the name of every file of a log that belongs to a version, behind `_` where Delta passes it over.
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
        contents.files.extend(self.retained()?.files());
        Ok(contents)
    }
}

/// Commits and checkpoints, with their checksums, up to the loaded version; what is being written has no version in its name yet.
fn log_files(table: &Table) -> Result<Vec<PathBuf>> {
    let folder = table.log_folder();
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Error::io(&folder))? {
        let path = entry.map_err(Error::io(&folder))?.path();
        if version(&path).is_some_and(|version| version <= table.version()) {
            found.push(path);
        }
    }
    Ok(found)
}

fn version(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.trim_start_matches('_').get(..VERSION_DIGITS)?.parse().ok()
}

fn hint(table: &Table) -> Result<Option<(PathBuf, Vec<u8>)>> {
    let path = table.log_folder().join(HINT);
    match fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => read.map(|bytes| Some((path.clone(), bytes))).map_err(Error::io(&path)),
    }
}
