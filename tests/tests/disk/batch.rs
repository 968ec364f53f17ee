//! Batch, compaction and rebuild on a disk without the space they need: they fail with the reason, the answers stay
//! exact, nothing is left lying about, and they succeed when there is space.

use system_tests::{BY_HAND, Daemon, Expected, Site, assert_same, until};

use crate::{no_litter, refused};

const FULL: &str = "No space left on device";
/// What is left of the disk, in KiB: each step of a batch runs out of space at one of them.
const LEFT: [u64; 9] = [0, 16, 64, 128, 256, 384, 512, 768, 1_024];

/// Sends a few thousand messages and waits until they are accepted.
fn add(site: &Site, daemon: &Daemon, expected: &mut Expected, seed: usize) {
    let options = format!("--count 4000 --rate 10000 --shape mixed --late 0.1 --seed {seed}");
    expected.add(&site.fleet(daemon.udp(), &options).finish().expected);
    site.await_accepted(expected.count());
}

/// Runs the command on a disk with little space, as little as `left` says, until it succeeds; how often it failed.
fn with_little_space(site: &Site, command: &[&str], left: &[u64], expected: &Expected) -> usize {
    let mut failures = 0;
    for left in left {
        site.disk().fill(left << 10);
        for attempt in 0..2 {
            let when = format!("{command:?} with {left} KiB left, attempt {attempt}");
            let refusal = refused(site.run(command), FULL);
            failures += usize::from(refusal.is_some());
            assert_same(&site.query(&[]).rows, &expected.rows(), &when);
            no_litter(site, &when);
        }
        site.disk().free();
    }
    failures
}

#[test]
fn a_batch_that_cannot_finish_leaves_the_answers_as_they_were() {
    let site = Site::on_a_small_disk(48);
    let daemon = site.serve(&BY_HAND);
    let mut expected = Expected::default();
    add(&site, &daemon, &mut expected, 0);
    site.batch();
    let mut failures = 0;
    for (round, left) in LEFT.into_iter().enumerate() {
        let published = expected.clone();
        add(&site, &daemon, &mut expected, round + 1);
        failures += with_little_space(&site, &["jobs", "run", "batch"], &[left], &expected);
        let views = site.query(&["--layer", "batch"]).rows;
        // where only the last step failed the publication counts, whole
        let whole = if views == published.rows() { &published } else { &expected };
        assert_same(&views, &whole.rows(), &format!("the views alone, {left} KiB"));
        site.batch();
        assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "once there is space");
    }
    assert!(failures >= LEFT.len(), "only {failures} batches failed: the disk is too large for this test");
    site.verify(expected.count());
    daemon.kill();
    let daemon = site.serve(&BY_HAND);
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "started again");
    site.verify(expected.count());
    assert!(daemon.stop().success());
}

#[test]
fn a_batch_that_failed_is_tried_again_by_itself() {
    let site = Site::on_a_small_disk(48);
    let daemon = site.serve(&BY_HAND);
    let mut expected = Expected::default();
    add(&site, &daemon, &mut expected, 0);
    site.disk().fill(64 << 10);
    refused(site.run(&["jobs", "run", "batch"]), FULL).expect("a batch needs more than this");
    let failures = || site.json(&["jobs"])[0]["failures"].as_u64().unwrap();
    until("it to be tried again", 60, || (failures() >= 3).then_some(()));
    site.disk().free();
    until("it to succeed", 60, || (failures() == 0).then_some(()));
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "the views alone");

    let history = site.json(&["jobs", "history", "batch"]);
    let outcomes: Vec<&str> =
        history.as_array().unwrap().iter().map(|run| run["last"]["outcome"].as_str().unwrap()).collect();
    let [ok, failed @ ..] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(*ok == "ok" && failed.len() >= 3, "{outcomes:?}");
    assert!(failed.iter().all(|outcome| outcome.starts_with("failed: ") && outcome.contains(FULL)), "{outcomes:?}");
    assert!(daemon.stop().success());
}

#[test]
fn compaction_and_rebuild_that_cannot_finish_change_nothing() {
    let site = Site::on_a_small_disk(64);
    let daemon = site.serve(&BY_HAND);
    let mut expected = Expected::default();
    for seed in 0..3 {
        add(&site, &daemon, &mut expected, seed);
        site.batch();
    }
    for command in [&["jobs", "run", "compact"][..], &["rebuild"]] {
        let failures = with_little_space(&site, command, &LEFT, &expected);
        assert!(failures >= 2, "{command:?} failed {failures} times: the disk is too large for this test");
        site.run(command).ok();
        assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), &format!("after {command:?}"));
        no_litter(&site, &format!("after {command:?}"));
        site.verify(expected.count());
    }
    assert!(daemon.stop().success());
}
