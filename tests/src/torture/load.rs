//! Load: datagrams and requests whose messages can be told from each other, some of them late by days, sent until told to
//! stop.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::reader::Facts;
use super::{Fact, Key};
use crate::http::post;
use crate::inputs::Heartbeat;

const PAUSE: Duration = Duration::from_millis(5);
const DAY_US: i64 = 86_400_000_000;
const FILE_MESSAGES: usize = 5_000;
/// How many days late a late message is.
const LATE_DAYS: [i64; 3] = [1, 2, 40];

/// Sends a few messages every few milliseconds; what it sent.
pub(super) fn send(sender: &str, to: SocketAddr, stop: &AtomicBool) -> Facts {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port of this machine");
    let mut sent = Facts::new();
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..8 {
            let (key, heartbeat) = message(sender, sent.len());
            // nobody may be listening any more
            let _ = socket.send_to(wire(&key, &heartbeat).as_bytes(), to);
            sent.insert(key, heartbeat);
        }
        // refused, and kept among the rejects
        let _ = socket.send_to(b"{\"serviceName\": ", to);
        thread::sleep(PAUSE);
    }
    sent
}

/// Messages that a request was answered for as accepted.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) facts: Facts,
    /// How long the recording was when the answer had come: they were safe by then.
    pub(super) recorded: u64,
}

/// Sends requests of a few messages; all that was sent, and what was answered.
pub(super) fn request(sender: &str, to: SocketAddr, recording: &Path, stop: &AtomicBool) -> (Facts, Vec<Answered>) {
    let (mut sent, mut answered) = (Facts::new(), Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let facts: Facts = (sent.len()..sent.len() + 5).map(|number| message(sender, number)).collect();
        sent.extend(facts.clone());
        let body: String = facts.iter().map(|(key, heartbeat)| wire(key, heartbeat)).collect();
        // nobody may answer any more
        let answer = post(to, "/api/v1/ingest", &["content-type: application/x-ndjson"], body.as_bytes());
        if answer.is_ok_and(|answer| answer.body["accepted"] == facts.len()) {
            let recorded = fs::metadata(recording).map_or(0, |file| file.len());
            answered.push(Answered { facts, recorded });
        }
        thread::sleep(PAUSE);
    }
    (sent, answered)
}

/// Writes a file of messages of some days in the past; what is in it.
pub(super) fn file(sender: &str, path: &Path) -> Facts {
    let facts: Facts = (0..FILE_MESSAGES).map(|number| message(&format!("{sender}-file"), number)).collect();
    let lines: String = facts.iter().map(|(key, heartbeat)| wire(key, heartbeat)).collect();
    fs::write(path, lines).expect("the test's folder can be written");
    facts
}

fn message(sender: &str, number: usize) -> Fact {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the clock is right");
    let now_us = i64::try_from(now.as_micros()).expect("a time of this age");
    let late_us = if number.is_multiple_of(20) { LATE_DAYS[number / 20 % LATE_DAYS.len()] * DAY_US } else { 0 };
    let heartbeat = Heartbeat::numbered(u32::try_from(number).expect("a short life"), now_us - late_us);
    (Key { sender: sender.to_owned(), sequence: i64::try_from(number).expect("a short life") }, heartbeat)
}

fn wire(key: &Key, heartbeat: &Heartbeat) -> String {
    let identity = format!("{{\"sender\": \"{}\", \"seq\": {}, ", key.sender, key.sequence);
    heartbeat.wire().replacen('{', &identity, 1)
}
