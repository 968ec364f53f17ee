//! Backup: a folder laid out like a data folder, out of which `restore` makes one elsewhere. Collecting, jobs and answers
//! go on meanwhile.
//!
//! The order is what makes it exact. First every journal's closed segments, then the newest version of the master
//! dataset: whatever is sealed in between is in both, and that version's marks cover it, so it counts once; and whatever
//! was reclaimed before is in that version. Each copied journal is ended, for the original goes on numbering it.

pub(crate) mod copy;
pub(crate) mod manifest;

use crate::error::{Error, Result};
use crate::handover::{Handover, Rolls};
use batch::Versions;
use copy::{Target, at, files_below, is_within};
use journal::JournalFolder;
use manifest::{Ended, File, Manifest};
use model::{DataFolder, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::block_in_place;

/// What was backed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    pub files: u64,
    pub bytes: u64,
    /// Per journal the last segment that is in the backup.
    pub segments: BTreeMap<String, u64>,
}

impl Handover {
    /// Backs up into a folder that is absent or empty. What was accepted before the call is in it; on an error nothing is
    /// left of it. `own` as for `close_segments`.
    pub async fn backup(&self, to: &Path, own: &[Arc<dyn Rolls>]) -> Result<BackedUp> {
        let data = &self.store.folder;
        if is_within(to, data.path())? {
            return Err(Error::BackupInside { path: to.to_owned(), data: data.path().to_owned() });
        }
        let mut backup = Backup::begin(data, to, self.clock.now())?;
        let done = match self.back_up(&mut backup, own).await {
            Ok(()) => block_in_place(|| backup.finish()),
            Err(error) => Err(error),
        };
        if done.is_err() {
            backup.target.discard();
        }
        done
    }

    async fn back_up(&self, backup: &mut Backup, own: &[Arc<dyn Rolls>]) -> Result<()> {
        self.close_segments(own).await?;
        // from here on nothing that is listed is removed
        let _pin = self.store.pins.pin();
        block_in_place(|| backup.take_journals())?;
        self.take_master(backup).await?;
        block_in_place(|| backup.take_rest())
    }

    /// The master dataset at its newest version; batches may commit while its files are linked.
    pub(crate) async fn take_master(&self, backup: &mut Backup) -> Result<()> {
        let contents = self.lock().await?.contents().await?;
        backup.versions = contents.versions;
        block_in_place(|| {
            let master = backup.data.master();
            let root = master.canonicalize().map_err(at(&master))?;
            let place = |path: &Path| Path::new("master").join(path.strip_prefix(&root).unwrap_or(path));
            backup.link(&contents.files, place)?;
            contents.replaced.iter().try_for_each(|(path, bytes)| backup.write(bytes, &place(path)))
        })
    }
}

/// A backup in the making.
#[derive(Debug)]
pub(crate) struct Backup {
    data: DataFolder,
    pub(crate) target: Target,
    begun: Time,
    versions: Versions,
    journals: BTreeMap<String, Ended>,
    files: Vec<File>,
}

impl Backup {
    pub(crate) fn begin(data: &DataFolder, to: &Path, begun: Time) -> Result<Backup> {
        let target = Target::begin(to, DataFolder::new(to).backup(), &manifest::unfinished())?;
        let versions = Versions { messages: -1, ledger: -1 };
        Ok(Backup { data: data.clone(), target, begun, versions, journals: BTreeMap::new(), files: Vec::new() })
    }

    /// The closed segments of every journal. Of the open one only the header, as the empty successor that closes the last
    /// of them and says how far the writer had come; and the mark that nobody writes on.
    pub(crate) fn take_journals(&mut self) -> Result<()> {
        for folder in JournalFolder::list(&self.data.journals())? {
            let mut segments = folder.segments()?;
            let Some((_, open)) = segments.pop() else { continue };
            let segment = segments.last().map_or(0, |(number, _)| *number);
            let closed: Vec<PathBuf> = segments.into_iter().map(|(_, path)| path).collect();
            let place = below(&self.data);
            self.link(&closed, &place)?;
            self.write(&journal::read::header_bytes(&open)?, &place(&open))?;
            self.write(journal::ended::END_NOTE.as_bytes(), &place(&folder.end_mark()))?;
            self.journals.insert(folder.name(), Ended { journal: folder.id()?, segment });
        }
        Ok(())
    }

    /// What is neither journal nor master dataset, as of now: state, rejects, quarantine, configuration. The views are
    /// left out, and so are damaged ones in quarantine, as they are computed from the rest.
    pub(crate) fn take_rest(&mut self) -> Result<()> {
        let place = below(&self.data);
        let left_out = [self.data.temporary(), self.data.spill(), self.data.quarantine("views")];
        let mut changing = files_below(&self.data.state())?;
        changing.extend(files_below(&self.data.quarantines())?);
        changing.retain(|path| !left_out.iter().any(|folder| path.starts_with(folder)));
        changing.extend(files_below(&self.data.rejects())?);
        for folder in JournalFolder::list(&self.data.journals())? {
            changing.extend(beside_segments(&folder)?);
        }
        changing.push(self.data.configuration());
        self.target.reserve(changing.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum())?;
        for path in changing {
            match self.target.copy(&path, &place(&path)) {
                // not there, or rotated away since it was listed
                Err(Error::Io { source, path: missing }) if source.kind() == ErrorKind::NotFound && missing == path => {
                }
                copied => self.files.push(copied?),
            }
        }
        Ok(())
    }

    fn link(&mut self, files: &[PathBuf], place: impl Fn(&Path) -> PathBuf) -> Result<()> {
        self.target.reserve(self.target.link_cost(files.iter().map(PathBuf::as_path))?)?;
        for path in files {
            self.files.push(self.target.link(path, &place(path))?);
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], place: &Path) -> Result<()> {
        self.files.push(self.target.write(bytes, place)?);
        Ok(())
    }

    /// The manifest, last and durably: with it, and not before, the folder is a backup.
    pub(crate) fn finish(&mut self) -> Result<BackedUp> {
        let (journals, files) = (std::mem::take(&mut self.journals), std::mem::take(&mut self.files));
        let manifest = Manifest::new(self.begun, self.versions, journals, files);
        self.target.finish(Some(&manifest.encode()))?;
        let segments = manifest.journals.iter().map(|(name, ended)| (name.clone(), ended.segment)).collect();
        Ok(BackedUp { files: manifest.files.len() as u64, bytes: manifest.bytes(), segments })
    }
}

/// What a journal's writers keep for those after them; not the lock, which is the process's own.
fn beside_segments(folder: &JournalFolder) -> Result<Vec<PathBuf>> {
    let taken = [folder.lock_path(), folder.end_mark()];
    let mut files = files_below(folder.path())?;
    files.retain(|path| !taken.contains(path) && path.extension().is_none());
    Ok(files)
}

/// Where a file of the data folder lies in a backup: at the same place.
fn below(data: &DataFolder) -> impl Fn(&Path) -> PathBuf + use<> {
    let root = data.path().to_owned();
    move |path| path.strip_prefix(&root).unwrap_or(path).to_owned()
}
