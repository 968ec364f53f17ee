//! The journal's disk is full while messages arrive: they are shed and counted, and what was accepted stays.

use serde_json::Value;
use system_tests::{BY_HAND, Daemon, Fleet, Site, until};

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
