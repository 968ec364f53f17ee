//! The programs of a soak: one daemon, and one fleet that sends over UDP.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::child;

const READY_WAIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);
/// A range that holds every message.
pub(crate) const ALL_TIME: [&str; 4] = ["--from", "2020-01-01", "--to", "2040-01-01"];

/// Batches and retention each minute, compaction every other; what came late by more than a day or two is dropped raw.
const SETTINGS: [&str; 4] =
    ["jobs.batch=* * * * *", "jobs.compact=30 */2 * * * *", "jobs.retention=45 * * * * *", "retention.raw=1d"];

/// A running daemon with its folder; killed when dropped.
#[derive(Debug)]
pub(crate) struct House {
    programs: PathBuf,
    folder: PathBuf,
    daemon: Child,
    /// Where it listens: for messages, for requests, for clients of PostgreSQL.
    udp: String,
    http: String,
    postgres: String,
}

/// A fleet that sends; killed when dropped.
#[derive(Debug)]
pub(crate) struct Fleet(Child);

impl House {
    pub(crate) fn start(programs: &Path, folder: &Path) -> Result<Self> {
        let log = folder.join("log");
        let mut command = vitals(programs, folder);
        command.args([
            "serve",
            "--log-format",
            "json",
            "--udp",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
            "--postgres",
            "127.0.0.1:0",
        ]);
        command.args(SETTINGS.iter().flat_map(|setting| ["--set", setting])).stdin(Stdio::null());
        let file = File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        let daemon = command.stdout(Stdio::null()).stderr(file).spawn().context("cannot start vitals")?;
        let (programs, folder) = (programs.to_owned(), folder.to_owned());
        let [udp, http, postgres] = [const { String::new() }; 3];
        let mut house = Self { programs, folder, daemon, udp, http, postgres };
        let deadline = Instant::now() + READY_WAIT;
        while house.udp.is_empty() {
            ensure!(Instant::now() < deadline, "vitals was not ready in {READY_WAIT:?}; see {}", log.display());
            thread::sleep(PAUSE);
            if let Some(addresses) = fs::read_to_string(&log)?.lines().find_map(ready) {
                [house.udp, house.http, house.postgres] = addresses;
            }
        }
        Ok(house)
    }

    /// Where it answers.
    pub(crate) fn http(&self) -> &str {
        &self.http
    }

    /// Where it answers clients of PostgreSQL.
    pub(crate) fn postgres(&self) -> &str {
        &self.postgres
    }

    /// The address of something that it answers over HTTP.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.http)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where the kernel tells about the daemon.
    pub(crate) fn process(&self) -> PathBuf {
        Path::new("/proc").join(self.daemon.id().to_string())
    }

    /// The command line, on the daemon's data folder.
    pub(crate) fn vitals(&self) -> Command {
        vitals(&self.programs, &self.folder)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        child::output(self.vitals().args(arguments))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        Ok(serde_json::from_slice(&self.run(&[arguments, &["--format", "json"]].concat())?)?)
    }

    /// Starts a fleet with options as on its command line.
    pub(crate) fn fleet(&self, options: &str) -> Result<Fleet> {
        let mut command = Command::new(self.programs.join("mock-services"));
        command.args(["--quiet", "--to", &self.udp]).args(options.split_whitespace());
        let fleet = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        Ok(Fleet(fleet.context("cannot start mock-services")?))
    }

    /// The status once so many messages are accounted for.
    pub(crate) fn accounted(&self, sent: u64, within: Duration) -> Result<Value> {
        let deadline = Instant::now() + within;
        loop {
            let status = self.json(&["status"])?;
            if count(&status, "received") + count(&status, "kernel_dropped") == sent && count(&status, "in_flight") == 0
            {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "of {sent} messages not all are accounted for: {status}");
            thread::sleep(PAUSE);
        }
    }

    /// Stops the daemon in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        child::output(Command::new("kill").args(["-TERM", &self.daemon.id().to_string()]))?;
        let status = self.daemon.wait()?;
        ensure!(status.success(), "vitals ended with {status}");
        Ok(())
    }
}

impl Fleet {
    /// Waits for its end; how many datagrams left.
    pub(crate) fn finish(mut self) -> Result<u64> {
        let pipe = self.0.stdout.take().context("a fleet is started with a pipe")?;
        let summary: Value = serde_json::from_reader(pipe).context("the fleet gave no summary")?;
        match summary["sent"].as_u64() {
            Some(sent) if self.0.wait()?.success() => Ok(sent),
            _ => bail!("the fleet failed: {summary}"),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A count of a document; 0 where it has none.
pub(crate) fn count(document: &Value, key: &str) -> u64 {
    document[key].as_u64().unwrap_or(0)
}

fn vitals(programs: &Path, folder: &Path) -> Command {
    let mut command = Command::new(programs.join("vitals"));
    command.current_dir(folder).arg("--data").arg(folder.join("data"));
    command
}

/// The addresses in the line that says that the daemon is ready.
fn ready(line: &str) -> Option<[String; 3]> {
    let line: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| line[name].as_str().map(str::to_owned);
    if line["message"] == "ready" { Some([address("udp")?, address("http")?, address("postgres")?]) } else { None }
}
