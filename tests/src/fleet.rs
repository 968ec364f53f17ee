//! A running `mock-services`, and what it has sent.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::expected::Expected;

/// A mock fleet that is sending; killed when the value is dropped.
#[derive(Debug)]
pub struct Fleet {
    child: Child,
    list: PathBuf,
}

/// What a fleet sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its own summary, see `mock-services --help`.
    pub summary: Value,
    /// The messages, as the oracle of every answer.
    pub expected: Expected,
}

impl Fleet {
    /// Starts sending with options as on the command line, separated by spaces.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn start(mut command: Command, to: SocketAddr, list: PathBuf, options: &str) -> Self {
        command.arg("--quiet").args(["--to", &to.to_string()]).arg("--expect").arg(&list);
        let started = command.args(options.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let child = started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self { child, list }
    }

    /// Whether it still sends.
    ///
    /// # Panics
    /// When the system cannot tell.
    pub fn is_sending(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// Waits until it has sent everything.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn finish(mut self) -> Sent {
        let pipe = self.child.stdout.take().expect("a fleet is started with a pipe");
        let summary = serde_json::from_reader(pipe).expect("a fleet ends with a line of JSON");
        let status = self.child.wait().expect("a child can be waited for");
        assert!(status.success(), "{status}");
        Sent { summary, expected: Expected::read(&self.list) }
    }
}

impl Sent {
    /// Datagrams that left.
    ///
    /// # Panics
    /// When the summary does not say.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.summary["sent"].as_u64().expect("a fleet's summary counts what it sent")
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
