//! A journal as its users see it: what was appended is read back, whatever happened to the files in between.

use crate::folder::JournalFolder;
use crate::frames::{Frame, Kind};
use crate::read::{Read, SegmentReader};
use crate::write::{Durability, Writer, WriterOptions};
use crate::{Error, Recovery};
use model::{Counts, LedgerRow, Message, Time};
use std::fs;
use std::path::Path;
use std::time::Duration;

mod damage;
mod ended;
mod life;

fn options(folder: &JournalFolder) -> WriterOptions {
    WriterOptions {
        durability: Durability::Never,
        segment_bytes: 64 << 20,
        segment_age: Duration::from_secs(10),
        quarantine: folder.path().with_extension("quarantine"),
    }
}

fn at(second: i64) -> Time {
    Time::from_micros(1_795_219_200_000_000 + second * 1_000_000)
}

fn open(folder: &JournalFolder) -> (Writer, Recovery) {
    Writer::open(folder, options(folder), |_| 0, at(0)).expect("opens")
}

fn message(service: &str, second: i64) -> Message<'_> {
    Message {
        service,
        instance: Some("i"),
        time: at(second),
        received: at(second + 1),
        cpu: 0.5,
        ram_total: 16.0,
        ram_free: 0.1 + 0.2,
        disk_total: 512.0,
        disk_free: 1e-300,
        sender: None,
        sequence: Some(second),
        extra: None,
    }
}

fn frame(second: i64) -> Frame {
    let mut frame = Frame::empty(Kind::Batch, at(second));
    for service in ["a", "b", "a"] {
        frame.messages.push(&message(service, second));
    }
    frame.ledger.push(LedgerRow::counts("collector", at(0), Counts { accepted: 3, ..Counts::default() }));
    frame.source_offset = second as u64;
    frame
}

/// The seconds of the frames of a folder, in order, and how many damaged pieces stand between them.
fn read_all(folder: &JournalFolder) -> (Vec<i64>, usize) {
    let segments = folder.segments().expect("lists");
    let (mut seconds, mut damaged) = (Vec::new(), 0);
    for (place, (number, path)) in segments.iter().enumerate() {
        let Ok(mut reader) = SegmentReader::open(path) else { continue };
        assert_eq!(reader.number(), *number);
        loop {
            match reader.next(place + 1 < segments.len()).expect("reads") {
                Read::Frame(found) => {
                    let second = (found.at.as_micros() - at(0).as_micros()) / 1_000_000;
                    if found.kind == Kind::Batch {
                        let expect = frame(second);
                        assert!(found.messages.iter().eq(expect.messages.iter()), "frame {second}");
                        assert_eq!((found.ledger, found.source_offset), (expect.ledger, expect.source_offset));
                    }
                    seconds.push(second);
                }
                Read::Damage(_) => damaged += 1,
                Read::End => break,
            }
        }
    }
    (seconds, damaged)
}

fn in_folder(test: impl FnOnce(&JournalFolder)) {
    let temp = tempfile::tempdir().expect("a temporary folder");
    test(&JournalFolder::new(temp.path().join("journal/collector")));
}

fn newest(folder: &JournalFolder) -> std::path::PathBuf {
    folder.segments().expect("lists").pop().expect("a segment").1
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("reads");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("writes");
}

fn numbers(folder: &JournalFolder) -> Vec<u64> {
    folder.segments().expect("lists").into_iter().map(|(number, _)| number).collect()
}

fn is_in_use(error: &Error) -> bool {
    matches!(error, Error::InUse { .. })
}
