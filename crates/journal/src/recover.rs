//! What opening a journal does with the files of a former life: no special path, only what has to be settled before the
//! first append. The torn tail is cut, a segment that cannot even be named is moved aside, nothing else is touched.

use crate::error::{Error, Result, at};
use crate::folder::{JournalFolder, segment_number};
use crate::frames::Kind;
use crate::read::{Read, SegmentReader};
use crate::segment::Header;
use crate::sync::{create_folder, sync_folder};
use model::{JournalId, Time};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

/// What opening a journal found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The last sign of life of the former writer; `None` for a new journal.
    pub last_sign: Option<Time>,
    /// Whether the former writer stopped in order; true for a new journal.
    pub clean: bool,
    /// Bytes of a frame that a crash had left unfinished.
    pub torn_bytes: u64,
    /// Segment files without a readable header, moved aside.
    pub quarantined: Vec<PathBuf>,
    /// For an import: how far the source has been read, and whether to its end.
    pub source_offset: u64,
    pub done: bool,
}

/// The newest segment with a readable header, after its torn tail has been cut.
pub(crate) struct Newest {
    pub path: PathBuf,
    pub header: Header,
    pub frames: u32,
    pub end: u64,
}

pub(crate) struct Found {
    pub recovery: Recovery,
    pub newest: Option<Newest>,
    /// The highest number that was ever used, as far as the files know; 0 for none.
    pub highest: u64,
}

/// Settles the files of `folder`; the caller holds its lock.
pub(crate) fn recover(folder: &JournalFolder, quarantine: &Path) -> Result<Found> {
    let mut found = Found {
        recovery: Recovery { clean: true, ..Recovery::default() },
        newest: None,
        highest: highest_in(quarantine)?,
    };
    for (number, path) in folder.segments()?.into_iter().rev() {
        found.highest = found.highest.max(number);
        match SegmentReader::open(&path) {
            Ok(reader) => {
                settle(reader, path, &mut found)?;
                break;
            }
            Err(Error::Foreign { problem, .. }) => {
                tracing::warn!(segment = %path.display(), problem, "moving an unreadable segment to quarantine");
                found.recovery.clean = false;
                found.recovery.quarantined.push(move_aside(&path, quarantine)?);
            }
            Err(error) => return Err(error),
        }
    }
    if found.newest.is_none() {
        inherit(folder, &mut found.recovery)?;
    }
    Ok(found)
}

/// A journal that follows an ended one goes on from that one's last sign of life, and an import from how far it came.
fn inherit(folder: &JournalFolder, recovery: &mut Recovery) -> Result<()> {
    if let Some(ended) = folder.predecessor()? {
        let header = ended.header();
        recovery.last_sign = Some(header.last_sign);
        recovery.clean &= header.clean;
        recovery.source_offset = header.source_offset;
    }
    Ok(())
}

fn settle(mut reader: SegmentReader, path: PathBuf, found: &mut Found) -> Result<()> {
    let header = reader.header().clone();
    let (mut last_sign, mut clean) = (header.last_sign, header.clean);
    let (mut source_offset, mut done) = (header.source_offset, false);
    loop {
        match reader.next(false)? {
            Read::Frame(frame) => {
                last_sign = frame.at;
                clean = frame.kind == Kind::Stop;
                source_offset = source_offset.max(frame.source_offset);
                done |= frame.kind == Kind::Done;
            }
            Read::Damage(damage) => tracing::warn!(?damage, "a segment is damaged; reading goes on behind it"),
            Read::End => break,
        }
    }
    found.recovery.torn_bytes = cut(&path, reader.offset())?;
    found.recovery.last_sign = Some(last_sign);
    found.recovery.clean &= clean && found.recovery.torn_bytes == 0;
    found.recovery.source_offset = source_offset;
    found.recovery.done = done;
    found.newest = Some(Newest { path, header, frames: reader.frame(), end: reader.offset() });
    Ok(())
}

/// Cuts what stands behind `end` and makes the file durable; how many bytes went.
fn cut(path: &Path, end: u64) -> Result<u64> {
    let file = OpenOptions::new().write(true).open(path).map_err(at(path))?;
    let torn = file.metadata().map_err(at(path))?.len().saturating_sub(end);
    if torn > 0 {
        file.set_len(end).map_err(at(path))?;
    }
    file.sync_all().map_err(at(path))?;
    Ok(torn)
}

fn move_aside(path: &Path, quarantine: &Path) -> Result<PathBuf> {
    create_folder(quarantine)?;
    let target = quarantine.join(path.file_name().expect("a segment's path ends in its name"));
    fs::rename(path, &target).map_err(at(path))?;
    sync_folder(quarantine)?;
    path.parent().map_or(Ok(()), sync_folder)?;
    Ok(target)
}

fn highest_in(quarantine: &Path) -> Result<u64> {
    let entries = match fs::read_dir(quarantine) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        read => read.map_err(at(quarantine))?,
    };
    let numbers = entries.filter_map(|entry| segment_number(&entry.ok()?.file_name().to_string_lossy()));
    Ok(numbers.max().unwrap_or(0))
}

/// The identity of a journal, from the newest header that can be read.
pub(crate) fn identity(folder: &JournalFolder) -> Result<Option<JournalId>> {
    Ok(newest_readable(folder)?.map(|reader| reader.journal()))
}

/// The newest segment whose header can be read.
pub(crate) fn newest_readable(folder: &JournalFolder) -> Result<Option<SegmentReader>> {
    for (_, path) in folder.segments()?.into_iter().rev() {
        match SegmentReader::open(&path) {
            Ok(reader) => return Ok(Some(reader)),
            Err(Error::Foreign { .. }) => {}
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
