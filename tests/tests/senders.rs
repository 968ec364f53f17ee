//! Senders that are not ours: scripts as existing clients are written, those that the documentation offers, and the two
//! commands that send.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;
use system_tests::inputs::{Heartbeat, Running, python, repository};
use system_tests::relay::{Relay, Weather};
use system_tests::{BY_HAND, Output, Row, Site, assert_same, until};

/// The one row of a service over all time.
fn row(site: &Site, service: &str) -> Option<Row> {
    site.query(&["--service", service]).rows.into_values().next()
}

fn count(site: &Site, service: &str) -> u64 {
    row(site, service).map_or(0, |row| row.count)
}

fn arrived(site: &Site, service: &str, messages: u64) {
    until(&format!("{messages} messages of {service}"), 30, || (count(site, service) >= messages).then_some(()));
}

fn host_and_port(address: SocketAddr) -> [String; 2] {
    [address.ip().to_string(), address.port().to_string()]
}

#[test]
fn clients_that_exist_are_understood() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = host_and_port(daemon.udp());
    for script in ["pretty_sender.py", "padded_sender.py"] {
        Output::of(python(script).args(&to).arg("30")).ok();
    }
    arrived(&site, "pretty", 30);
    arrived(&site, "padded", 20);

    let pretty = row(&site, "pretty").expect("a row");
    assert_eq!((pretty.count, pretty.cpu.min, pretty.cpu.max), (30, 0.0, 0.966_666_667));
    assert_eq!((pretty.ram.avg, pretty.disk.avg), (0.75, 0.75));
    let padded = row(&site, "padded").expect("a row");
    assert_eq!((padded.count, padded.cpu.avg, padded.ram.avg, padded.disk.avg), (20, 0.25, 0.75, 0.75));

    let status =
        until("the last refusal to be counted", 30, || Some(site.status()).filter(|status| status["received"] == 60));
    assert_eq!(status["rejected"], serde_json::json!({"cpu_negative": 10}));
    let kept = site.json(&["rejects", "--reason", "cpu_negative"]);
    let kept = kept.as_array().expect("a list");
    assert_eq!(kept.len(), 10);
    for message in kept {
        let bytes = message["bytes"].as_str().expect("text");
        assert_eq!(bytes.len(), 200, "as it came, with its padding: {bytes:?}");
        assert!(bytes.contains("\"CPU\": -1"), "{bytes}");
    }
}

/// The code block with this fence, the only one, in the page on senders.
fn documented(language: &str) -> String {
    let page = fs::read_to_string(repository("docs/senders.md")).expect("the page is there");
    let fence = format!("```{language}\n");
    let blocks: Vec<&str> =
        page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    let [block] = blocks[..] else { panic!("{} blocks of {language}", blocks.len()) };
    let lines = if ["go", "java", "rust"].contains(&language) { 64 } else { 24 };
    assert!(block.lines().count() <= lines, "it is to be short:\n{block}");
    block.to_owned()
}

#[test]
fn senders_of_the_documentation_run_as_they_are() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = host_and_port(daemon.udp());
    let script = |language: &str| {
        let path = site.path(&format!("sender.{language}"));
        fs::write(&path, documented(language)).expect("the test's folder can be written");
        path
    };
    let mut running = Vec::new();
    for (program, language) in [("bash", "bash"), ("python3", "python")] {
        let mut command = Command::new(program);
        running.push(Running::start(command.arg(script(language)).args(&to).arg(language).stdout(Stdio::null())));
    }
    if Command::new("nc").arg("-h").output().is_ok() {
        Output::of(Command::new("sh").arg(script("sh")).args(&to).args(["sh", "0.5"]));
        arrived(&site, "sh", 1);
    }
    arrived(&site, "bash", 2);
    arrived(&site, "python", 2);
    assert_eq!(site.status()["rejected"], serde_json::json!({}));
    let [bash, python] = ["bash", "python"].map(|service| row(&site, service).expect("a row"));
    for row in [bash, python] {
        assert!(row.ram.max > 0.0 && row.disk.max > 0.0, "measured, not made up: {row:?}");
    }
    // both know the whole machine
    assert!((bash.disk.max - python.disk.max).abs() < 0.01, "{bash:?} {python:?}");
}

/// How a sender in this language is made and run from `folder`, where it lies in `sender.<language>`; `None` where the
/// language is not on this machine.
fn program(language: &str, folder: &Path) -> Option<Command> {
    let tools: &[&str] = match language {
        "js" => &["node", "sender.js"],
        "go" => &["go", "build", "-o", "go-sender", "sender.go"],
        "java" => &["java", "-XX:TieredStopAtLevel=1", "sender.java"],
        "rust" => &["rustc", "--edition", "2021", "-o", "rust-sender", "sender.rust"],
        other => panic!("no program runs {other}"),
    };
    Command::new(tools[0]).arg("--help").output().ok()?;
    let mut command = Command::new(tools[0]);
    command.args(&tools[1..]).current_dir(folder);
    if ["go", "rust"].contains(&language) {
        Output::of(command.env("GO111MODULE", "off")).ok();
        command = Command::new(folder.join(format!("{language}-sender")));
    }
    Some(command)
}

