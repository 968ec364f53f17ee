//! Messages in: the same process is fed over UDP and then over HTTP, and every message must be accounted for.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Daemon, Site, command, until};

use crate::kept::Kept;
use crate::process::cpu;

const SECONDS: u64 = 5;
const UDP_RATES: [u64; 4] = [20_000, 100_000, 200_000, 300_000];
/// Connections, messages in a request.
const HTTP: [(u64, u64); 5] = [(1, 1), (16, 1), (4, 100), (4, 1_000), (4, 5_000)];

pub(crate) fn run() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    println!("| how | sent | a second | lost | CPU of the daemon, µs a message |\n|---|---|---|---|---|");
    for rate in UDP_RATES {
        over_udp(&site, &daemon, rate);
    }
    for (connections, messages) in HTTP {
        over_http(&site, &daemon, connections, messages);
    }
    daemon.stop();
}

fn over_udp(site: &Site, daemon: &Daemon, rate: u64) {
    let (before, spent) = (counts(site), cpu(daemon.pid()));
    let begun = Instant::now();
    let mut fleet = command("mock-services", site.folder());
    fleet.args(["--quiet", "--services", "1000", "--to", &daemon.udp().to_string()]);
    fleet.args(["--rate", &rate.to_string(), "--count", &(rate * SECONDS).to_string()]);
    let sent = system_tests::Output::of(&mut fleet).json()["sent"].as_u64().expect("what was sent");
    let took = begun.elapsed();
    let after = until("every datagram to be accounted for", 60, || {
        let after = counts(site);
        (after.received + after.dropped - before.received - before.dropped >= sent).then_some(after)
    });
    let accepted = after.accepted - before.accepted;
    line(&format!("UDP, {rate} a second"), sent, accepted, took, cpu(daemon.pid()) - spent);
}

fn over_http(site: &Site, daemon: &Daemon, connections: u64, messages: u64) {
    let (before, spent) = (counts(site), cpu(daemon.pid()));
    let begun = Instant::now();
    let senders = (0..connections).map(|sender| {
        let to = daemon.http();
        thread::spawn(move || send(to, sender, messages))
    });
    let senders: Vec<_> = senders.collect();
    let sent: u64 = senders.into_iter().map(|sender| sender.join().expect("each request was answered")).sum();
    let took = begun.elapsed();
    let spent = cpu(daemon.pid()) - spent;
    let connections = if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") };
    let what = format!("HTTP, {messages} a request, {connections}");
    line(&what, sent, counts(site).accepted - before.accepted, took, spent);
}

/// One connection's requests; how many messages were answered as accepted.
fn send(to: SocketAddr, sender: u64, messages: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock past 1970").as_micros();
    let now = i64::try_from(now).expect("a time of this age");
    let wire = |number| Heartbeat::numbered(number, now + i64::from(number)).wire();
    let body: String = (0..u32::try_from(messages).expect("a small number")).map(wire).collect();
    let mut connection = Kept::open(to);
    let (begun, mut accepted) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(SECONDS) {
        let answer = connection.ask("POST", "/api/v1/ingest", "", body.as_bytes());
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(answer["accepted"], messages, "sender {sender}: {answer}");
        accepted += messages;
    }
    accepted
}

fn line(what: &str, sent: u64, accepted: u64, took: Duration, spent: Duration) {
    let (lost, each) = (sent - accepted, spent.as_secs_f64() * 1e6 / accepted as f64);
    println!("| {what} | {sent} | {:.0} | {lost} | {each:.2} |", sent as f64 / took.as_secs_f64());
}

#[derive(Clone, Copy)]
struct Counts {
    received: u64,
    accepted: u64,
    dropped: u64,
}

fn counts(site: &Site) -> Counts {
    let status = site.status();
    let count = |key: &str| status[key].as_u64().unwrap_or(0);
    Counts { received: count("received"), accepted: count("accepted"), dropped: count("kernel_dropped") }
}
