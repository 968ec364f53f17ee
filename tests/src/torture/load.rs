//! Load: datagrams that can be told from each other, some of them late by days, sent until told to stop.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::reader::Facts;
use super::{Fact, Key};
use crate::inputs::Heartbeat;

const PAUSE: Duration = Duration::from_millis(5);
const DAY_US: i64 = 86_400_000_000;
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
        thread::sleep(PAUSE);
    }
    sent
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
