//! A long-running task that dies is started again, and everybody who looks is told; collecting does not notice.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::net::TcpStream;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use system_tests::{BY_HAND, Daemon, Site, until};

/// Sets how many files a daemon may have open; how many it might before.
fn limit_files(daemon: &Daemon, files: u64) -> u64 {
    let pid = Pid::from_raw(daemon.pid().cast_signed());
    let limit = Rlimit { current: Some(files), maximum: getrlimit(Resource::Nofile).maximum };
    prlimit(pid, Resource::Nofile, limit).unwrap().current.unwrap()
}

#[test]
fn a_front_that_can_take_no_connection_comes_back() {
    let site = Site::new();
    let mut daemon = site.serve(&BY_HAND);
    site.run(&["status", "--check"]).ok();
    // those that are open stay so; nobody can take the next connection, and it waits
    let before = limit_files(&daemon, 3);
    let waiting = TcpStream::connect(daemon.http()).unwrap();
    let died = || daemon.logged("a task died; it is started again");
    until("two deaths", 60, || (died().len() >= 2).then_some(()));
    let refusal = site.run(&["status", "--check"]).refusal(4);
    assert!(refusal.contains("does not answer"), "{refusal}");
    let sent = site.fleet(daemon.udp(), "--count 2000 --rate 5000").finish().count();

    limit_files(&daemon, before);
    until("the front to be back", 120, || (site.run(&["status", "--check"]).code == Some(0)).then_some(()));
    drop(waiting);
    site.await_accepted(sent);
    let status = site.status();
    let task = status["tasks"].as_array().unwrap().iter().find(|task| task["name"] == "answering").unwrap().clone();
    assert_eq!((&task["running"], task["restarts"].as_u64() >= Some(2)), (&true.into(), true), "{task}");
    assert!(task["last_error"].as_str().unwrap().contains("Too many open files"), "{task}");
    assert!(task["last_death"].is_string(), "{task}");
    let logged = daemon.logged("a task died; it is started again");
    assert_eq!(Some(logged.len() as u64), task["restarts"].as_u64(), "one line a death");
    assert!(logged.iter().all(|line| line["task"] == "answering"), "{logged:?}");
    let waits: Vec<u64> = logged.iter().map(|line| line["again_in_s"].as_u64().unwrap()).collect();
    assert!(waits.is_sorted() && waits[..2] == [1, 2], "{waits:?}");
    let words = site.run(&["status"]).ok().stdout;
    assert!(words.contains("answering: running, started again"), "{words}");
    assert!(daemon.is_running() && daemon.stop().success());
}
