//! The loss ledger under attack: a collector that gets half of a processor and small buffers, that is stopped and killed
//! while datagrams arrive. What was sent is what was received and what the kernel dropped, to the last one, or the answer
//! says that it is not known.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use serde_json::Value;
use system_tests::inputs::Heartbeat;
use system_tests::{Answer, BY_HAND, Daemon, Site, Throttle, freeze, until};

/// Holds a few hundred datagrams.
const SMALL_BUFFER: [&str; 2] = ["--set", "collector.receive_buffer=128KiB"];

fn serve(site: &Site, udp: &str, receivers: u32) -> Daemon {
    let receivers = format!("collector.receivers={receivers}");
    site.serve(&[&BY_HAND[..], &SMALL_BUFFER, &["--udp", udp, "--set", &receivers]].concat())
}

/// An address that reaches the daemon, also where it listens on all.
fn reaching(daemon: &Daemon) -> SocketAddr {
    let mut address = daemon.udp();
    if address.ip().is_unspecified() {
        address.set_ip(Ipv6Addr::LOCALHOST.into());
    }
    address
}

fn count(status: &Value, key: &str) -> u64 {
    status[key].as_u64().unwrap_or_else(|| panic!("{key} is not known: {status}"))
}

/// The status once all that was sent is accounted for.
fn accounted(site: &Site, sent: u64) -> Value {
    until("every datagram to be accounted for", 60, || {
        let status = site.status();
        let found = count(&status, "received") + count(&status, "kernel_dropped");
        assert!(found <= sent, "{found} of {sent} datagrams: {status}");
        (found == sent && count(&status, "in_flight") == 0).then_some(status)
    })
}

