//! The order of things: written, synced, told. Nobody syncs here but the test.

use super::*;
use crate::batch::Batch;
use crate::intake::Intake;
use journal::{Durability, JournalFolder, Writer, WriterOptions};
use model::{Decoder, SystemClock};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::time::Duration;

const MESSAGE: &str = r#"{"serviceName":"a","Timestamp":1795219200,"CPU":0.5,"RAM":{"Total":2,"Free":1},"Disk":{"Total":2,"Free":1},"ack":true,"sender":"s","seq":SEQ}"#;

fn intake(data: &Path, durability: Durability) -> Intake {
    let folder = JournalFolder::new(data.join("journal/collector")).writable().expect("asks");
    let options = WriterOptions {
        durability,
        segment_bytes: 1 << 20,
        segment_age: Duration::from_secs(3600),
        quarantine: data.join("quarantine"),
    };
    let (writer, _) = Writer::open(&folder, options, |_| 0, Time::default()).expect("opens");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("binds");
    let replies = Replies::through(socket).expect("sets up");
    let name = folder.name();
    let answers = Answers::new(Some(replies), FormerLives { folder, before: writer.segment() });
    Intake::new(name, Arc::new(SystemClock), writer, durability, answers)
}

fn client() -> UdpSocket {
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("binds");
    client.set_read_timeout(Some(Duration::from_millis(200))).expect("sets");
    client
}

/// Judges the message as a receiver does; whether it is a duplicate.
fn take(intake: &Intake, batch: &mut Batch, client: &UdpSocket, sequence: u64) -> bool {
    let text = MESSAGE.replace("SEQ", &sequence.to_string());
    let peer = Peer { source: client.local_addr().expect("is bound"), local: None };
    let mut decoder = Decoder::default();
    let (received, now) = (Time::default(), Instant::now());
    let judged = decoder.decode(text.as_bytes(), received);
    match intake.answers.fate(judged, &Arrival { peer, bytes: text.as_bytes() }, received, now).expect("reads") {
        Fate::Accept(message, unanswered) => {
            batch.accept(&message, message.received, now, Duration::ZERO);
            batch.unanswered.extend(unanswered);
            intake.totals().in_flight += 1;
            false
        }
        Fate::Duplicate => true,
        Fate::Refuse(reject) => panic!("{reject}"),
    }
}

fn answer(client: &UdpSocket) -> Option<String> {
    let mut bytes = [0; 1000];
    let length = client.recv(&mut bytes).ok()?;
    Some(String::from_utf8(bytes[..length].to_vec()).expect("text"))
}

fn yes(sequence: u64) -> Option<String> {
    Some(format!(r#"{{"ack":true,"sender":"s","seq":{sequence}}}"#))
}

#[test]
fn nobody_is_told_before_the_sync() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    for durability in [Durability::Interval(Duration::from_secs(3600)), Durability::Never] {
        let (intake, client) = (intake(&temp.path().join(format!("{durability:?}")), durability), client());
        let mut batch = Batch::new();
        assert!(!take(&intake, &mut batch, &client, 1));
        assert!(take(&intake, &mut batch, &client, 1), "it is on its way");
        intake.sync().expect("syncs");
        assert_eq!(answer(&client), None, "it is not even written");
        intake.append(&mut batch).expect("writes");
        assert!(take(&intake, &mut batch, &client, 1), "it is written");
        assert!(intake.answers.are_owed());
        assert_eq!(answer(&client), None, "it is not synced");
        intake.sync().expect("syncs");
        assert_eq!(answer(&client), yes(1));
        assert!(!intake.answers.are_owed());
        assert!(take(&intake, &mut batch, &client, 1), "it is safe");
        assert_eq!((answer(&client), answer(&client)), (yes(1), None));
    }
}

#[test]
fn what_is_synced_as_it_is_written_is_answered_as_it_is_written() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let (intake, client, mut batch) = (intake(temp.path(), Durability::Always), client(), Batch::new());
    take(&intake, &mut batch, &client, 7);
    intake.append(&mut batch).expect("writes");
    assert!(!intake.answers.are_owed());
    assert_eq!(answer(&client), yes(7));
}

#[test]
fn a_life_that_ends_in_order_answers_its_last_messages() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let (intake, client, mut batch) = (intake(temp.path(), Durability::Never), client(), Batch::new());
    take(&intake, &mut batch, &client, 3);
    intake.append(&mut batch).expect("writes");
    intake.stop(&batch.tally).expect("stops");
    assert_eq!(answer(&client), yes(3));
}

#[test]
fn so_many_may_wait_and_then_a_sync_is_made() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let (intake, client, mut batch) = (intake(temp.path(), Durability::Never), client(), Batch::new());
    for sequence in 0..UNANSWERED_MAX as u64 {
        take(&intake, &mut batch, &client, sequence);
    }
    assert!(intake.answers.state().waiting.is_empty());
    intake.append(&mut batch).expect("writes");
    assert!(intake.answers.state().waiting.is_empty() && answer(&client) == yes(0));
}

#[test]
fn what_was_taken_before_a_move_is_recognised_after_it() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let client = client();
    for sequence in [3, 4] {
        let (intake, mut batch) = (intake(temp.path(), Durability::Never), Batch::new());
        for known in 3..sequence {
            assert!(take(&intake, &mut batch, &client, known), "{known} was taken");
        }
        assert!(!take(&intake, &mut batch, &client, sequence));
        intake.append(&mut batch).expect("writes");
        let folder = JournalFolder::new(temp.path().join("journal").join(&intake.source));
        intake.stop(&batch.tally).expect("stops");
        // as a backup does with its copy
        std::fs::write(folder.end_mark(), journal::ended::END_NOTE).expect("writes");
    }
    let intake = intake(temp.path(), Durability::Never);
    assert!([3, 4].into_iter().all(|known| take(&intake, &mut Batch::new(), &client, known)));
}
