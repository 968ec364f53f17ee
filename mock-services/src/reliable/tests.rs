//! The times at which a message leaves again, and what each answer does, on a clock that the test moves.

use clap::{Parser as _, ValueEnum as _};
use serde_json::Value;

use super::*;
use crate::arguments::Arguments;
use crate::message::Shape;
use crate::traffic::Traffic;

/// One message in each shape.
fn datagrams() -> Vec<Datagram> {
    let line = "mock-services --shape mixed --services 1 --start 2026-11-21T00:00:00Z";
    let plan = Arguments::try_parse_from(line.split_whitespace()).unwrap().plan(0).unwrap();
    let (mut traffic, mut out) = (Traffic::new(&plan), Vec::new());
    for slot in 0..Shape::value_variants().len() as u64 {
        traffic.slot(plan.clock.moment(slot, plan.pace, Duration::ZERO), &mut out);
    }
    out
}

fn one(reliable: &mut Reliable, now: Instant) {
    assert!(reliable.keep(&mut datagrams()[0], now));
}

fn answer(ack: bool, seq: u64) -> Vec<u8> {
    format!("{{\"ack\":{ack},\"sender\":\"me\",\"seq\":{seq},\"reason\":\"any\"}}").into_bytes()
}

#[test]
fn in_every_shape_a_message_asks_once_and_stays_what_it_was() {
    let mut reliable = Reliable::named("me".to_owned());
    for (seq, datagram) in datagrams().into_iter().enumerate() {
        let mut asking = datagram.clone();
        assert!(reliable.keep(&mut asking, Instant::now()));
        let text = String::from_utf8(asking.bytes).unwrap();
        let asks = format!("\"ack\": true, \"sender\": \"me\", \"seq\": {seq}, ");
        assert_eq!(text.replacen(&asks, "", 1).into_bytes(), datagram.bytes);
        if let Ok(plain) = serde_json::from_slice::<Value>(&datagram.bytes) {
            let mut asking: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&asking["ack"], &asking["seq"]), (&true.into(), &seq.into()));
            asking.as_object_mut().unwrap().retain(|key, _| !["ack", "sender", "seq"].contains(&key.as_str()));
            assert_eq!(asking, plain);
        }
    }
}

#[test]
fn pauses_double_up_to_a_limit_and_end_before_the_receiver_forgets() {
    let start = Instant::now();
    let mut reliable = Reliable::named("me".to_owned());
    one(&mut reliable, start);
    let mut sent = Vec::new();
    for tenth in 0..6_000_u32 {
        let after = Duration::from_millis(100) * tenth;
        sent.extend(reliable.due(start + after).iter().map(|_| after.as_secs_f64()));
    }
    assert_eq!(sent[..5], [0.5, 1.5, 3.5, 7.5, 11.5]);
    assert!(sent.last().is_some_and(|last| (530.0..540.0).contains(last)), "{sent:?}");
    let answered = Answered { unanswered: 1, resent: sent.len() as u64, ..Answered::default() };
    assert_eq!((reliable.answered(), reliable.outstanding()), (answered, 0));
}

#[test]
fn an_answer_counts_once_and_for_its_own_message() {
    let now = Instant::now();
    let mut reliable = Reliable::named("me".to_owned());
    (0..4).for_each(|_| one(&mut reliable, now));
    for bytes in [answer(true, 1), answer(true, 1), answer(false, 2), answer(true, 2), answer(true, 9)] {
        reliable.take(&bytes);
    }
    reliable.take(b"garbage");
    reliable.take(br#"{"ack":true,"sender":"you","seq":0}"#);
    let expect = Answered { acknowledged: 1, refused: 1, unanswered: 2, resent: 0 };
    assert_eq!(reliable.answered(), expect);
    assert_eq!(reliable.due(now + PAUSE_FIRST).len(), 2);
}

#[test]
fn only_so_many_wait() {
    let mut reliable = Reliable::new();
    assert_ne!(reliable.sender, Reliable::new().sender);
    for left in (0..OUTSTANDING_MAX).rev() {
        one(&mut reliable, Instant::now());
        assert_eq!(reliable.room(), left);
    }
}
