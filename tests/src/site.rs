//! A temporary place with one data folder, and everything that runs there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::answer::Answer;
use crate::daemon::Daemon;
use crate::disk::SmallDisk;
use crate::fleet::Fleet;
use crate::output::Output;
use crate::programs::command;
use crate::wait::until;

/// A range that holds every message a test sends.
pub const ALL_TIME: [&str; 4] = ["--from", "2020-01-01", "--to", "2040-01-01"];

/// For daemons whose jobs run only when a test says so: the schedules' next run is New Year.
pub const BY_HAND: [&str; 6] =
    ["--set", "jobs.batch=0 0 1 1 *", "--set", "jobs.compact=0 0 1 1 *", "--set", "jobs.retention=0 0 1 1 *"];

/// A place of a test; gone when the value is dropped.
#[derive(Debug)]
pub struct Site {
    /// Goes before the folder it is mounted in.
    disk: Option<SmallDisk>,
    folder: TempDir,
    /// Numbers the logs and lists of this place.
    next: AtomicU32,
}

impl Site {
    /// An empty place; the data folder does not exist yet.
    ///
    /// # Panics
    /// When there is no folder for temporary files.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files that can be written");
        Self { disk: None, folder, next: AtomicU32::new(1) }
    }

    /// A place whose data folder lies alone on a disk of so many megabytes.
    ///
    /// # Panics
    /// As `new`, and where mounting is not permitted.
    #[must_use]
    pub fn on_a_small_disk(megabytes: u32) -> Self {
        let mut site = Self::new();
        site.disk = Some(SmallDisk::mount(&site.path("disk"), megabytes));
        site
    }

    /// The disk that the data folder lies on.
    ///
    /// # Panics
    /// When it has none of its own.
    #[must_use]
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("a place on a small disk")
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path(if self.disk.is_some() { "disk/data" } else { "data" })
    }

    /// A path beside the data folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts `vitals serve` and waits until it is ready. Addresses that `arguments` do not give are free ports of
    /// 127.0.0.1.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn serve(&self, arguments: &[&str]) -> Daemon {
        let udp = if arguments.contains(&"--no-collector") { &[][..] } else { &["--udp"] };
        self.daemon("serve", &[udp, &["--http"]].concat(), arguments)
    }

    /// Starts `vitals collect` and waits until it is ready; the port is a free one unless `arguments` give it.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn collect(&self, arguments: &[&str]) -> Daemon {
        self.daemon("collect", &["--udp"], arguments)
    }

    fn daemon(&self, name: &str, addresses: &[&str], arguments: &[&str]) -> Daemon {
        let mut command = self.command(&[name, "--log-format", "json"]);
        for address in addresses.iter().filter(|address| !arguments.contains(address)) {
            command.args([address, "127.0.0.1:0"]);
        }
        Daemon::start(command.args(arguments), self.numbered("log"))
    }

    /// Starts a mock fleet; `options` as on its command line, separated by spaces.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn fleet(&self, to: SocketAddr, options: &str) -> Fleet {
        Fleet::start(command("mock-services", self.folder.path()), to, self.numbered("sent"), options)
    }

    /// A command of `vitals` on this data folder, not started yet.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command("vitals", self.folder.path());
        command.arg("--data").arg(self.data()).args(arguments);
        command
    }

    /// Runs a command of `vitals` on this data folder to its end.
    ///
    /// # Panics
    /// When it cannot be started or does not end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Output::of(&mut self.command(arguments))
    }

    /// `vitals … --format json`, read.
    ///
    /// # Panics
    /// When the command fails.
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--format", "json"]].concat()).json()
    }

    /// `vitals query` over all time; `arguments` come on top.
    ///
    /// # Panics
    /// When it fails.
    pub fn query(&self, arguments: &[&str]) -> Answer {
        self.query_range(&[&ALL_TIME, arguments].concat())
    }

    /// `vitals query` over a range that the arguments give.
    ///
    /// # Panics
    /// When it fails.
    pub fn query_range(&self, arguments: &[&str]) -> Answer {
        Answer::read(self.json(&[&["query"], arguments].concat()))
    }

    /// `vitals status`, a consistent snapshot of the running daemon.
    ///
    /// # Panics
    /// When none is ready, or when what it received is not what became of it.
    pub fn status(&self) -> Value {
        let status = self.json(&["status"]);
        let count = |key: &str| status[key].as_u64().unwrap_or_else(|| panic!("no {key} in {status}"));
        let rejected = status["rejected"].as_object().expect("refusals by reason");
        let rejected: u64 = rejected.values().map(|count| count.as_u64().expect("a count")).sum();
        let fates = count("accepted") + count("duplicate") + rejected + count("shed");
        assert_eq!(count("received"), fates, "what arrived has one fate: {status}");
        status
    }

    /// Messages that the running daemon has accepted since it started.
    ///
    /// # Panics
    /// As `status` does.
    pub fn accepted(&self) -> u64 {
        self.status()["accepted"].as_u64().expect("a count")
    }

    /// Waits until the running daemon has accepted so many messages since it started.
    ///
    /// # Panics
    /// When it has not within a minute, or has lost some.
    pub fn await_accepted(&self, count: u64) {
        until(&format!("{count} accepted messages"), 60, || {
            let status = self.status();
            assert!(
                status["kernel_dropped"].as_u64().is_none_or(|dropped| dropped == 0),
                "the kernel dropped messages, so this machine is too slow for what this test sends, or its receive \
                 buffer too small: {status}"
            );
            (status["accepted"].as_u64() >= Some(count)).then_some(())
        });
    }

    /// Waits until an answer over all time holds so many messages: for what another process collects.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub fn await_total(&self, count: u64) {
        until(&format!("{count} messages in an answer"), 60, || (self.query(&[]).total() >= count).then_some(()));
    }

    /// `vitals jobs run batch`.
    ///
    /// # Panics
    /// When it fails.
    pub fn batch(&self) {
        self.run(&["jobs", "run", "batch"]).ok();
    }

    /// `vitals verify` over everything: that no view cell differs from the raw messages.
    ///
    /// # Panics
    /// When it finds a difference, or has not looked at this many messages.
    pub fn verify(&self, messages: u64) {
        let report = self.json(&["verify"]);
        assert_eq!((&report["different"], &report["messages"]), (&0.into(), &messages.into()), "{report}");
    }

    fn numbered(&self, kind: &str) -> PathBuf {
        self.path(&format!("{kind}-{}", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// The place, which stays when the value is gone.
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// The place itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
