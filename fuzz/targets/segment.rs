//! Any bytes as a segment's file: the frames given out are exactly those whose checksums hold, and frames and damage
//! add up to the file's length. A reader of the same file as open gives out a beginning of the same frames.
//!
//! Input: a byte that chooses whether a sound header is put before the rest, then the file.

#![no_main]

use fuzz::{HEADER_BYTES, Scratch, header, sound};
use journal::{Error, Read, SegmentReader};
use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::LazyLock;

static SCRATCH: LazyLock<Scratch> = LazyLock::new(Scratch::new);

#[derive(Debug, PartialEq)]
enum Piece {
    Frame(u64, u64),
    Damage(u64, u64),
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let bytes = if choice & 1 == 0 { rest.to_vec() } else { [header(), rest.to_vec()].concat() };
    let path = SCRATCH.file("segment", &bytes);
    let closed = match read(&path, true) {
        Ok(pieces) => pieces,
        Err(Error::Foreign { .. } | Error::Newer { .. }) if choice & 1 == 0 => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(closed, expected(&bytes));
    let open = read(&path, false).expect("it was read as closed");
    assert_eq!(open, closed[..open.len()]);
    let frames = |pieces: &[Piece]| pieces.iter().filter(|piece| matches!(piece, Piece::Frame(..))).count();
    assert_eq!(frames(&open), frames(&closed), "what stands whole is given out also while the segment is open");
});

fn read(path: &Path, closed: bool) -> Result<Vec<Piece>, Error> {
    let mut reader = SegmentReader::open(path)?;
    let mut pieces = Vec::new();
    loop {
        let from = reader.offset();
        match reader.next(closed) {
            Ok(Read::End) => return Ok(pieces),
            Ok(Read::Damage(damage)) => {
                assert_eq!((damage.from, damage.to), (from, reader.offset()));
                pieces.push(Piece::Damage(from, damage.to));
            }
            // whole, and not understood: of a newer version, or nonsense that was written soundly
            Ok(Read::Frame(_)) | Err(Error::UnknownKind { .. } | Error::Payload(_)) => {
                pieces.push(Piece::Frame(from, reader.offset()));
            }
            Err(error) => return Err(error),
        }
        assert!(reader.offset() > from, "no way forward at {from}");
    }
}

/// The same by hand.
fn expected(bytes: &[u8]) -> Vec<Piece> {
    let (mut pieces, mut at, mut next) = (Vec::new(), HEADER_BYTES, 0_u64);
    while at < bytes.len() {
        let found = (at..bytes.len()).find_map(|start| {
            let (number, length) = sound(&bytes[start..])?;
            (u64::from(number) >= next).then_some((start, number, length))
        });
        let start = found.map_or(bytes.len(), |(start, ..)| start);
        if start > at {
            pieces.push(Piece::Damage(at as u64, start as u64));
        }
        at = start;
        if let Some((_, number, length)) = found {
            pieces.push(Piece::Frame(at as u64, (at + length) as u64));
            (at, next) = (at + length, u64::from(number) + 1);
        }
    }
    pieces
}
