//! Limits on who may send, how much, and how many services.

use super::*;
use crate::rejects;
use model::Reason;
use std::collections::BTreeMap;

/// Sends the messages and checks what is accepted and what refused.
fn check(change: impl FnOnce(Settings) -> Settings, messages: &[String], accepted: u64, refused: Option<Reason>) {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = change(settings(temp.path()));
    let collector = Running::start(settings.clone());
    collector.send(messages);
    collector.wait_for(messages.len() as u64);
    let status = collector.stop();
    let left = messages.len() as u64 - accepted;
    let rejected: BTreeMap<_, _> = refused.into_iter().map(|reason| (reason, left)).collect();
    assert_eq!((status.accepted, &status.rejected), (accepted, &rejected));
    assert_eq!(ledger(&settings.journal).rejected, rejected);
    let kept = rejects::read(&settings.rejects_dir, refused, 1000).expect("reads");
    assert_eq!(kept.len() as u64, left.min(u64::from(settings.rejects.per_reason_minute)));
}

fn messages(count: u64) -> Vec<String> {
    (0..count).map(|sequence| message(&format!("service-{}", sequence % 5), sequence)).collect()
}

#[test]
fn sources_outside_the_list_are_refused() {
    let allow = |network: &str| {
        let network = network.parse().expect("a network");
        move |settings| Settings { allow: vec![network], ..settings }
    };
    check(allow("127.0.0.0/8"), &messages(10), 10, None);
    check(allow("10.0.0.0/8"), &messages(10), 0, Some(Reason::SourceNotAllowed));
}

#[test]
fn a_source_above_its_rate_is_refused() {
    // so high that the bucket does not refill by a whole message before the last one is taken
    let messages = messages(20);
    let slow = |settings| Settings { rate_limit: Some(1), receivers: 1, ..settings };
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = slow(settings(temp.path()));
    let collector = Running::start(settings);
    collector.send(&messages);
    let status = collector.wait_for(20);
    collector.stop();
    let refused = status.rejected.get(&Reason::RateLimit).copied().unwrap_or(0);
    assert!((15..20).contains(&refused), "{refused} of 20 refused at one a second");
}

#[test]
fn new_services_beyond_the_limit_are_refused_and_known_ones_pass() {
    let few = |settings| Settings { services_max: 3, ..settings };
    check(few, &messages(100), 60, Some(Reason::TooManyServices));
}

#[test]
fn what_is_kept_is_bounded() {
    check(|settings| settings, &vec!["no".to_owned(); 300], 0, Some(Reason::NotJson));
}

#[test]
fn a_source_brings_so_many_new_names_an_hour_and_known_ones_pass_for_ever() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { new_names_per_source_hour: Some(3), receivers: 1, ..settings(temp.path()) };
    let mut sequence = 0;
    let mut life = |sent: &[(&str, &str)], accepted: u64| {
        let collector = Running::start(settings.clone());
        for (source, name) in sent {
            let socket = UdpSocket::bind((*source, 0)).expect("all of 127.0.0.0/8 is this machine");
            sequence += 1;
            socket.send_to(message(name, sequence).as_bytes(), collector.address).expect("sends");
        }
        collector.wait_for(sent.len() as u64);
        let status = collector.stop();
        let refused = status.rejected.get(&Reason::TooManyNewNames).copied().unwrap_or(0);
        assert_eq!((status.accepted, refused), (accepted, sent.len() as u64 - accepted), "{sent:?}");
    };
    let (one, other) = ("127.0.0.1", "127.0.0.2");
    life(&[(one, "a"), (one, "b"), (one, "c"), (one, "d"), (one, "a"), (other, "e"), (one, "e")], 6);
    // a restart gives a source its hour back, and nobody has to be new twice
    life(&[(one, "v"), (one, "w"), (one, "x"), (one, "y"), (one, "c"), (one, "e"), (other, "a")], 6);
    life(&["a", "b", "c", "e", "v", "w", "x"].map(|name| (one, name)), 7);
}

#[test]
fn names_of_an_import_are_known_to_the_collector_after_it() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let file = temp.path().join("in.ndjson");
    let lines: Vec<String> = (0..20).map(|number| message(&format!("imported-{number}"), number) + "\n").collect();
    std::fs::write(&file, lines.concat()).expect("writes");
    let hooks = crate::import::Hooks {
        progress: &mut |_| std::ops::ControlFlow::Continue(()),
        throttle: &mut |_| Ok(()),
        floor: &|_| 0,
    };
    let options = crate::import::Options::of(temp.path());
    crate::import::run(crate::import::Input::file(&file).expect("opens"), &options, &SystemClock, hooks)
        .expect("imports");
    let settings = Settings { new_names_per_source_hour: Some(1), receivers: 1, ..settings(temp.path()) };
    let collector = Running::start(settings);
    collector.send(&lines);
    collector.send(&[message("new", 0), message("newer", 0)]);
    collector.wait_for(22);
    assert_eq!(collector.stop().accepted, 21);
}
