//! Runs that really send: what arrives at an ordinary socket is compared with the summary and the list of messages.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use clap::Parser as _;
use mock_services::arguments::Arguments;
use mock_services::run::run;
use mock_services::send::Sockets;
use mock_services::stop::Stop;
use mock_services::summary::billionths;
use serde_json::Value;

type Received = Vec<(SocketAddr, Vec<u8>)>;

/// Sends as the options say; what arrived, in order, and the summary.
fn sent(options: &str) -> (Received, Value) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap();
    let receiver = receive(socket);
    let summary = summary_of(&format!("--to {to} {options}"));
    (receiver.join().unwrap(), summary)
}

fn summary_of(options: &str) -> Value {
    let line = format!("mock-services --quiet --start 2026-11-21T00:00:00Z {options}");
    let plan = Arguments::try_parse_from(line.split_whitespace()).unwrap().plan(0).unwrap();
    let (_keep, stop) = Stop::by_hand();
    let sockets = Sockets::open(&plan.to, plan.source_ports).unwrap();
    serde_json::from_str(&run(&plan, sockets, &stop).unwrap().to_json().unwrap()).unwrap()
}

/// Takes datagrams until none has come for a while.
fn receive(socket: UdpSocket) -> JoinHandle<Received> {
    socket.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        std::iter::from_fn(|| {
            let (length, from) = socket.recv_from(&mut buffer).ok()?;
            Some((from, buffer[..length].to_vec()))
        })
        .collect()
    })
}

fn expected(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_arrives_is_what_summary_and_list_say() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("expect.ndjson");
    let (received, summary) = sent(&format!("--rate 4000 --count 2000 --late 0.1 --expect {}", list.display()));
    assert_eq!((&summary["sent"], &summary["valid"]), (&received.len().into(), &2000.into()));
    assert_eq!(summary["bytes"], received.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
    let expected = expected(&list);
    assert_eq!(expected.len(), received.len());
    let mut cpu_sums: HashMap<&str, u64> = HashMap::new();
    for ((_, bytes), expect) in received.iter().zip(&expected) {
        let message: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(message["serviceName"], expect["service"]);
        assert_eq!(message["Timestamp"].as_i64(), expect["time_us"].as_i64().map(|us| us * 1_000));
        for (path, key) in [
            ("/CPU", "cpu"),
            ("/RAM/Total", "ram_total"),
            ("/RAM/Free", "ram_free"),
            ("/Disk/Total", "disk_total"),
            ("/Disk/Free", "disk_free"),
        ] {
            assert_eq!(message.pointer(path).unwrap().as_f64(), expect[key].as_f64(), "{path}");
        }
        *cpu_sums.entry(expect["service"].as_str().unwrap()).or_default() +=
            billionths(expect["cpu"].as_f64().unwrap());
    }
    for (name, service) in summary["services"].as_object().unwrap() {
        assert_eq!(service["cpu"]["sum_billionths"], cpu_sums[name.as_str()], "{name}");
        assert_eq!(service["sent"], 100, "{name}");
    }
}

#[test]
fn two_runs_of_one_seed_send_the_same_bytes_at_any_pace() {
    let bytes = |options: &str| sent(options).0.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    let common = "--count 600 --shape mixed --incident malformed:service-2@+3s/20s --incident reorder:*@+10s/5s";
    let slow = bytes(&format!("{common} --rate 2000"));
    assert_eq!(slow.len(), 600);
    assert_eq!(slow, bytes(&format!("{common} --rate 6000")));
    assert_ne!(slow, bytes(&format!("{common} --rate 6000 --seed 8")));
}

#[test]
fn trouble_is_counted_as_it_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("expect.ndjson");
    let trouble = "--incident duplicate:service-1@+0s/10s --incident malformed:service-2@+0s/15s \
                   --incident silence:service-3@+0s/1h --incident reorder:service-4@+0s/10s";
    let (received, summary) = sent(&format!("--rate 2000 --for 200ms --expect {} {trouble}", list.display()));
    let count = |key: &str| summary[key].as_u64().unwrap();
    // 400 slots in 20 rounds of a second each.
    assert_eq!((count("sent"), count("send_errors")), (received.len() as u64, 0));
    assert_eq!(count("sent"), 400 + 10 - 20);
    assert_eq!((count("duplicated"), count("malformed"), count("reordered")), (10, 15, 5));
    assert_eq!(count("valid"), count("sent") - 15);
    assert_eq!(expected(&list).len() as u64, count("valid"));
    assert_eq!(summary["services"]["service-1"]["sent"], 30);
    assert_eq!(summary["services"]["service-2"]["sent"], 5);
    assert_eq!(summary["services"]["service-3"]["sent"], 0);
}

