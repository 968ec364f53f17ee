//! From a segment's bytes to frames.
//!
//! A segment may be read while it is written. What does not check at the end of a file is then simply not there yet; the
//! same bytes in a closed segment are damage. Bad bytes with a good frame behind them are rot in either.

use crate::error::{Error, Result, at};
use crate::frame::{HEAD_BYTES, Head};
use crate::frames::{Frame, Kind};
use crate::segment::{HEADER_BYTES, Header};
use model::JournalId;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What stands next in a segment.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one of them is alive at a time, and the large one is the common one")]
pub enum Read {
    Frame(Frame),
    /// Bytes that are no frame; reading goes on behind them.
    Damage(Damage),
    /// Nothing more, or nothing more yet.
    End,
}

/// Unreadable bytes of a segment, `from ≤ offset < to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub path: PathBuf,
    pub from: u64,
    pub to: u64,
}

/// Reads one segment from its start, frame by frame.
#[derive(Debug)]
pub struct SegmentReader {
    file: File,
    path: PathBuf,
    header: Header,
    offset: u64,
    /// The number that the next frame has at least.
    next: u32,
}

impl SegmentReader {
    /// Fails with `Foreign` where the header cannot be read.
    pub fn open(path: &Path) -> Result<SegmentReader> {
        let file = File::open(path).map_err(at(path))?;
        let header = Header::read(&file, path)?;
        Ok(SegmentReader { file, path: path.to_owned(), header, offset: HEADER_BYTES, next: 0 })
    }

    /// Reads a segment whose header is lost; what stood there is a damaged piece before the first frame. `header` is what
    /// is known of it from elsewhere.
    pub(crate) fn without_header(path: &Path, header: Header) -> Result<SegmentReader> {
        let file = File::open(path).map_err(at(path))?;
        Ok(SegmentReader { file, path: path.to_owned(), header, offset: 0, next: 0 })
    }

    /// As if all of the file had been read.
    pub(crate) fn at_end(mut self) -> Result<SegmentReader> {
        self.offset = self.file.metadata().map_err(at(&self.path))?.len();
        Ok(self)
    }

    pub fn journal(&self) -> JournalId {
        self.header.journal
    }

    pub fn number(&self) -> u64 {
        self.header.number
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of the file that have been read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The number that the next frame has at least; a reader that stops here has read every frame before it.
    pub fn frame(&self) -> u32 {
        self.next
    }

    /// Reads on. `closed`: nothing is written to this segment any more, as its successor exists.
    pub fn next(&mut self, closed: bool) -> Result<Read> {
        let length = self.file.metadata().map_err(at(&self.path))?.len();
        if self.offset >= length {
            return Ok(Read::End);
        }
        if let Some((head, payload)) = self.frame_at(self.offset, length)? {
            self.offset += head.total();
            self.next = head.number + 1;
            let kind = Kind::of_code(head.kind)
                .ok_or_else(|| Error::UnknownKind { path: self.path.clone(), kind: head.kind })?;
            return Frame::decode(kind, &payload).map(Read::Frame);
        }
        match self.good_frame_behind(length)? {
            Some(offset) => Ok(self.skip_to(offset)),
            None if closed => Ok(self.skip_to(length)),
            None => Ok(Read::End),
        }
    }

    fn skip_to(&mut self, offset: u64) -> Read {
        let damage = Damage { path: self.path.clone(), from: self.offset, to: offset };
        self.offset = offset;
        Read::Damage(damage)
    }

    /// The frame that stands whole and sound at this offset.
    fn frame_at(&self, offset: u64, length: u64) -> Result<Option<(Head, Vec<u8>)>> {
        if offset + HEAD_BYTES as u64 > length {
            return Ok(None);
        }
        let head = Head::decode(&self.bytes(offset, HEAD_BYTES)?);
        let Some(head) = head.filter(|head| head.number >= self.next && offset + head.total() <= length) else {
            return Ok(None);
        };
        let payload = self.bytes(offset + HEAD_BYTES as u64, head.length as usize)?;
        Ok((crc32fast::hash(&payload) == head.checksum).then_some((head, payload)))
    }

    fn good_frame_behind(&self, length: u64) -> Result<Option<u64>> {
        let rest = self.bytes(self.offset, (length - self.offset) as usize)?;
        for start in 1..rest.len() {
            let offset = self.offset + start as u64;
            if Head::decode(&rest[start..]).is_some() && self.frame_at(offset, length)?.is_some() {
                return Ok(Some(offset));
            }
        }
        Ok(None)
    }

    fn bytes(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        match self.file.read_exact_at(&mut bytes, offset) {
            // a writer that cuts back a failed append may shorten the file under a reader
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(Vec::new()),
            read => read.map(|()| bytes).map_err(at(&self.path)),
        }
    }
}

/// The bytes of a damaged piece, for quarantine.
pub fn damaged_bytes(damage: &Damage) -> Result<Vec<u8>> {
    let file = File::open(&damage.path).map_err(at(&damage.path))?;
    let mut bytes = vec![0; (damage.to - damage.from) as usize];
    file.read_exact_at(&mut bytes, damage.from).map_err(at(&damage.path))?;
    Ok(bytes)
}

/// The header of a segment as it is on disk; shorter where the file is.
pub fn header_bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEADER_BYTES).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(at(path))
}

/// Whether anything stands behind the header of a segment.
pub fn has_frames(path: &Path) -> Result<bool> {
    std::fs::metadata(path).map(|metadata| metadata.len() > HEADER_BYTES).map_err(at(path))
}
