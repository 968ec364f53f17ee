//! A running `vitals serve` or `vitals collect`.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::wait::until;

const LIMIT_S: u64 = 60;

/// A daemon that is ready. It is killed when the value is dropped; if that is because a test failed, its log is shown.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
    udp: Option<SocketAddr>,
    http: Option<SocketAddr>,
    postgres: Option<SocketAddr>,
}

impl Daemon {
    /// Starts it, with its log as JSON into `log`, and waits until it says that it is ready.
    ///
    /// # Panics
    /// When it ends instead, or is not ready within a minute.
    pub fn start(command: &mut Command, log: PathBuf) -> Self {
        let file = File::create(&log).expect("the test's folder can be written");
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn();
        let child = started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let mut daemon = Self { child, log, udp: None, http: None, postgres: None };
        let ready = until("a daemon to be ready", LIMIT_S, || {
            assert!(daemon.is_running(), "the daemon ended before it was ready");
            // one that only collects has nothing to get ready for
            ["ready", "collecting"].iter().find_map(|message| daemon.logged(message).into_iter().next())
        });
        let address = |key: &str| ready[key].as_str().map(|text| text.parse().expect("an address with a port"));
        (daemon.udp, daemon.http, daemon.postgres) = (address("udp"), address("http"), address("postgres"));
        daemon
    }

    /// Where it listens for messages.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn udp(&self) -> SocketAddr {
        self.udp.expect("this daemon collects")
    }

    /// Where it answers questions.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http.expect("this daemon serves")
    }

    /// Where it answers clients of PostgreSQL.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn postgres(&self) -> SocketAddr {
        self.postgres.expect("this daemon serves, and was not told not to")
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process lives.
    ///
    /// # Panics
    /// When the system cannot tell.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// The lines of its log, so far, that have this message.
    #[must_use]
    pub fn logged(&self, message: &str) -> Vec<Value> {
        let lines = fs::read_to_string(&self.log).unwrap_or_default();
        let lines = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
        lines.filter(|line: &Value| line["message"] == message).collect()
    }

    /// `kill -9`: ends it in the middle of whatever it does, and waits until it is gone.
    pub fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, as an operator does (SIGTERM), and waits for its end.
    ///
    /// # Panics
    /// When it has not ended within a minute.
    pub fn stop(mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.child);
        // one that is frozen cannot stop
        for signal in [Signal::TERM, Signal::CONT] {
            kill_process(pid, signal).expect("a child can be signalled until it is waited for");
        }
        until("a daemon to stop", LIMIT_S, || self.child.try_wait().expect("a child can be waited for"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}
