//! The header of a segment file: 64 bytes that say whose it is, how the life before it ended, and how much the segment
//! before it holds. One flipped bit of it is found and set right by its checksum.

use crate::error::{Error, Result, at};
use model::{JournalId, Time};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use uuid::Uuid;

pub(crate) const HEADER_BYTES: u64 = 64;
const MAGIC: [u8; 8] = *b"VITALSEG";
pub(crate) const FORMAT: u16 = 1;
const CLEAN: u16 = 1;

/// What the first bytes of a segment say. All numbers are little-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub journal: JournalId,
    pub number: u64,
    pub created: Time,
    /// The last sign of life of the journal's writer before this segment; equal to `created` while it lives.
    pub last_sign: Time,
    /// Whether the writer before this segment stopped in order.
    pub clean: bool,
    /// For an import: how far the source had been read when the segment began.
    pub source_offset: u64,
    /// What the segment with the number before this one holds; `None` where that is not known.
    pub before: Option<FrameCount>,
}

/// How many frames a segment has, as far as a header has room to say it: modulo 32,767, so that a segment that was cut
/// between two frames is told from a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameCount(u16);

impl FrameCount {
    pub(crate) fn of(frames: u32) -> FrameCount {
        FrameCount((frames % 0x7FFF) as u16 + 1)
    }

    fn of_flags(flags: u16) -> Option<FrameCount> {
        (flags >> 1 > 0).then_some(FrameCount(flags >> 1))
    }
}

impl Header {
    /// Of a segment whose header is lost.
    pub(crate) fn unknown(number: u64, created: Time) -> Header {
        let journal = JournalId(Uuid::nil());
        Header { journal, number, created, last_sign: created, clean: false, source_offset: 0, before: None }
    }

    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        let flags = u16::from(self.clean) | self.before.map_or(0, |before| before.0 << 1);
        bytes[10..12].copy_from_slice(&flags.to_le_bytes());
        bytes[12..28].copy_from_slice(self.journal.0.as_bytes());
        bytes[28..36].copy_from_slice(&self.number.to_le_bytes());
        bytes[36..44].copy_from_slice(&self.created.as_micros().to_le_bytes());
        bytes[44..52].copy_from_slice(&self.last_sign.as_micros().to_le_bytes());
        bytes[52..60].copy_from_slice(&self.source_offset.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..60]);
        bytes[60..64].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header of an open file; `Foreign` where it is torn, rotten or of something else.
    pub(crate) fn read(file: &File, path: &Path) -> Result<Header> {
        let mut bytes = [0; HEADER_BYTES as usize];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(Error::Foreign { path: path.to_owned(), problem: "it is shorter than a header" });
            }
            read => read.map_err(at(path))?,
        }
        Header::decode(&bytes, path)
    }

    fn decode(bytes: &[u8; HEADER_BYTES as usize], path: &Path) -> Result<Header> {
        if let Some(header) = Header::sound(bytes).or_else(|| Header::set_right(bytes)) {
            return Ok(header);
        }
        let foreign = |problem| Err(Error::Foreign { path: path.to_owned(), problem });
        if bytes[0..8] != MAGIC {
            return foreign("it does not begin with VITALSEG");
        }
        let version = u16::from_le_bytes(array(&bytes[8..10]));
        if version > FORMAT {
            return Err(Error::Newer { path: path.to_owned(), version, supported: FORMAT });
        }
        foreign("its header fails its checksum")
    }

    fn sound(bytes: &[u8; HEADER_BYTES as usize]) -> Option<Header> {
        let known = bytes[0..8] == MAGIC && u16::from_le_bytes(array(&bytes[8..10])) <= FORMAT;
        if !known || crc32fast::hash(&bytes[..60]) != u32::from_le_bytes(array(&bytes[60..64])) {
            return None;
        }
        let flags = u16::from_le_bytes(array(&bytes[10..12]));
        Some(Header {
            journal: JournalId(Uuid::from_bytes(array(&bytes[12..28]))),
            number: u64::from_le_bytes(array(&bytes[28..36])),
            created: Time::from_micros(i64::from_le_bytes(array(&bytes[36..44]))),
            last_sign: Time::from_micros(i64::from_le_bytes(array(&bytes[44..52]))),
            clean: flags & CLEAN != 0,
            source_offset: u64::from_le_bytes(array(&bytes[52..60])),
            before: FrameCount::of_flags(flags),
        })
    }

    /// No two headers with good checksums differ in fewer than four bits, so at most one lies one bit away.
    fn set_right(bytes: &[u8; HEADER_BYTES as usize]) -> Option<Header> {
        let mut bytes = *bytes;
        (0..bytes.len() * 8).find_map(|bit| {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let header = Header::sound(&bytes);
            bytes[bit / 8] ^= 1 << (bit % 8);
            header
        })
    }
}

/// A slice of a length that is known where it is called.
pub(crate) fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    slice.try_into().expect("the caller cuts slices of the right length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            journal: JournalId::random(),
            number: 42,
            created: Time::from_micros(1_795_219_200_000_000),
            last_sign: Time::from_micros(1_795_219_100_000_000),
            clean: true,
            source_offset: 7,
            before: None,
        }
    }

    #[test]
    fn headers_read_back() {
        let counts = [None, Some(0), Some(1), Some(32_766), Some(32_767), Some(u32::MAX)];
        for (clean, frames) in [true, false].into_iter().flat_map(|clean| counts.map(|frames| (clean, frames))) {
            let header = Header { clean, before: frames.map(FrameCount::of), ..header() };
            assert_eq!(Header::decode(&header.encode(), Path::new("x")).expect("valid"), header);
        }
    }

    #[test]
    fn a_flipped_bit_is_set_right_and_two_are_found() {
        let header = header();
        let bytes = header.encode();
        let flip = |bytes: &mut [u8; 64], bit: usize| bytes[bit / 8] ^= 1 << (bit % 8);
        for bit in 0..bytes.len() * 8 {
            let mut rotten = bytes;
            flip(&mut rotten, bit);
            assert_eq!(Header::decode(&rotten, Path::new("x")).expect("set right"), header, "bit {bit}");
            flip(&mut rotten, (bit * 7 + 13) % 512);
            assert!(Header::decode(&rotten, Path::new("x")).is_err(), "bit {bit} and another");
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let mut bytes = header().encode();
        bytes[8..10].copy_from_slice(&6u16.to_le_bytes());
        let error = Header::decode(&bytes, Path::new("segment-1.seg")).expect_err("newer");
        assert_eq!(
            error.to_string(),
            "segment-1.seg is of format 6, this version of vitals reads up to 1; use a newer vitals"
        );
    }
}
