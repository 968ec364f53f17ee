//! A fleet that sends percent: refused, then brought in when the setting is mended.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;

use chrono::Utc;
use serde_json::Value;
use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Output, Site, assert_same, program, until};

const COUNT: u32 = 60;
const GARBAGE: u32 = 90;
const PERCENT: [&str; 2] = ["--set", "cpu_unit=percent"];

fn fleet() -> Vec<Heartbeat> {
    let now_us = Utc::now().timestamp_micros();
    let percent = |number: u32| f64::from(number) + 2.5;
    (0..COUNT).map(|number| Heartbeat { cpu: percent(number), ..Heartbeat::numbered(number, now_us) }).collect()
}

fn send(to: SocketAddr, datagrams: impl IntoIterator<Item = String>) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for datagram in datagrams {
        socket.send_to(datagram.as_bytes(), to).expect("sent");
    }
}

/// `vitals rejects export … | vitals import -` in a shell.
fn piped(site: &Site, export: &str) -> Output {
    let script = format!(r#""$0" rejects export {export} | "$0" import - --set cpu_unit=percent"#);
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(program("vitals")).env("VITALS_DATA", site.data()).current_dir(site.folder());
    Output::of(&mut command)
}

#[test]
fn what_was_refused_comes_in_once_and_answers_are_as_if_it_never_was() {
    let site = Site::new();
    let daemon = site.serve(&[&BY_HAND[..], &["--set", &format!("rejects.per_reason_minute={COUNT}")]].concat());
    let fleet = fleet();
    send(daemon.udp(), fleet.iter().map(Heartbeat::wire));
    send(daemon.udp(), (0..GARBAGE).map(|_| "hello".to_owned()));
    until("all to be refused", 30, || (site.status()["received"] == COUNT + GARBAGE).then_some(()));
    assert_eq!(site.query(&[]).total(), 0);

    let garbage = until("all to be in the ledger", 30, || {
        let output = site.run(&["rejects", "export", "--reason", "not_json", "--last", "1h"]).ok();
        let lines = output.stdout.lines().count();
        let missing = format!("{} more were counted and are not kept", GARBAGE as usize - lines);
        (lines >= COUNT as usize && output.stderr.contains(&missing)).then_some(output)
    });
    let kept: Value = serde_json::from_str(garbage.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&kept["reason"], &kept["bytes"]), (&"not_json".into(), &"hello".into()));

    // beside the daemon, which goes on refusing what comes over UDP
    let imported = piped(&site, "--reason cpu_above_one").ok();
    assert!(imported.stdout.starts_with("standard input: 60 accepted, 0 rejected; journal"), "{imported:?}");
    assert!(imported.stderr.contains("exported 60 refused messages"), "{imported:?}");
    let shares: Vec<Heartbeat> = fleet.iter().map(|sent| Heartbeat { cpu: sent.cpu / 100.0, ..sent.clone() }).collect();
    let expected = Heartbeat::expect(&shares, &site.path("expected"));
    assert_same(&site.query(&[]).rows, &expected.rows(), "as if the setting had been right");

    let same = piped(&site, "--reason cpu_above_one").ok();
    assert!(same.stdout.contains("0 accepted") && same.stdout.contains(", 60 taken in before"), "{same:?}");
    // another export, of more: what is in already is known
    let more = piped(&site, "").ok();
    assert!(more.stdout.contains("0 accepted") && more.stdout.contains(", 60 taken in before"), "{more:?}");
    drop(daemon);
    site.batch();
    assert_same(&site.query(&[]).rows, &expected.rows(), "without a daemon, after a batch");
    let ledger = site.json(&["ledger"]);
    let sum =
        |key: &str| -> u64 { ledger.as_array().expect("a list").iter().filter_map(|line| line[key].as_u64()).sum() };
    assert_eq!((sum("accepted"), sum("duplicate")), (u64::from(COUNT), u64::from(2 * COUNT)), "{ledger}");
    site.verify(u64::from(COUNT));
}

#[test]
fn refused_lines_of_a_file_come_in_with_the_columns_they_had() {
    let site = Site::new();
    let rows: Vec<Heartbeat> = (0..5).map(|number| Heartbeat::numbered(number, 1_640_995_200_000_000)).collect();
    let line = |row: &Heartbeat| {
        let Heartbeat { service, time_us, cpu, ram, disk } = row;
        // the shares of thousands, so that none is below a percent
        format!("{},{},{},{service},{time_us},{},{}\n", disk[1], disk[0], cpu * 100.0, ram[1], ram[0])
    };
    let header = "free_disk,total_disk,CPU,service,timestamp,free_ram,total_ram\n".to_owned();
    let file = site.path("percent.csv");
    std::fs::write(&file, header + &rows.iter().map(line).collect::<String>()).expect("the folder can be written");
    let file = file.to_str().expect("a path in UTF-8");
    let refused = site.run(&["import", file]).ok();
    assert!(refused.stdout.contains("cpu_above_one 4"), "the first one has no load: {refused:?}");
    let export = site.path("export.ndjson");
    std::fs::write(&export, site.run(&["rejects", "export"]).ok().stdout).expect("the folder can be written");
    let imported = site.run(&[&["import", export.to_str().expect("a path in UTF-8")], &PERCENT[..]].concat()).ok();
    assert!(imported.stdout.contains("4 accepted, 0 rejected"), "{imported:?}");
    let other = Site::new();
    other.run(&[&["import", file], &PERCENT[..]].concat()).ok();
    assert_same(&site.query(&[]).rows, &other.query(&[]).rows, "both ways");
}

#[test]
fn an_export_has_one_form() {
    let site = Site::new();
    let refusal = site.run(&["rejects", "--format", "csv", "export"]).refusal(2);
    assert!(refusal.contains("leave --limit and --format away"), "{refusal}");
}