#[test]
fn a_service_keeps_to_its_source_port() {
    let (received, summary) = sent("--rate 3000 --count 300 --services 6 --source-ports 4");
    assert_eq!(summary["sent"], received.len());
    let mut ports: HashMap<String, HashSet<u16>> = HashMap::new();
    for (from, bytes) in &received {
        let message: Value = serde_json::from_slice(bytes).unwrap();
        ports.entry(message["serviceName"].to_string()).or_default().insert(from.port());
    }
    assert!(ports.values().all(|ports| ports.len() == 1), "{ports:?}");
    let all: HashSet<u16> = ports.values().flatten().copied().collect();
    assert_eq!(all.len(), 4);
    assert_eq!(ports["\"service-1\""], ports["\"service-5\""]);
}

#[test]
fn a_closed_port_is_counted_and_not_the_end() {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let summary = summary_of(&format!("--to {free} --rate 500 --count 50"));
    let count = |key: &str| summary[key].as_u64().unwrap();
    assert!(count("send_errors") > 0, "{summary}");
    assert_eq!(count("sent") + count("send_errors"), 50);
    assert_eq!(count("valid"), count("sent"));
}

#[test]
fn the_pace_is_kept() {
    let (received, summary) = sent("--services 10 --every 20ms --for 500ms");
    assert_eq!(received.len(), 250);
    let elapsed = summary["elapsed_s"].as_f64().unwrap();
    assert!((0.49..1.5).contains(&elapsed), "{elapsed}");
}

/// A receiver that answers every message's second coming, some with no; what it was sent, in order.
fn answer_second(socket: UdpSocket) -> JoinHandle<Vec<(String, u64)>> {
    socket.set_read_timeout(Some(Duration::from_millis(2_500))).unwrap();
    thread::spawn(move || {
        let (mut buffer, mut came) = (vec![0; 65_536], Vec::new());
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let message: Value = serde_json::from_slice(&buffer[..length]).unwrap();
            assert_eq!(message["ack"], true);
            let name = (message["sender"].as_str().unwrap().to_owned(), message["seq"].as_u64().unwrap());
            if came.contains(&name) {
                let text =
                    format!(r#"{{"ack":{},"sender":"{}","seq":{}}}"#, !name.1.is_multiple_of(10), name.0, name.1);
                socket.send_to(text.as_bytes(), from).unwrap();
            }
            came.push(name);
        }
        came
    })
}

#[test]
fn a_reliable_run_sends_until_it_is_answered() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap();
    let receiver = answer_second(socket);
    let summary = summary_of(&format!("--to {to} --reliable --rate 400 --count 100 --source-ports 3"));
    let came = receiver.join().unwrap();
    let senders: HashSet<&str> = came.iter().map(|(sender, _)| sender.as_str()).collect();
    assert_eq!(senders.len(), 1, "{senders:?}");
    let messages: HashSet<u64> = came.iter().map(|(_, seq)| *seq).collect();
    assert_eq!(messages, (0..100).collect());
    let count = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!((count("sent"), count("acknowledged"), count("refused"), count("unanswered")), (100, 90, 10, 0));
    assert_eq!(count("resent"), came.len() as u64 - 100);
    assert!(count("resent") >= 100, "{summary}");
}
