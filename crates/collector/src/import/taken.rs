//! Which refused messages an import has taken in after all, so that none is taken in twice, however exports overlap.
//!
//! An export is no file with a fixed content: the next one holds the messages of the one before and new ones. So each
//! message is known by itself: by when and from where it was received and by its bytes. Of several that are equal in all
//! of this, as many are known as were taken in.
//!
//! Beside the segments of such an import, `TAKEN` holds a line for each message that it has taken in: how far the source
//! was read with it, and its key. Lines are written and synced before the frame that holds their messages, and a line
//! counts only if the journal has come that far, so lines and messages are kept or lost together. One import of refused
//! messages runs at a time in a data folder, by a lock.

use super::source::{Chunk, Source};
use crate::error::{Error, Result, at};
use crate::rejects::Rejected;
use journal::JournalFolder;
use journal::lock::Lock;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

const TAKEN: &str = "TAKEN";
const LOCK: &str = "TAKEN.lock";
/// The first line; a file of another version is not understood, and what it knows would be taken in again.
const HEAD: &str = "vitals taken 1";

/// What a refused message is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn of(rejected: &Rejected) -> Key {
        let mut hash = Sha256::new();
        hash.update(rejected.received_at.as_micros().to_le_bytes());
        hash.update((rejected.source.len() as u64).to_le_bytes());
        hash.update(&rejected.source);
        hash.update(&rejected.bytes);
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Key(key)
    }

    fn parse(text: &str) -> Option<Key> {
        let digits = text.is_ascii().then_some(text).filter(|text| text.len() == 32)?;
        let mut key = [0; 16];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Key(key))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is known while an import of refused messages runs.
#[derive(Debug)]
pub(super) struct Taken {
    /// How many of each other imports have taken in.
    known: HashMap<Key, u32>,
    /// How many of each the source has held so far.
    seen: HashMap<Key, u32>,
    file: File,
    path: PathBuf,
    /// Lines that go with the next frame.
    pending: String,
    _lock: Lock,
}

impl Taken {
    /// For the writer of the journal in `folder`, whose source has been read up to `offset`; `again`: as if nothing were
    /// known.
    pub(super) fn open(folder: &JournalFolder, source: &mut Source, offset: u64, again: bool) -> Result<Taken> {
        let journals = folder.path().parent().unwrap_or(folder.path());
        let lock = Lock::exclusive(&journals.join(LOCK)).map_err(|error| match error {
            journal::Error::InUse { .. } => Error::TakingIn,
            other => other.into(),
        })?;
        let path = folder.path().join(TAKEN);
        let file = begin(&path, offset)?;
        let known = if again { HashMap::new() } else { known(journals, folder)? };
        let seen = seen(source, offset)?;
        Ok(Taken { known, seen, file, path, pending: String::new(), _lock: lock })
    }

    /// Whether the next message of this key has been taken in before; asked once for each.
    pub(super) fn is_known(&mut self, key: Key) -> bool {
        let seen = self.seen.entry(key).or_default();
        *seen += 1;
        *seen <= self.known.get(&key).copied().unwrap_or(0)
    }

    /// It goes into the next frame, with which the source is read up to `offset`.
    pub(super) fn take(&mut self, key: Key, offset: u64) {
        self.pending.push_str(&format!("{offset} {key}\n"));
    }

    /// To be called before the frame is written.
    pub(super) fn write(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(self.pending.as_bytes()).and_then(|()| self.file.sync_data());
        self.pending.clear();
        written.map_err(at(&self.path))
    }
}

/// The journal's own list, without what was never followed by its frame.
fn begin(path: &Path, offset: u64) -> Result<File> {
    let lines: String = read(path, offset)?.map(|(offset, key)| format!("{offset} {key}\n")).collect();
    journal::replace_file(path, format!("{HEAD}\n{lines}").as_bytes())?;
    OpenOptions::new().append(true).open(path).map_err(at(path))
}

/// What all other journals have taken in.
fn known(journals: &Path, own: &JournalFolder) -> Result<HashMap<Key, u32>> {
    let mut known = HashMap::new();
    for folder in JournalFolder::list(journals)?.into_iter().filter(|folder| folder != own) {
        let path = folder.path().join(TAKEN);
        if path.exists() {
            read(&path, folder.source_offset()?)?.for_each(|(_, key)| *known.entry(key).or_default() += 1);
        }
    }
    Ok(known)
}

/// The lines up to `offset`; a torn one at the end belongs to no frame.
fn read(path: &Path, offset: u64) -> Result<impl Iterator<Item = (u64, Key)> + use<>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(at(path))?,
    };
    let lines = text.strip_prefix(HEAD).unwrap_or_default();
    let whole = lines.rfind('\n').map_or("", |end| &lines[..end]);
    let entry = |line: &str| {
        let (offset, key) = line.split_once(' ')?;
        Some((offset.parse::<u64>().ok()?, Key::parse(key)?))
    };
    let entries: Vec<(u64, Key)> = whole.lines().filter_map(entry).filter(|(at, _)| *at <= offset).collect();
    Ok(entries.into_iter())
}

/// How many of each the source holds up to `offset`.
fn seen(source: &mut Source, offset: u64) -> Result<HashMap<Key, u32>> {
    let mut seen = HashMap::new();
    if offset > 0 {
        source.seek(0)?;
        while let Some(chunk) = source.next()? {
            if !count(&chunk, offset, &mut seen) {
                break;
            }
        }
    }
    source.seek(offset)?;
    Ok(seen)
}

/// False where the chunk reaches beyond `offset`.
fn count(chunk: &Chunk<'_>, offset: u64, seen: &mut HashMap<Key, u32>) -> bool {
    for (index, piece) in chunk.pieces.iter().enumerate() {
        if chunk.behind(index) > offset {
            return false;
        }
        if let Some(rejected) = Rejected::parse(&chunk.window[piece.bytes.clone()]) {
            *seen.entry(Key::of(&rejected)).or_default() += 1;
        }
    }
    true
}
