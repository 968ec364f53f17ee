//! A sound frame around any payload: it is read whole or refused whole, and what is read can be folded.

#![no_main]

use fuzz::{Scratch, frame, header};
use journal::{Read, SegmentReader};
use libfuzzer_sys::fuzz_target;
use model::{Time, TimeRange};
use speed::Generation;
use std::sync::LazyLock;

static SCRATCH: LazyLock<Scratch> = LazyLock::new(Scratch::new);

fuzz_target!(|data: &[u8]| {
    let Some((kind, payload)) = data.split_first() else { return };
    let bytes = [header(), frame(1 + kind % 4, 0, payload)].concat();
    let mut reader = SegmentReader::open(&SCRATCH.file("payload", &bytes)).expect("the header is sound");
    match reader.next(true) {
        Ok(Read::Frame(frame)) => {
            let mut generation = Generation::default();
            generation.add(&frame);
            assert_eq!(generation.messages, frame.messages.len() as u64);
            let everything = TimeRange::new(Time::from_micros(i64::MIN), Time::from_micros(i64::MAX)).expect("a range");
            let counted: u64 = generation.rollups(&everything, |_| true).map(|(.., rollup)| rollup.count()).sum();
            assert_eq!(counted, generation.messages);
            for message in frame.messages.iter() {
                let health = message.health();
                assert!([health.cpu, health.ram, health.disk].iter().all(|share| share.billionths() <= model::BILLION));
            }
            assert!(generation.ledger().count() <= frame.ledger.len());
        }
        Ok(other) => panic!("a sound frame was read as {other:?}"),
        Err(_) => {}
    }
    assert!(matches!(reader.next(true), Ok(Read::End)));
    assert_eq!(reader.offset(), bytes.len() as u64);
});