#[test]
fn senders_in_other_languages_run_where_the_language_is() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = host_and_port(daemon.udp());
    let mut running = Vec::new();
    for language in ["js", "go", "java", "rust"] {
        fs::write(site.path(&format!("sender.{language}")), documented(language)).expect("the folder can be written");
        match program(language, site.folder()) {
            Some(mut command) => {
                running.push((language, Running::start(command.args(&to).arg(language).stdout(Stdio::null()))));
            }
            None => eprintln!("skipped: nothing on this machine runs {language}"),
        }
    }
    for (language, _sender) in &running {
        arrived(&site, language, 2);
        let row = row(&site, language).expect("a row");
        assert!(row.cpu.max > 0.0 && row.ram.max > 0.0 && row.disk.max > 0.0, "measured, not made up: {row:?}");
    }
    assert_eq!(site.status()["rejected"], serde_json::json!({}));
    let disks: Vec<f64> = running.iter().filter_map(|(language, _)| Some(row(&site, language)?.disk.max)).collect();
    assert!(disks.iter().all(|disk| (disk - disks[0]).abs() < 0.01), "all know the whole machine: {disks:?}");
}

#[test]
fn the_reliable_sender_of_the_documentation_gets_each_message_through_once() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let bad = Weather { lost: 0.2, doubled: 0.1, overtaken: 0.0 };
    let relay = Relay::start(daemon.udp(), bad, 5);
    let (script, messages) = (site.path("reliable.py"), site.path("messages"));
    fs::write(&script, documented("py")).expect("the test's folder can be written");
    let now_us = chrono::Utc::now().timestamp_micros();
    let refused = Heartbeat { cpu: 37.0, ..Heartbeat::numbered(12, now_us) };
    let sound: Vec<Heartbeat> = (0..12).map(|number| Heartbeat::numbered(number, now_us)).collect();
    let lines: String = sound.iter().chain([&refused]).map(Heartbeat::wire).collect();
    fs::write(&messages, lines).expect("the test's folder can be written");
    let mut command = Command::new("sh");
    command.args(["-c", r#"exec python3 "$1" "$2" "$3" <"$4""#, "sh"]).arg(script).args(host_and_port(relay.address()));
    let output = Output::of(command.arg(messages)).ok();
    let told: String = (0..12).map(|seq| format!("{seq} counted\n")).collect();
    assert_eq!(output.stdout, format!("{told}12 cpu_above_one\n"));
    assert!(relay.lost() > 0);
    let expected = Heartbeat::expect(&sound, &site.path("expected"));
    assert_same(&site.query(&[]).rows, &expected.rows(), "each once");
}

#[test]
fn the_example_on_the_page_is_a_message() {
    let site = Site::new();
    let daemon = site.serve(&[&BY_HAND[..], &["--ahead", "5200w", "--past", "5200w"]].concat());
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.send_to(documented("json").as_bytes(), daemon.udp()).expect("sent");
    arrived(&site, "checkout", 1);
    let row = row(&site, "checkout").expect("a row");
    assert_eq!((row.cpu.max, row.cpu.max_at), (0.37, 1_795_219_200_000_000));
    assert_eq!((row.ram.max, row.disk.max), (0.425, 0.393_554_688));
}

#[test]
fn one_message_by_hand() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = daemon.udp().to_string();
    let line =
        "send --service checkout --cpu 0.4 --ram-total 16 --ram-free 4 --disk-total 512 --disk-free 128 --instance a";
    let sent = site.run(&[&line.split(' ').collect::<Vec<_>>()[..], &["--to", &to]].concat()).ok();
    assert_eq!((sent.stdout.as_str(), sent.stderr.as_str()), ("", ""), "silence is success");
    arrived(&site, "checkout", 1);
    let found = row(&site, "checkout").expect("a row");
    assert_eq!((found.cpu.avg, found.ram.avg, found.disk.avg), (0.4, 0.75, 0.75));

    let refused = site.run(&["send", "--service", "checkout", "--cpu", "40", "--to", &to]).refusal(2);
    assert!(refused.contains("cpu_above_one") && refused.contains("cpu_unit"), "{refused}");
    assert_eq!((count(&site, "checkout"), site.status()["received"].as_u64()), (1, Some(1)), "it was not sent");
}

#[test]
fn the_agent_reports_this_machine_until_it_is_stopped() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let to = daemon.udp().to_string();
    let mut command = site.command(&["agent", "--name", "this", "--every", "100ms", "--to", &to]);
    let agent = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
    arrived(&site, "this", 3);
    assert_eq!(agent.stop(Signal::TERM).code(), Some(0));
    let row = row(&site, "this").expect("a row");
    assert!(row.ram.min > 0.0 && row.ram.max < 1.0 && row.disk.max < 1.0, "{row:?}");
    let rejected: Value = site.status()["rejected"].clone();
    assert_eq!(rejected, serde_json::json!({}));
}
