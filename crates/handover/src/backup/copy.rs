//! Files on their way into a folder that is whole in the end or says that it is not: each is linked or copied, read
//! once for its checksum, and synced; then the folders.

use super::manifest::File;
use crate::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

const CHUNK_BYTES: usize = 1 << 20;

/// A folder that is being filled.
#[derive(Debug)]
pub(crate) struct Target {
    root: PathBuf,
    /// Whether the folder was there, empty, before.
    existed: bool,
    /// Its first file, which tells that it is not finished.
    marker: PathBuf,
    folders: BTreeSet<PathBuf>,
}

impl Target {
    /// Takes a folder that is absent or empty, durably marked as unfinished.
    pub(crate) fn begin(root: &Path, marker: PathBuf, note: &[u8]) -> Result<Target> {
        let existed = root.is_dir();
        if existed && fs::read_dir(root).map_err(at(root))?.next().is_some() {
            return Err(Error::NotEmpty { path: root.to_owned() });
        }
        fs::create_dir_all(root).map_err(at(root))?;
        // whoever else begins here at the same moment is refused
        let written = fs::OpenOptions::new().write(true).create_new(true).open(&marker).and_then(|mut file| {
            file.write_all(note)?;
            file.sync_all()
        });
        written.map_err(at(&marker))?;
        let target = Target { root: root.to_owned(), existed, marker, folders: BTreeSet::from([root.to_owned()]) };
        target.sync_folders()?;
        Ok(target)
    }

    /// Whether there is room for so many bytes more.
    pub(crate) fn reserve(&self, needed: u64) -> Result<()> {
        let found = rustix::fs::statvfs(&self.root).map_err(|error| at(&self.root)(error.into()))?;
        let available = found.f_bavail.saturating_mul(found.f_frsize);
        let path = self.root.clone();
        if needed > available { Err(Error::NoRoom { path, needed, available }) } else { Ok(()) }
    }

    /// How many bytes linking these files will take: those of files on another file system.
    pub(crate) fn link_cost<'a>(&self, files: impl Iterator<Item = &'a Path>) -> Result<u64> {
        let device = fs::metadata(&self.root).map_err(at(&self.root))?.dev();
        let mut bytes = 0;
        for path in files {
            let metadata = fs::metadata(path).map_err(at(path))?;
            bytes += if metadata.dev() == device { 0 } else { metadata.len() };
        }
        Ok(bytes)
    }

    /// Gives a file that is never changed a second name here, or copies it where it cannot have one.
    pub(crate) fn link(&mut self, from: &Path, place: &Path) -> Result<File> {
        let to = self.prepare(place)?;
        if fs::hard_link(from, &to).is_err() {
            return self.copy(from, place);
        }
        let mut file = fs::File::open(&to).map_err(at(&to))?;
        let read = digest(&mut file, |_| Ok(()));
        file.sync_all().map_err(at(&to))?;
        entry(place, read.map_err(at(&to))?)
    }

    /// Copies a file as it is now; one that is being appended to is copied up to some moment.
    pub(crate) fn copy(&mut self, from: &Path, place: &Path) -> Result<File> {
        let mut source = fs::File::open(from).map_err(at(from))?;
        let permissions = source.metadata().map_err(at(from))?.permissions();
        let to = self.prepare(place)?;
        let copied = fs::File::create(&to).and_then(|mut file| {
            let read = digest(&mut source, |bytes| file.write_all(bytes))?;
            file.set_permissions(permissions)?;
            file.sync_all().map(|()| read)
        });
        entry(place, copied.map_err(at(&to))?)
    }

    pub(crate) fn write(&mut self, bytes: &[u8], place: &Path) -> Result<File> {
        let to = self.prepare(place)?;
        let written = fs::File::create(&to).and_then(|mut file| {
            let read = digest(&mut &*bytes, |bytes| file.write_all(bytes))?;
            file.sync_all().map(|()| read)
        });
        entry(place, written.map_err(at(&to))?)
    }

    fn prepare(&mut self, place: &Path) -> Result<PathBuf> {
        let to = self.root.join(place);
        let folder = to.parent().unwrap_or(&self.root).to_owned();
        if self.folders.insert(folder.clone()) {
            fs::create_dir_all(&folder).map_err(at(&folder))?;
            // those in between have a new name in them as well
            self.folders.extend(folder.ancestors().take_while(|above| *above != self.root).map(Path::to_owned));
        }
        Ok(to)
    }

    /// Everything is there: makes it durable, then puts the last word in the marker's place, or removes the marker.
    pub(crate) fn finish(&self, last: Option<&[u8]>) -> Result<()> {
        self.sync_folders()?;
        match last {
            Some(bytes) => journal::replace_file(&self.marker, bytes)?,
            None => {
                fs::remove_file(&self.marker).map_err(at(&self.marker))?;
                journal::sync_folder(&self.root)?;
            }
        }
        Ok(())
    }

    /// Removes what was begun. What cannot be removed still has the marker, which goes last.
    pub(crate) fn discard(self) {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in entries.filter(|path| *path != self.marker) {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            if removed.is_err() {
                return;
            }
        }
        let _ = fs::remove_file(&self.marker);
        if !self.existed {
            let _ = fs::remove_dir(&self.root);
        }
    }

    fn sync_folders(&self) -> Result<()> {
        let above = self.root.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // the deepest first, so that a name that is kept leads to something
        self.folders.iter().rev().map(PathBuf::as_path).chain([above]).try_for_each(journal::sync_folder)?;
        Ok(())
    }
}

/// Size and SHA-256 of what is read, each piece handed on.
fn digest(from: &mut impl Read, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<(u64, String)> {
    let (mut hash, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        let read = match from.read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            break;
        }
        hash.update(&chunk[..read]);
        each(&chunk[..read])?;
        bytes += read as u64;
    }
    let mut text = String::with_capacity(64);
    hash.finalize().iter().for_each(|byte| write!(text, "{byte:02x}").expect("a text grows"));
    Ok((bytes, text))
}

fn entry(place: &Path, (bytes, sha256): (u64, String)) -> Result<File> {
    let path = place.to_str().ok_or_else(|| Error::NotUtf8 { path: place.to_owned() })?.to_owned();
    Ok(File { path, bytes, sha256 })
}

pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    |source| Error::Io { path: path.to_owned(), source }
}

/// Every file below a folder, in order; none where there is no folder.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(at(folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(at(folder))?.path();
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

/// Whether a path that need not exist yet lies in a folder or is it.
pub(crate) fn is_within(path: &Path, folder: &Path) -> Result<bool> {
    let folder = folder.canonicalize().map_err(at(folder))?;
    let absolute = std::path::absolute(path).map_err(at(path))?;
    let there = absolute.ancestors().find(|above| above.exists()).unwrap_or(&absolute);
    let mut real = there.canonicalize().map_err(at(there))?;
    for part in absolute.strip_prefix(there).unwrap_or(Path::new("")).components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            part => real.push(part),
        }
    }
    Ok(real.starts_with(folder))
}
