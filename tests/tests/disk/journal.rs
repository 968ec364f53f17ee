//! The journal's disk is full while messages arrive: they are shed and counted, and what was accepted stays.

use serde_json::Value;
use system_tests::http::post;
use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Daemon, Fleet, Site, assert_same, until};

use crate::{ledger, said};

const SHEDS: &str = "the journal takes no writes; messages are shed and counted";
const RECOVERED: &str = "the journal takes writes again";

/// A daemon on a disk that fills up while a fleet sends, once it has shed some.
fn shedding(site: &Site, options: &str) -> (Daemon, Fleet) {
    let daemon = site.serve(&BY_HAND);
    let fleet = site.fleet(daemon.udp(), options);
    until("messages before the disk is full", 60, || (site.accepted() >= 2_000).then_some(()));
    site.disk().fill(0);
    until("messages to be shed", 60, || (shed(site) >= 2_000).then_some(()));
    (daemon, fleet)
}

fn shed(site: &Site) -> u64 {
    site.status()["shed"].as_u64().unwrap()
}

#[test]
fn messages_are_shed_and_counted_until_there_is_space_again() {
    let site = Site::on_a_small_disk(32);
    let (daemon, mut fleet) = shedding(&site, "--count 60000 --rate 5000 --shape mixed");
    let status = site.status();
    let reason = status["shedding"]["reason"].as_str().unwrap();
    assert!(reason.contains("No space left on device"), "{status}");
    let report = site.run(&["status"]).ok().stdout;
    assert!(report.contains("now, since ") && report.contains("No space left on device"), "{report}");
    let accepted = site.accepted();
    assert!(site.query(&[]).total() >= accepted, "answers go on");
    assert!(fleet.is_sending(), "the disk was full for too short a time to tell");
    assert_eq!(said(&daemon, RECOVERED), None);

    site.disk().free();
    let accepted = site.accepted();
    until("collecting to go on by itself", 60, || (site.accepted() > accepted + 1_000).then_some(()));
    let sent = fleet.finish().count();
    let status = until("all datagrams", 60, || {
        let status = site.status();
        let count = |key: &str| status[key].as_u64().unwrap();
        (count("received") + count("kernel_dropped") == sent && count("in_flight") == 0).then_some(status)
    });
    until("the recovery to be told", 60, || said(&daemon, RECOVERED));
    let sheds = said(&daemon, SHEDS).unwrap();
    assert!(sheds["error"].as_str().unwrap().contains("No space left on device"), "{sheds}");
    assert_eq!(
        (site.status()["shedding"].clone(), &said(&daemon, RECOVERED).unwrap()["shed"]),
        (Value::Null, &status["shed"])
    );

    for when in ["the realtime views", "the batch views"] {
        let [received, accepted, shed] = ["received", "accepted", "shed"].map(|key| status[key].as_u64().unwrap());
        assert_eq!(ledger(&site), [received, accepted, shed], "{when}");
        let answer = site.query(&[]);
        assert_eq!((answer.total(), answer.coverage("shed")), (accepted, Some(shed)), "{when}");
        assert!(answer.document["warnings"].to_string().contains("were shed"), "{when}");
        site.verify(accepted);
        site.batch();
    }
    assert!(daemon.stop().success());
}

#[test]
fn killed_on_a_full_disk() {
    let site = Site::on_a_small_disk(32);
    let (daemon, fleet) = shedding(&site, "--count 40000 --rate 5000");
    let accepted = site.accepted();
    daemon.kill();
    drop(fleet);
    site.disk().free();

    let daemon = site.serve(&BY_HAND);
    let answer = site.query(&[]);
    assert!(answer.total() >= accepted, "{} of {accepted}", answer.total());
    assert_eq!(answer.coverage("accepted"), Some(answer.total()));
    assert!(answer.coverage("unknown_minutes") >= Some(1), "{}", answer.document["coverage"]);
    assert_eq!(answer.coverage("kernel_dropped"), None, "not known, and so no number");
    site.batch();
    site.verify(answer.total());
    assert!(daemon.stop().success());
}

