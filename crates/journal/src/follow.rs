//! Following a journal over its segments: frame after frame, with damage as a frame of its own that says so.
//!
//! Realtime views, sealing and raw reads all take this road, so they see the same messages and the same damage.

use crate::error::{Error, Result};
use crate::folder::JournalFolder;
use crate::frames::{Frame, Kind};
use crate::read::{Damage, Read, SegmentReader, has_frames};
use crate::segment::{FrameCount, Header};
use model::{LedgerRow, LedgerRowKind, Time};
use std::path::{Path, PathBuf};

/// Where a reader stands in a journal: every frame before this has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub segment: u64,
    pub frame: u32,
}

/// Reads one segment to its end and turns what is unreadable into a ledger row.
#[derive(Debug)]
pub struct Follower {
    name: String,
    number: u64,
    reader: SegmentReader,
    has_header: bool,
    path: PathBuf,
    /// The last time that the segment spoke of.
    last: Time,
    /// Read while looking for the end of a damaged piece, given out next.
    held: Option<Frame>,
    /// The number that the next frame given out has at least.
    given: u32,
    /// Pieces that could not be read so far.
    pub damage: Vec<Damage>,
}

impl Follower {
    /// Begins a segment of the journal; `Ok(None)` where it cannot be read yet, because it is being created.
    pub fn open(folder: &JournalFolder, number: u64, closed: Option<Closed>) -> Result<Option<Follower>> {
        let path = folder.segment_path(number);
        let (reader, has_header) = match SegmentReader::open(&path) {
            Ok(reader) if reader.number() == number => (reader, true),
            // another segment's copy: its frames are not this one's, and would be counted twice
            Ok(reader) => (reader.at_end()?, false),
            Err(Error::Foreign { .. }) if closed.is_some() || has_frames(&path)? => {
                let created = begun_at(folder, number)?.or(closed.map(|closed| closed.at)).unwrap_or_default();
                (SegmentReader::without_header(&path, Header::unknown(number, created))?, false)
            }
            Err(Error::Foreign { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let last = reader.header().created;
        Ok(Some(Follower {
            name: folder.name(),
            number,
            reader,
            has_header,
            path,
            last,
            held: None,
            given: 0,
            damage: Vec::new(),
        }))
    }

    pub fn position(&self) -> Position {
        Position { segment: self.number, frame: self.given }
    }

    /// Whether every frame before `end`, a position in this segment, has been given out.
    pub fn is_at(&self, end: Position) -> bool {
        self.position() >= end
    }

    /// The next frame; `None`: nothing more, or nothing more yet. `closed` tells of the segment's successor.
    pub fn next(&mut self, closed: Option<Closed>) -> Result<Option<Frame>> {
        if let Some(frame) = self.held.take() {
            return Ok(Some(self.give(frame)));
        }
        let from = self.last;
        let damage = match self.reader.next(closed.is_some())? {
            Read::Frame(frame) => return Ok(Some(self.give(frame))),
            Read::Damage(damage) => damage,
            Read::End => match closed.filter(|closed| self.is_short(closed)) {
                None => return Ok(None),
                Some(_) => Damage { path: self.path.clone(), from: self.reader.offset(), to: self.reader.offset() },
            },
        };
        self.damage.push(damage);
        // what was lost was written between its neighbours
        if let Read::Frame(frame) = self.reader.next(closed.is_some())? {
            self.held = Some(frame);
        }
        let to = self.held.as_ref().map(|frame| frame.at).or(closed.map(|closed| closed.at));
        Ok(Some(self.lost(from, to.unwrap_or(from))))
    }

    /// Whether frames are missing at the end of a closed segment that has been read: it was cut between two of them.
    fn is_short(&self, closed: &Closed) -> bool {
        if self.damage.last().is_some_and(|damage| damage.to == self.reader.offset()) {
            return false;
        }
        closed.frames.map_or(!self.has_header, |frames| frames != FrameCount::of(self.reader.frame()))
    }

    fn give(&mut self, frame: Frame) -> Frame {
        self.last = frame.at;
        self.given = self.reader.frame();
        frame
    }

    fn lost(&self, from: Time, to: Time) -> Frame {
        let kind = LedgerRowKind::Damage { journal: self.name.clone(), segment: self.number };
        let row = LedgerRow { source: self.name.clone(), from, to: to.max(from), kind };
        Frame { ledger: vec![row], ..Frame::empty(Kind::Batch, to) }
    }
}

/// What the successor of a segment tells of it: that it is closed, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When the successor was created.
    pub at: Time,
    frames: Option<FrameCount>,
}

/// Asks the first successor that there is; `None` while the segment is open.
pub fn closed(segments: &[(u64, PathBuf)], number: u64) -> Result<Option<Closed>> {
    for (other, successor) in segments.iter().filter(|(other, _)| *other > number) {
        let told = match SegmentReader::open(successor) {
            Ok(reader) => {
                let header = reader.header();
                Closed { at: header.created, frames: header.before.filter(|_| *other == number + 1) }
            }
            // torn while being created, or rotten: its existence is what closes its predecessor
            Err(Error::Foreign { .. }) => Closed { at: file_time(successor)?, frames: None },
            // reclaimed since it was listed; a later one closes the segment just as well
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        return Ok(Some(told));
    }
    Ok(None)
}

fn created_at(path: &Path) -> Result<Time> {
    match SegmentReader::open(path) {
        Ok(reader) => Ok(reader.header().created),
        Err(Error::Foreign { .. }) => file_time(path),
        Err(error) => Err(error),
    }
}

/// When a segment without a readable header may have begun, rather too early than too late: as its predecessor did where
/// that is still there, else as its file did.
fn begun_at(folder: &JournalFolder, number: u64) -> Result<Option<Time>> {
    let segments = folder.segments()?;
    let Some(place) = segments.iter().position(|(other, _)| *other == number) else { return Ok(None) };
    let file = file_time(&segments[place].1)?;
    let before = place.checked_sub(1).map(|before| created_at(&segments[before].1)).transpose()?;
    Ok(Some(before.map_or(file, |before| before.min(file))))
}

/// When the file was made, or last written where the file system does not say.
pub(crate) fn file_time(path: &Path) -> Result<Time> {
    let metadata = std::fs::metadata(path).map_err(crate::error::at(path))?;
    let time = metadata.created().or_else(|_| metadata.modified()).map_err(crate::error::at(path))?;
    Ok(Time::from_chrono(time.into()))
}
