//! Whatever messages a writer is given, in whatever frames and segments: a reader gives out the same.

#![no_main]

use arbitrary::Arbitrary;
use fuzz::Scratch;
use journal::frames::Kind;
use journal::{Durability, Follower, Frame, JournalFolder, Writer, WriterOptions, closed};
use libfuzzer_sys::fuzz_target;
use model::{Message, Messages, Time};
use std::time::Duration;

#[derive(Arbitrary, Debug)]
struct Sent<'a> {
    service: &'a str,
    optional: [Option<&'a str>; 3],
    times: [i64; 2],
    numbers: [f64; 5],
    sequence: Option<u32>,
}

#[derive(Arbitrary, Debug)]
struct Append<'a> {
    messages: Vec<Sent<'a>>,
    at: i64,
    roll: bool,
}

fuzz_target!(|appends: Vec<Append<'_>>| {
    let scratch = Scratch::new();
    let folder = JournalFolder::new(scratch.path().join("journal"));
    let options = WriterOptions {
        durability: Durability::Never,
        segment_bytes: u64::MAX,
        segment_age: Duration::MAX,
        quarantine: scratch.path().join("quarantine"),
    };
    let (mut writer, _) = Writer::open(&folder, options, |_| 0, Time::default()).expect("opens");
    let mut sent = Messages::default();
    for append in &appends {
        let mut frame = Frame::empty(Kind::Batch, Time::from_micros(append.at));
        append.messages.iter().map(message).for_each(|message| {
            frame.messages.push(&message);
            sent.push(&message);
        });
        writer.append(&frame).expect("appends");
        if append.roll {
            writer.roll(Time::from_micros(append.at)).expect("rolls");
        }
    }
    assert_eq!(shown(&read(&folder)), shown(&sent));
});

fn message<'a>(sent: &Sent<'a>) -> Message<'a> {
    let ([instance, sender, extra], [time, received]) = (sent.optional, sent.times.map(Time::from_micros));
    let [cpu, ram_total, ram_free, disk_total, disk_free] = sent.numbers;
    let sequence = sent.sequence.map(i64::from);
    let service = sent.service;
    #[rustfmt::skip]
    return Message { service, instance, time, received, cpu, ram_total, ram_free, disk_total, disk_free, sender, sequence, extra };
}

fn read(folder: &JournalFolder) -> Messages {
    let mut read = Messages::default();
    let segments = folder.segments().expect("lists");
    for (number, _) in &segments {
        let closed = closed(&segments, *number).expect("reads");
        let mut follower = Follower::open(folder, *number, closed).expect("opens").expect("its header is whole");
        while let Some(frame) = follower.next(closed).expect("reads") {
            frame.messages.iter().for_each(|message| read.push(&message));
        }
        assert!(follower.damage.is_empty());
    }
    read
}

/// By bits, as not every number equals itself.
fn shown(messages: &Messages) -> Vec<String> {
    let bits = |it: &Message<'_>| [it.cpu, it.ram_total, it.ram_free, it.disk_total, it.disk_free].map(f64::to_bits);
    let texts = |it: &Message<'_>| format!("{:?}", (it.service, it.instance, it.sender, it.extra, it.sequence));
    messages.iter().map(|it| format!("{} {:?} {:?} {:?}", texts(&it), bits(&it), it.time, it.received)).collect()
}
