//! Following a journal over its segments: frame after frame, with damage as a frame of its own that says so.
//!
//! Realtime views, sealing and raw reads all take this road, so they see the same messages and the same damage.

use crate::error::{Error, Result};
use crate::folder::JournalFolder;
use crate::frames::{Frame, Kind};
use crate::read::{Damage, Read, SegmentReader};
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
    /// `None` where the segment has no readable header.
    reader: Option<SegmentReader>,
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
    pub fn open(folder: &JournalFolder, number: u64, closed: Option<Time>) -> Result<Option<Follower>> {
        let path = folder.segment_path(number);
        let reader = match SegmentReader::open(&path) {
            Ok(reader) => Some(reader),
            Err(Error::Foreign { .. }) if closed.is_some() => None,
            Err(Error::Foreign { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let last = match &reader {
            Some(reader) => reader.header().created,
            None => begun_at(folder, number)?.or(closed).unwrap_or_default(),
        };
        Ok(Some(Follower { name: folder.name(), number, reader, path, last, held: None, given: 0, damage: Vec::new() }))
    }

    pub fn position(&self) -> Position {
        Position { segment: self.number, frame: self.given }
    }

    /// Whether every frame before `end`, a position in this segment, has been given out.
    pub fn is_at(&self, end: Position) -> bool {
        self.position() >= end
    }

    /// The next frame; `None`: nothing more, or nothing more yet. `closed` is when the segment's successor was created.
    pub fn next(&mut self, closed: Option<Time>) -> Result<Option<Frame>> {
        if let Some(frame) = self.held.take() {
            return Ok(Some(self.give(frame)));
        }
        let Some(reader) = &mut self.reader else { return self.unreadable(closed) };
        let from = self.last;
        let damage = match reader.next(closed.is_some())? {
            Read::End => return Ok(None),
            Read::Frame(frame) => return Ok(Some(self.give(frame))),
            Read::Damage(damage) => damage,
        };
        self.damage.push(damage);
        // what was lost was written between its neighbours
        if let Read::Frame(frame) = reader.next(closed.is_some())? {
            self.held = Some(frame);
        }
        let to = self.held.as_ref().map(|frame| frame.at).or(closed);
        Ok(Some(self.lost(from, to.unwrap_or(from))))
    }

    fn give(&mut self, frame: Frame) -> Frame {
        self.last = frame.at;
        self.given = self.reader.as_ref().map_or(0, SegmentReader::frame);
        frame
    }

    /// A whole segment that cannot be read is one piece of damage.
    fn unreadable(&mut self, closed: Option<Time>) -> Result<Option<Frame>> {
        if !self.damage.is_empty() {
            return Ok(None);
        }
        let bytes = std::fs::metadata(&self.path).map_err(crate::error::at(&self.path))?.len();
        self.damage.push(Damage { path: self.path.clone(), from: 0, to: bytes });
        Ok(Some(self.lost(self.last, closed.unwrap_or(self.last))))
    }

    fn lost(&self, from: Time, to: Time) -> Frame {
        let kind = LedgerRowKind::Damage { journal: self.name.clone(), segment: self.number };
        let row = LedgerRow { source: self.name.clone(), from, to: to.max(from), kind };
        Frame { ledger: vec![row], ..Frame::empty(Kind::Batch, to) }
    }
}

/// When the successor of a segment was created, which is when the segment was closed for good; `None` while it is open.
pub fn closed_at(segments: &[(u64, PathBuf)], number: u64) -> Result<Option<Time>> {
    for (_, successor) in segments.iter().filter(|(other, _)| *other > number) {
        match created_at(successor) {
            // reclaimed since it was listed; a later one closes the segment just as well
            Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            created => return created.map(Some),
        }
    }
    Ok(None)
}

fn created_at(path: &Path) -> Result<Time> {
    match SegmentReader::open(path) {
        Ok(reader) => Ok(reader.header().created),
        // torn while being created, or rotten: its existence is what closes its predecessor
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
fn file_time(path: &Path) -> Result<Time> {
    let metadata = std::fs::metadata(path).map_err(crate::error::at(path))?;
    let time = metadata.created().or_else(|_| metadata.modified()).map_err(crate::error::at(path))?;
    Ok(Time::from_chrono(time.into()))
}