/// That each minute of the ledger adds up, and all of them to what the coverage of an answer says.
fn adds_up(site: &Site, when: &str) -> Answer {
    let keys = ["received", "accepted", "duplicate", "shed", "kernel_dropped"];
    let mut sums = [Some(0); 5];
    let lines = site.json(&["ledger", "--from", "2020-01-01", "--to", "2040-01-01"]);
    for minute in lines.as_array().unwrap().iter().filter(|line| line["minute"].is_string()) {
        let rejected: u64 = minute["rejected"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        let fates = count(minute, "accepted") + count(minute, "duplicate") + rejected + count(minute, "shed");
        assert_eq!(count(minute, "received"), fates, "{when}: {minute}");
        for (sum, key) in sums.iter_mut().zip(keys) {
            *sum = sum.zip(minute[key].as_u64()).map(|(sum, more)| sum + more);
        }
    }
    let answer = site.query(&[]);
    assert_eq!(answer.coverage("accepted"), Some(answer.total()), "{when}");
    let [counts @ .., dropped] = keys;
    for (key, sum) in counts.into_iter().zip(sums) {
        assert_eq!(answer.coverage(key), sum, "{when}: {key}");
    }
    if answer.coverage("unknown_minutes") == Some(0) {
        assert_eq!(answer.coverage(dropped), sums[4], "{when}");
    } else {
        assert_eq!(answer.coverage(dropped), None, "{when}: a number for minutes that are not known");
    }
    answer
}

/// A collector with half of the time, over IPv4 or IPv6, with one socket or two, then a new life with new sockets.
fn overloaded(udp: &str, receivers: u32) {
    let site = Site::new();
    let mut sent = [0, 0];
    let mut dropped = 0;
    for (life, sent) in sent.iter_mut().enumerate() {
        let daemon = serve(&site, udp, receivers);
        assert_eq!(count(&site.status(), "kernel_dropped"), 0, "a new socket begins at 0");
        let throttle = Throttle::half(&daemon, Duration::from_millis(150));
        let options = format!(
            "--count 16000 --rate 8000 --services 40 --source-ports 16 --seed {life} --incident malformed:service-1@+0s/1h"
        );
        *sent = site.fleet(reaching(&daemon), &options).finish().count();
        drop(throttle);
        let status = accounted(&site, *sent);
        let lost = count(&status, "kernel_dropped");
        assert!(
            lost > 0 && status["rejected"]["not_json"].as_u64() > Some(0),
            "{lost} datagrams were dropped: {status}"
        );
        dropped += lost;
        adds_up(&site, "while it runs");
        assert!(daemon.stop().success());
    }
    let _daemon = serve(&site, udp, receivers);
    for when in ["before a batch", "after it"] {
        let answer = adds_up(&site, when);
        assert_eq!(answer.coverage("kernel_dropped"), Some(dropped), "{when}");
        assert_eq!(answer.coverage("received"), Some(sent.iter().sum::<u64>() - dropped), "{when}");
        site.verify(answer.total());
        site.batch();
    }
}

#[test]
fn what_an_overloaded_collector_misses_is_counted() {
    overloaded("127.0.0.1:0", 1);
    overloaded("127.0.0.1:0", 2);
}

#[test]
fn what_an_overloaded_collector_misses_over_ipv6_is_counted() {
    assert!(
        UdpSocket::bind("[::1]:0").is_ok(),
        "this test needs the IPv6 address ::1: enable IPv6 on the interface lo"
    );
    overloaded("[::1]:0", 2);
    // takes IPv4 too, and stands in another table of the kernel's
    overloaded("[::]:0", 1);
}

#[test]
fn what_was_dropped_in_the_last_second_before_a_stop_is_counted() {
    let site = Site::new();
    for receivers in [1, 2] {
        let before = site.data().exists().then(|| site.query(&[]));
        let before = |key: &str| before.as_ref().map_or(0, |answer| answer.coverage(key).unwrap());
        let daemon = serve(&site, "127.0.0.1:0", receivers);
        freeze(&daemon);
        let fleet = site.fleet(daemon.udp(), "--count 4000 --rate 40000 --source-ports 8");
        let sent = fleet.finish().count();
        // it goes on and finds that it is to stop
        assert!(daemon.stop().success());

        let answer = adds_up(&site, "stopped");
        let [received, dropped] = ["received", "kernel_dropped"].map(|key| answer.coverage(key).unwrap() - before(key));
        assert!(dropped > 0 && received > 0, "{received} received, {dropped} dropped");
        assert_eq!(received + dropped, sent, "{}", answer.document["coverage"]);
    }
}

#[test]
fn stopped_while_datagrams_arrive() {
    let site = Site::new();
    let mut sent = 0;
    for round in 0..6 {
        let daemon = serve(&site, if round < 4 { "127.0.0.1:0" } else { "0.0.0.0:0" }, 1 + round % 2);
        let mut target = daemon.udp();
        if target.ip().is_unspecified() {
            target.set_ip([127, 0, 0, 1].into());
        }
        let sender = std::thread::spawn(move || until_refused(target));
        until("messages", 60, || (count(&site.status(), "received") > 500).then_some(()));
        assert!(daemon.stop().success());
        sent += sender.join().unwrap();

        let answer = adds_up(&site, "stopped");
        let [received, dropped] = ["received", "kernel_dropped"].map(|key| answer.coverage(key).unwrap());
        assert_eq!(received + dropped, sent, "round {round}: {}", answer.document["coverage"]);
        assert_eq!(answer.coverage("unknown_minutes"), Some(0));
    }
}

/// Sends until nobody listens; how many went to somebody.
fn until_refused(target: SocketAddr) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(target).unwrap();
    let now_us = chrono::Utc::now().timestamp_micros();
    for number in 0.. {
        let sent = socket.send(Heartbeat::numbered(number, now_us).wire().as_bytes());
        // on this machine alone the refusal is there as soon as the datagram has left
        if sent.is_err() || socket.take_error().unwrap().is_some() {
            return number.into();
        }
        if number % 8 == 0 {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    unreachable!("it is refused in the end")
}

#[test]
fn killed_while_overloaded() {
    let site = Site::new();
    let mut accepted = 0;
    for round in 0..2 {
        let daemon = serve(&site, "127.0.0.1:0", 2);
        let throttle = Throttle::half(&daemon, Duration::from_millis(100));
        let options =
            format!("--count 40000 --rate 8000 --source-ports 8 --seed {round} --incident malformed:service-1@+0s/1h");
        let fleet = site.fleet(daemon.udp(), &options);
        let status = until("messages", 60, || {
            Some(site.status())
                .filter(|status| count(status, "accepted") > 2_000 && count(status, "kernel_dropped") > 0)
        });
        daemon.kill();
        drop((throttle, fleet));

        accepted += count(&status, "accepted");
        let answer = adds_up(&site, "killed");
        assert!(answer.total() >= accepted, "{} of {accepted}", answer.total());
        assert!(answer.coverage("unknown_minutes") >= Some(1), "{}", answer.document["coverage"]);
        accepted = answer.total();
    }
    let _daemon = serve(&site, "127.0.0.1:0", 2);
    for when in ["started again", "after a batch"] {
        let answer = adds_up(&site, when);
        assert!(answer.total() == accepted && answer.coverage("unknown_minutes") >= Some(1), "{when}");
        site.verify(accepted);
        site.batch();
    }
}
