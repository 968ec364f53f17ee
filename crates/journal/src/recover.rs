//! What opening a journal does with the files of a former life: no special path, only what has to be settled before the
//! first append. The torn tail is cut, a segment that was never begun is moved aside, nothing else is touched: what is
//! damaged stays where it is, closed by the next segment, and its readers put the damage on record.

use crate::error::{Error, Result, at};
use crate::folder::{JournalFolder, segment_number};
use crate::frames::Kind;
use crate::read::{Read, SegmentReader, has_frames};
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
    /// Segment files that a crash had left without a whole header, moved aside.
    pub quarantined: Vec<PathBuf>,
    /// For an import: how far the source has been read, and whether to its end.
    pub source_offset: u64,
    pub done: bool,
}

/// The newest segment with a readable header, after its torn tail has been cut.
pub(crate) struct Newest {
    pub path: PathBuf,
    pub header: Header,
    pub end: u64,
}

pub(crate) struct Found {
    pub recovery: Recovery,
    pub newest: Option<Newest>,
    /// The highest number that was ever used, as far as the files know; 0 for none.
    pub highest: u64,
    /// The last file that stays, and how many frames it has.
    pub last: Option<(u64, u32)>,
}

/// Settles the files of `folder`; the caller holds its lock, which was there before where `former` says since when.
pub(crate) fn recover(folder: &JournalFolder, quarantine: &Path, former: Option<Time>) -> Result<Found> {
    let recovery = Recovery { clean: true, ..Recovery::default() };
    let mut found = Found { recovery, newest: None, highest: highest_in(quarantine)?, last: None };
    for (number, path) in folder.segments()?.into_iter().rev() {
        found.highest = found.highest.max(number);
        match SegmentReader::open(&path) {
            Ok(reader) => {
                settle(reader, path, &mut found)?;
                break;
            }
            Err(Error::Foreign { problem, .. }) => unreadable(number, &path, problem, quarantine, &mut found)?,
            Err(error) => return Err(error),
        }
    }
    if found.newest.is_none() {
        inherit(folder, &mut found.recovery)?;
    }
    if found.recovery.last_sign.is_none() && former.is_some() {
        // a lock and nothing to read: all that is known of the life before is when it began
        (found.recovery.last_sign, found.recovery.clean) = (former, false);
    }
    Ok(found)
}

fn unreadable(number: u64, path: &Path, problem: &str, quarantine: &Path, found: &mut Found) -> Result<()> {
    found.recovery.clean = false;
    if !has_frames(path)? {
        tracing::warn!(segment = %path.display(), problem, "moving a segment that was never begun to quarantine");
        found.recovery.quarantined.push(move_aside(path, quarantine)?);
        return Ok(());
    }
    tracing::warn!(segment = %path.display(), problem, "the header of a segment is lost; what stands behind it is read all the same");
    let mut reader = SegmentReader::without_header(path, Header::unknown(number, Time::MIN))?;
    look_through(&mut reader, true, &mut found.recovery)?;
    found.last.get_or_insert((number, reader.frame()));
    Ok(())
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
    let recovery = &mut found.recovery;
    // a segment that had a successor is whole, and what is damaged in it stays for its readers to find
    let closed = found.last.is_some() || !recovery.quarantined.is_empty();
    let stopped = look_through(&mut reader, closed, recovery)?;
    if !closed {
        recovery.torn_bytes = cut(&path, reader.offset())?;
    }
    recovery.last_sign = recovery.last_sign.max(Some(header.last_sign));
    recovery.clean &= stopped.unwrap_or(header.clean) && recovery.torn_bytes == 0;
    recovery.source_offset = recovery.source_offset.max(header.source_offset);
    found.last.get_or_insert((header.number, reader.frame()));
    found.newest = Some(Newest { path, header, end: reader.offset() });
    Ok(())
}

/// Whether the last frame ended the writer's life in order; `None` where there is no frame.
fn look_through(reader: &mut SegmentReader, closed: bool, recovery: &mut Recovery) -> Result<Option<bool>> {
    let mut stopped = None;
    loop {
        match reader.next(closed)? {
            Read::Frame(frame) => {
                recovery.last_sign = recovery.last_sign.max(Some(frame.at));
                recovery.source_offset = recovery.source_offset.max(frame.source_offset);
                recovery.done |= frame.kind == Kind::Done;
                stopped = Some(frame.kind == Kind::Stop);
            }
            Read::Damage(damage) => tracing::warn!(?damage, "a segment is damaged; reading goes on behind it"),
            Read::End => return Ok(stopped),
        }
    }
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
