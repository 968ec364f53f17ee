//! The envelope of a frame: a head of 24 bytes with a checksum of its own, then the payload with another.
//!
//! The head's own checksum makes its length trustworthy, so that rot in a payload costs that frame alone.

use crate::segment::array;

pub(crate) const HEAD_BYTES: usize = 24;
/// The largest payload; a writer splits before, a reader takes anything larger for rot.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 64 * 1024 * 1024;
const MAGIC: [u8; 4] = *b"VFRM";

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub kind: u8,
    /// Counts the frames of a segment from 0.
    pub number: u32,
    pub length: u32,
    pub checksum: u32,
}

impl Head {
    pub(crate) fn of(kind: u8, number: u32, payload: &[u8]) -> Head {
        assert!(payload.len() <= PAYLOAD_BYTES_MAX, "a frame of {} bytes: writers split before", payload.len());
        Head { kind, number, length: payload.len() as u32, checksum: crc32fast::hash(payload) }
    }

    pub(crate) fn encode(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[4] = self.kind;
        bytes[8..12].copy_from_slice(&self.number.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.length.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..20]);
        bytes[20..24].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// `None` where these bytes are no head.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Head> {
        let bytes = bytes.get(..HEAD_BYTES)?;
        let sound = bytes[0..4] == MAGIC && crc32fast::hash(&bytes[..20]) == u32::from_le_bytes(array(&bytes[20..24]));
        let head = Head {
            kind: bytes[4],
            number: u32::from_le_bytes(array(&bytes[8..12])),
            length: u32::from_le_bytes(array(&bytes[12..16])),
            checksum: u32::from_le_bytes(array(&bytes[16..20])),
        };
        // the highest number has no successor: no writer comes that far
        (sound && head.length as usize <= PAYLOAD_BYTES_MAX && head.number < u32::MAX).then_some(head)
    }

    /// Head and payload together.
    pub(crate) fn total(&self) -> u64 {
        HEAD_BYTES as u64 + u64::from(self.length)
    }
}
