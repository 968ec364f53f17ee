//! A daemon whose end may come at any time.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::wait::until;

/// Longer than anything takes on a machine that is busy with other tests.
pub(super) const LIMIT_S: u64 = 90;

/// Killed when the value is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    log: PathBuf,
}

/// Where a daemon that is ready listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    pub(super) udp: SocketAddr,
    pub(super) http: SocketAddr,
}

impl Process {
    pub(super) fn start(command: &mut Command, log: PathBuf) -> Self {
        let file = File::create(&log).expect("the test's folder can be written");
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn();
        Self { child: started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}")), log }
    }

    /// Waits until it is ready; `None` when it ended before.
    pub(super) fn ready(&mut self) -> Option<Addresses> {
        until("a daemon to be ready", LIMIT_S, || match (self.logged("ready"), self.ended()) {
            (Some(line), _) => Some(Some(addresses(&line))),
            (None, Some(_)) => Some(None),
            (None, None) => None,
        })
    }

    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Asks it to stop and waits for its end.
    pub(super) fn stop(mut self) -> ExitStatus {
        self.ask_to_stop();
        until("a daemon to stop", LIMIT_S, || self.ended())
    }

    pub(super) fn ask_to_stop(&self) {
        // it may be gone already
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
    }

    /// What it said last, for who has to find out why it ended.
    pub(super) fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().last().unwrap_or("it said nothing").to_owned()
    }

    fn logged(&self, message: &str) -> Option<Value> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find(|line| line["message"] == message)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn addresses(line: &Value) -> Addresses {
    let address = |key: &str| line[key].as_str().and_then(|text| text.parse().ok());
    let address = |key: &str| address(key).unwrap_or_else(|| panic!("no {key} in {line}"));
    Addresses { udp: address("udp"), http: address("http") }
}
