//! The header of a segment file: 64 bytes that say whose it is, and how the life before it ended.

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
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[10..12].copy_from_slice(&(if self.clean { CLEAN } else { 0 }).to_le_bytes());
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
        let foreign = |problem| Err(Error::Foreign { path: path.to_owned(), problem });
        if bytes[0..8] != MAGIC {
            return foreign("it does not begin with VITALSEG");
        }
        let version = u16::from_le_bytes(array(&bytes[8..10]));
        if version > FORMAT {
            return Err(Error::Newer { path: path.to_owned(), version, supported: FORMAT });
        }
        if crc32fast::hash(&bytes[..60]) != u32::from_le_bytes(array(&bytes[60..64])) {
            return foreign("its header fails its checksum");
        }
        Ok(Header {
            journal: JournalId(Uuid::from_bytes(array(&bytes[12..28]))),
            number: u64::from_le_bytes(array(&bytes[28..36])),
            created: Time::from_micros(i64::from_le_bytes(array(&bytes[36..44]))),
            last_sign: Time::from_micros(i64::from_le_bytes(array(&bytes[44..52]))),
            clean: u16::from_le_bytes(array(&bytes[10..12])) & CLEAN != 0,
            source_offset: u64::from_le_bytes(array(&bytes[52..60])),
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
        }
    }

    #[test]
    fn headers_read_back() {
        for clean in [true, false] {
            let header = Header { clean, ..header() };
            assert_eq!(Header::decode(&header.encode(), Path::new("x")).expect("valid"), header);
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = header().encode();
        for bit in 0..bytes.len() * 8 {
            let mut rotten = bytes;
            rotten[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&rotten, Path::new("x")).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let mut bytes = header().encode();
        bytes[8] = 9;
        let error = Header::decode(&bytes, Path::new("segment-1.seg")).expect_err("newer");
        assert_eq!(
            error.to_string(),
            "segment-1.seg is of format 9, this version of vitals reads up to 1; use a newer vitals"
        );
    }
}
