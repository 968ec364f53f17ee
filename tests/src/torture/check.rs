//! What must hold after a fault: the files say so, then a daemon that is started on them, then the next batch.

use super::process::{LIMIT_S, Process};
use super::reader::{self, Facts};
use super::{Fact, Key};
use crate::answer::{Bucket, assert_same};
use crate::expected::Expected;
use crate::inputs::Heartbeat;
use crate::site::{ALL_TIME, BY_HAND, Site};
use crate::wait::until;

/// Starts a daemon on what lies at the site and checks everything. `must` was safe at the moment of the fault, `sent` is
/// all that ever left. How many messages there are.
///
/// # Panics
/// At the first thing that does not hold.
pub(super) fn recovers(site: &Site, must: &[Fact], sent: &Facts) -> usize {
    let facts = reader::read(&site.data());
    for (key, heartbeat) in &facts {
        assert_eq!(sent.get(key), Some(heartbeat), "{key:?} is not as it was sent");
    }
    let lost: Vec<&Key> = must.iter().map(|(key, _)| key).filter(|key| !facts.contains_key(key)).collect();
    assert!(lost.is_empty(), "{} of {} messages are lost, such as {:?}", lost.len(), must.len(), lost[0]);

    let mut command = site.command(&["serve", "--log-format", "json", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    let mut process = Process::start(command.args(BY_HAND), site.path("check.log"));
    assert!(process.ready().is_some(), "does not start again: {}", process.last_words());
    views_are_there(site);
    answers(site, &facts, "started again");
    site.batch();
    let sealed = reader::sealed(&site.data());
    assert_eq!(sealed.len(), facts.len(), "messages in the master dataset after a batch");
    assert!(sealed == facts, "the master dataset holds others than were accepted");
    answers(site, &facts, "after the next batch");
    site.verify(facts.len() as u64);
    let status = process.stop();
    assert!(status.success(), "the stop ends with {status}");
    facts.len()
}

/// Waits until lost views are rebuilt: until then there are no answers, never short ones.
fn views_are_there(site: &Site) {
    until("the views to be rebuilt", LIMIT_S, || {
        let output = site.run(&[&["query"], &ALL_TIME[..]].concat());
        assert!(output.code == Some(0) || output.stderr.contains("views_rebuilding"), "{output:?}");
        (output.code == Some(0)).then_some(())
    });
}

/// That the running daemon answers what these messages amount to.
pub(super) fn answers(site: &Site, facts: &Facts, when: &str) {
    let heartbeats: Vec<Heartbeat> = facts.values().cloned().collect();
    let expected = Heartbeat::expect(&heartbeats, &site.path("expected"));
    assert_same(&site.query(&[]).rows, &expected.rows(), when);
    by_day(site, &expected, when);
}

fn by_day(site: &Site, expected: &Expected, when: &str) {
    let rows = site.query(&["--every", Bucket::Day.name()]).rows;
    assert_same(&rows, &expected.series(Bucket::Day), &format!("{when}, by day"));
}
