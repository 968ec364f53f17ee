//! A file system that turns read-only, before a start and under a running daemon.

use system_tests::{BY_HAND, ReadOnly, Site, assert_same, until};

use crate::{no_litter, refused, said};

const READ_ONLY: &str = "Read-only file system";

#[test]
fn before_a_start() {
    let site = Site::on_a_small_disk(32);
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--count 4000 --rate 10000 --late 0.1").finish();
    site.await_accepted(4_000);
    site.batch();
    assert!(daemon.stop().success());

    site.disk().set_read_only(true);
    let data = site.data().display().to_string();
    for command in [
        &["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"][..],
        &["collect", "--udp", "127.0.0.1:0"],
        &["jobs", "run", "batch"],
        &["rebuild"],
    ] {
        let refusal = site.run(&[command, &["-q"]].concat()).refusal(1);
        assert!(refusal.contains(READ_ONLY) && refusal.contains(&data), "{command:?}: {refusal}");
    }
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "who only reads is answered");
    site.verify(4_000);

    site.disk().set_read_only(false);
    let daemon = site.serve(&BY_HAND);
    assert_same(&site.query(&[]).rows, &sent.expected.rows(), "writable again");
    assert_eq!(site.query(&[]).coverage("unknown_minutes"), Some(0), "nobody ended uncleanly");
    assert!(daemon.stop().success());
}

#[test]
fn under_a_running_daemon() {
    let site = Site::on_a_small_disk(48);
    let short = ["--set", "journal.segment_age=300ms", BY_HAND[0], BY_HAND[1], BY_HAND[2], BY_HAND[3]];
    let mut daemon = site.serve(&short);
    let mut expected = site.fleet(daemon.udp(), "--count 4000 --rate 10000 --late 0.1").finish().expected;
    site.await_accepted(4_000);
    site.batch();

    let read_only = ReadOnly::cover(&site.data());
    expected.add(&site.fleet(daemon.udp(), "--count 4000 --rate 4000 --late 0.1 --seed 2").finish().expected);
    site.await_accepted(8_000);
    until("a segment that cannot be closed", 60, || said(&daemon, "the segment cannot be closed; trying again"));
    for command in [&["jobs", "run", "batch"][..], &["jobs", "run", "compact"], &["rebuild"]] {
        let refusal = refused(site.run(command), READ_ONLY);
        assert!(refusal.is_some(), "{command:?} wrote to a read-only file system");
        assert_same(&site.query(&[]).rows, &expected.rows(), &format!("after {command:?}"));
        assert!(daemon.is_running());
    }
    drop(read_only);

    until("the segment to be closed", 60, || {
        refused(site.run(&["jobs", "run", "batch"]), READ_ONLY).is_none().then_some(())
    });
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "writable again");
    no_litter(&site, "writable again");
    site.verify(expected.count());
    assert!(daemon.stop().success());
}
