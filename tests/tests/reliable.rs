//! Senders that ask for an answer, over a network that loses a fifth in each direction, to a daemon that is killed again
//! and again: every message is counted, and counted once.

use std::net::UdpSocket;
use std::time::Duration;

use serde_json::Value;
use system_tests::relay::{Relay, Weather};
use system_tests::{ALL_TIME, BY_HAND, Expected, Site, assert_same, until};

const BAD: Weather = Weather { lost: 0.2, doubled: 0.03, overtaken: 0.03 };

#[test]
fn every_message_is_counted_once_through_loss_and_kills() {
    through_loss_and_kills(&BY_HAND, &[300, 700, 1_100, 1_500], 1);
}

#[test]
fn every_message_is_counted_once_where_nothing_is_synced_but_for_an_answer_and_batches_run() {
    let busy = ["--set", "jobs.batch=* * * * * *", "--set", "journal.segment_age=100ms", "--durability", "never"];
    through_loss_and_kills(&busy, &[500, 900, 1_300], 2);
}

#[test]
fn every_message_is_counted_once_where_each_frame_is_synced() {
    let always = [&BY_HAND[..], &["--durability", "always"]].concat();
    through_loss_and_kills(&always, &[400, 800], 3);
}

/// The daemon is killed whenever the answers have grown by so many messages.
fn through_loss_and_kills(settings: &[&str], kills: &[u64], seed: u64) {
    let site = Site::new();
    let mut daemon = site.serve(settings);
    let port = daemon.udp().to_string();
    let settings = [settings, &["--udp", &port]].concat();
    let relay = Relay::start(daemon.udp(), BAD, seed);
    let count = 2_000 + kills.iter().sum::<u64>();
    let options = format!("--reliable --count {count} --rate 1500 --services 7 --source-ports 3 --seed {seed}");
    let fleet = site.fleet(relay.address(), &options);

    for kill_after in kills {
        until("the moment to kill", 120, || (site.accepted() >= *kill_after).then_some(()));
        daemon.kill();
        daemon = site.serve(&settings);
    }
    let sent = fleet.finish();
    let told = |key: &str| sent.summary[key].as_u64().unwrap_or_else(|| panic!("no {key} in {}", sent.summary));
    assert_eq!((told("sent"), told("acknowledged")), (count, count));
    assert_eq!((told("refused"), told("unanswered")), (0, 0));
    assert!(told("resent") >= count / 5 && relay.lost() >= count / 5, "{} and {relay:?}", told("resent"));

    counted_once(&site, &sent.expected, "while it runs");
    let duplicate = sum(&ledger(&site), "duplicate");
    assert!(duplicate > 0, "resends of what had arrived are booked");
    site.batch();
    counted_once(&site, &sent.expected, "after a batch");
    assert!(daemon.stop().success());
    counted_once(&site, &sent.expected, "after its end");
}

fn counted_once(site: &Site, expected: &Expected, when: &str) {
    assert_same(&site.query(&[]).rows, &expected.rows(), when);
    site.verify(expected.count());
    // from one look: what the relay has held back may come again between two
    let ledger = ledger(site);
    let [received, accepted, duplicate, shed] =
        ["received", "accepted", "duplicate", "shed"].map(|column| sum(&ledger, column));
    assert_eq!((accepted, shed, received), (expected.count(), 0, accepted + duplicate), "{when}");
}

/// The ledger's minutes.
fn ledger(site: &Site) -> Vec<Value> {
    let ledger = site.json(&[&["ledger"], &ALL_TIME[..]].concat());
    ledger.as_array().expect("a list of lines").clone()
}

fn sum(ledger: &[Value], column: &str) -> u64 {
    ledger.iter().filter_map(|line| line[column].as_u64()).sum()
}

#[test]
fn who_is_refused_is_told() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    // some of the messages are older than what is accepted
    let options = "--reliable --count 200 --rate 400 --services 3 --late 0.5 --late-by 400d --source-ports 2";
    let sent = site.fleet(daemon.udp(), options).finish();
    let told = |key: &str| sent.summary[key].as_u64().expect("a count");
    let status = site.status();
    assert_eq!((told("acknowledged"), told("unanswered")), (status["accepted"].as_u64().expect("a count"), 0));
    assert!(told("refused") > 20, "{}", sent.summary);
    assert_eq!(told("acknowledged") + told("refused"), 200);
    assert_eq!(status["rejected"]["too_old"].as_u64(), Some(told("refused")), "{status}");
}

#[test]
fn a_single_message_is_answered_at_every_durability() {
    for durability in ["always", "interval", "never"] {
        let site = Site::new();
        let daemon = site.serve(&[&BY_HAND[..], &["--durability", durability]].concat());
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a time above zero");
        let message = r#"{"serviceName":"a","Timestamp":"NOW","CPU":0.5,"RAM":{"Total":2,"Free":1},"Disk":{"Total":2,"Free":1},"ack":true,"sender":"by hand","seq":0}"#;
        let now = system_tests::time_text(chrono::Utc::now().timestamp_micros());
        socket.send_to(message.replace("NOW", &now).as_bytes(), daemon.udp()).expect("sent");
        let mut answer = [0; 1_000];
        let (length, from) = socket.recv_from(&mut answer).expect("an answer");
        assert_eq!(from, daemon.udp());
        assert_eq!(&answer[..length], br#"{"ack":true,"sender":"by hand","seq":0}"#);
    }
}
