//! The command from outside: what it prints where, its exit codes, its end on a signal.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn command(options: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-services"));
    command.args(options.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process that has started to send: its first datagram has arrived.
fn sending(options: &str) -> (Child, UdpSocket) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let child = command(&format!("--to {} {options}", socket.local_addr().unwrap())).spawn().unwrap();
    socket.recv(&mut [0; 1_000]).unwrap();
    (child, socket)
}

#[test]
fn the_summary_is_the_only_line_on_standard_output() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let options = format!("--to {} --rate 0 --count 100", socket.local_addr().unwrap());
    let output = command(&options).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["sent"], 100);
    assert!(String::from_utf8(output.stderr).unwrap().contains("20 services, seed 7, as fast as possible"));
    assert!(command(&format!("{options} --quiet")).output().unwrap().stderr.is_empty());
}

#[test]
fn a_signal_ends_the_run_with_its_summary() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("expect.ndjson");
        let (child, _socket) = sending(&format!("--services 50 --every 100ms --expect {}", list.display()));
        thread::sleep(Duration::from_millis(300));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{:?}", output.status);
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sent = summary["sent"].as_u64().unwrap();
        assert!(sent > 50, "{sent}");
        assert_eq!(fs::read_to_string(list).unwrap().lines().count() as u64, sent);
    }
}

#[test]
fn without_a_start_messages_carry_the_time_of_sending() {
    let now_ns = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let before = now_ns() - 1_000;
    let status = command(&format!("--to {} --count 3 --every 10ms", socket.local_addr().unwrap())).status().unwrap();
    assert!(status.success());
    let mut buffer = [0; 1_000];
    for _ in 0..3 {
        let length = socket.recv(&mut buffer).unwrap();
        let message: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        let time_ns = u128::from(message["Timestamp"].as_u64().unwrap());
        assert!((before..=now_ns()).contains(&time_ns), "{time_ns}");
    }
}

#[test]
fn errors_are_one_line_and_have_their_codes() {
    let check = |options: &str, code: i32, says: &str| {
        let output = command(options).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{options}: {message}");
        assert!(message.contains(says), "{options}: {message}");
        assert!(output.stdout.is_empty(), "{options}");
        message
    };
    let message = check("--to nowhere", 1, "cannot resolve --to nowhere; give HOST:PORT");
    assert_eq!(message.lines().count(), 1, "{message}");
    check("--expect /nonexistent/file --to 127.0.0.1:9", 1, "cannot create --expect /nonexistent/file");
    check("--replay /nonexistent.csv --to 127.0.0.1:9", 1, "cannot read --replay /nonexistent.csv");
    check("--replay / --to 127.0.0.1:9", 1, "is a folder");
    check("--replay Cargo.toml --to 127.0.0.1:9", 1, "no row of Cargo.toml is a message");
    check("--incident silence", 2, "for example cpu-spike:service-3@+30s/20s");
    check("--frequency 3", 2, "--frequency");
}

/// Datagrams of a replay: when each arrived since the first, and its service and time.
fn replayed(lines: &str, options: &str) -> (Vec<(Duration, String, i64)>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in.csv");
    fs::write(&file, lines).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let to = socket.local_addr().unwrap();
    let child = command(&format!("--to {to} --replay {} {options}", file.display())).spawn().unwrap();
    let (mut buffer, mut arrived, mut began) = ([0; 1_000], Vec::new(), None);
    for _ in 0..3 {
        let length = socket.recv(&mut buffer).unwrap();
        let message: Value = serde_json::from_slice(&buffer[..length]).unwrap();
        let since = began.get_or_insert_with(Instant::now).elapsed();
        let service = message["serviceName"].as_str().unwrap().to_owned();
        arrived.push((since, service, message["Timestamp"].as_i64().unwrap() / 1_000));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (arrived, serde_json::from_slice(&output.stdout).unwrap())
}

const ROWS: &str =
    "b,1640995260,0.5,16,8,512,256\nnone\na,1640995200,0.25,16,4,512,128\n\"a\",1640995320,1,16,4,512,128\n";

#[test]
fn a_replay_sends_rows_in_time_at_a_multiple_of_their_pace() {
    let (arrived, summary) = replayed(ROWS, "--speed 240");
    let services: Vec<&str> = arrived.iter().map(|(_, service, _)| service.as_str()).collect();
    assert_eq!(services, ["a", "b", "a"]);
    assert!(arrived[2].0 >= Duration::from_millis(450), "two minutes at 240 times their pace: {arrived:?}");
    let distances: Vec<i64> = arrived.iter().map(|(_, _, time_us)| time_us - arrived[0].2).collect();
    assert_eq!(distances, [0, 60_000_000, 120_000_000]);
    let now_us = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as i64;
    assert!((now_us - arrived[2].2).abs() < 10_000_000, "the last one is of the end of the run");
    assert_eq!((&summary["valid"], &summary["skipped"]), (&3.into(), &1.into()));
    assert_eq!((&summary["services"]["a"]["sent"], &summary["services"]["a"]["cpu"]["max"]), (&2.into(), &1.0.into()));
}

#[test]
fn a_replay_may_keep_the_times_of_the_file_and_not_wait() {
    let (arrived, _) = replayed(ROWS, "--speed max --keep-times");
    let times: Vec<i64> = arrived.iter().map(|(_, _, time_us)| *time_us).collect();
    assert_eq!(times, [1_640_995_200_000_000, 1_640_995_260_000_000, 1_640_995_320_000_000]);
}
