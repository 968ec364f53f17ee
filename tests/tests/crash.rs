//! `kill -9` at many points: what was accepted is there again, once, and the answer says what nobody can know.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use system_tests::{BY_HAND, Daemon, Expected, Site, assert_same, until};

#[test]
fn killed_while_messages_arrive() {
    killed_while_sending(&BY_HAND, &[1, 2_345, 6_789]);
}

#[test]
fn killed_while_messages_arrive_segments_roll_and_batches_run() {
    let busy = ["--set", "jobs.batch=* * * * * *", "--set", "journal.segment_age=100ms", "--durability", "never"];
    killed_while_sending(&busy, &[3_141, 5_926, 5_358]);
}

/// A fleet of each round sends to a daemon that is killed as soon as it has accepted so many of the round's messages.
/// A single sender's messages keep their order, so those that survive are the ones that left first.
fn killed_while_sending(settings: &[&str], rounds: &[u64]) {
    let site = Site::new();
    let mut expected = Expected::default();
    for (round, kill_at) in rounds.iter().enumerate() {
        let daemon = site.serve(settings);
        let fleet = site.fleet(daemon.udp(), &format!("--count 8000 --rate 8000 --services 7 --seed {round}"));
        let accepted = until("the moment to kill", 60, || Some(site.accepted()).filter(|count| count >= kill_at));
        let answered = site.query(&[]).total();
        daemon.kill();

        let known = expected.count();
        let survived = site.query(&[]).total() - known;
        let least = accepted.max(answered - known);
        assert!(survived >= least, "round {round}: {least} messages were accepted, {survived} survived");
        expected.add(&fleet.finish().expected.first(survived));
        assert_same(&site.query(&[]).rows, &expected.rows(), &format!("round {round}, nobody runs"));
    }
    recovered(&site, &expected);
}

/// Where a batch is when the process dies.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Between seal and publish: the master dataset has a commit more, the views cannot know of it yet.
    Sealed,
    /// A file of messages has been begun.
    Writing,
    /// So long after the batch was asked for.
    Milliseconds(u64),
    /// The batch has told its caller that it is done.
    Done,
}

#[test]
fn killed_at_many_points_of_a_batch() {
    use Point::{Done, Milliseconds, Sealed, Writing};
    let site = Site::new();
    let mut expected = Expected::default();
    let points =
        [Sealed, Milliseconds(0), Writing, Milliseconds(120), Sealed, Milliseconds(260), Done, Milliseconds(430)];
    for (round, point) in points.into_iter().enumerate() {
        let daemon = site.serve(&BY_HAND);
        let options = format!("--count 3000 --rate 15000 --shape mixed --late 0.1 --services 9 --seed {round}");
        expected.add(&site.fleet(daemon.udp(), &options).finish().expected);
        site.await_accepted(3_000);
        let published = site.query(&["--layer", "batch"]).total();
        kill_in_a_batch(&site, daemon, point);

        let when = format!("round {round}, killed at {point:?}");
        if matches!(point, Sealed) {
            let still = site.query(&["--layer", "batch"]).total();
            assert_eq!(still, published, "{when}: the kill came too late to lie between seal and publish");
        }
        assert_same(&site.query(&[]).rows, &expected.rows(), &when);
        site.verify(expected.count());
    }
    recovered(&site, &expected);
}

fn kill_in_a_batch(site: &Site, daemon: Daemon, point: Point) {
    let (commits, files) = (commits(site), message_files(site));
    let mut batch = site.command(&["jobs", "run", "batch"]);
    let mut batch = batch.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let asked = Instant::now();
    until("the point to kill at", 60, || {
        let reached = match point {
            Point::Sealed => self::commits(site) > commits,
            Point::Writing => message_files(site) > files,
            Point::Milliseconds(delay) => asked.elapsed() >= Duration::from_millis(delay),
            Point::Done => batch.try_wait().unwrap().is_some(),
        };
        reached.then_some(())
    });
    daemon.kill();
    ends(&mut batch);
}

/// The command notices that the daemon it talks to is gone.
fn ends(batch: &mut Child) {
    until("the end of a command whose daemon died", 60, || batch.try_wait().unwrap());
}

/// A start finds everything, says what it cannot know, and the next batch takes it all over.
fn recovered(site: &Site, expected: &Expected) {
    let daemon = site.serve(&BY_HAND);
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), "started again");
    assert!(answer.coverage("unknown_minutes") >= Some(1), "{}", answer.document["coverage"]);
    assert_eq!(answer.coverage("kernel_dropped"), None, "what the kernel dropped before a kill is not known");
    site.verify(expected.count());

    site.batch();
    assert_same(&site.query(&[]).rows, &expected.rows(), "after the next batch");
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "the views alone");
    site.verify(expected.count());
    assert!(daemon.stop().success());
}

/// Commits of the master dataset that add files of messages.
fn commits(site: &Site) -> usize {
    let commits = files(&site.data().join("master/messages/_delta_log"));
    commits.iter().filter(|path| fs::read_to_string(path).is_ok_and(|actions| actions.contains("\"add\""))).count()
}

/// Files of messages, finished or not.
fn message_files(site: &Site) -> usize {
    let days = files(&site.data().join("master/messages"));
    days.iter().filter(|day| !day.ends_with("_delta_log")).map(|day| files(day).len()).sum()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