#[test]
fn stopped_on_a_full_disk() {
    let site = Site::on_a_small_disk(32);
    let (daemon, fleet) = shedding(&site, "--count 40000 --rate 5000");
    drop(fleet);
    let status = until("everything that was sent", 60, || {
        let status = site.status();
        (status["in_flight"] == 0 && site.status()["received"] == status["received"]).then_some(status)
    });
    let stopped = daemon.stop();
    site.disk().free();

    let daemon = site.serve(&BY_HAND);
    let answer = site.query(&[]);
    assert!(Some(answer.total()) >= status["accepted"].as_u64(), "{} of {status}", answer.total());
    if stopped.success() {
        assert_eq!(answer.coverage("shed"), status["shed"].as_u64(), "the last counts were written");
    } else {
        assert!(answer.coverage("unknown_minutes") >= Some(1), "counts were lost in silence: {}", answer.document);
    }
    site.verify(answer.total());
    assert!(daemon.stop().success());
}

#[test]
fn started_on_a_full_disk() {
    let site = Site::on_a_small_disk(32);
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--count 4000 --rate 10000 --late 0.1").finish();
    site.await_accepted(4_000);
    site.batch();
    daemon.kill();
    site.disk().fill(0);
    for attempt in 0..3 {
        starts_or_says_why(&site, attempt);
    }
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "who only reads is answered");

    site.disk().free();
    let daemon = site.serve(&BY_HAND);
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "once there is space");
    site.verify(4_000);
    assert!(daemon.stop().success());
}

/// What a start finds room for differs: a page of an old file may do. It serves, or it ends and names the full disk.
fn starts_or_says_why(site: &Site, attempt: u32) {
    let log = site.path(&format!("attempt-{attempt}"));
    let mut command = site.command(&["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    let mut child = command.stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    let said = || std::fs::read_to_string(&log).unwrap();
    let ended = until("a start or its refusal", 60, || match child.try_wait().unwrap() {
        Some(status) => Some(status.code()),
        None => said().contains(" ready ").then_some(None),
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ended.is_none() || ended == Some(1) && said().contains("No space left on device"), "{}", said());
}

#[test]
fn requests_are_told_that_the_disk_is_full() {
    let site = Site::on_a_small_disk(32);
    let daemon = site.serve(&BY_HAND);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let wire = |number| Heartbeat::numbered(number, i64::try_from(now.as_micros()).unwrap()).wire();
    let body: String = (0..2_000).map(wire).collect();
    let send = || post(daemon.http(), "/api/v1/ingest", &[], body.as_bytes()).unwrap();
    assert_eq!((send().status, site.accepted()), (200, 2_000));
    site.disk().fill(0);
    let full = until("a request that finds no space", 60, || Some(send()).filter(|answered| answered.status != 200));
    assert_eq!((full.status, full.head.contains("\r\nretry-after: 5")), (503, true), "{full:?}");
    let told = full.body["error"]["message"].as_str().unwrap();
    assert!(told.contains("No space left on device") && told.contains("nothing of this request"), "{told}");
    let status = site.status();
    assert!(status["shed"].as_u64() >= Some(2_000), "{status}");
    assert!(status["shedding"]["reason"].as_str().unwrap().contains("No space left on device"), "{status}");
    site.disk().free();
    assert_eq!(until("space", 60, || Some(send()).filter(|answered| answered.status == 200)).body["accepted"], 2_000);
    let status = site.status();
    let [received, accepted, shed] = ["received", "accepted", "shed"].map(|key| status[key].as_u64().unwrap());
    assert_eq!(ledger(&site), [received, accepted, shed]);
    assert_eq!((site.query(&[]).total(), accepted % 2_000), (accepted, 0));
    assert!(daemon.stop().success());
}
