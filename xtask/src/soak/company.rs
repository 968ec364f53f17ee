//! Everybody else who has to do with the daemon of a soak, each with a client that people have: curl sends over HTTP and
//! watches the live stream, and the command line, curl and psql ask one question after the other.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::house::{ALL_TIME, House, count};
use crate::child;

/// Between two questions.
const ASK_PAUSE: Duration = Duration::from_millis(500);
/// Between two requests with messages.
const SEND_PAUSE: Duration = Duration::from_millis(250);
const SENDERS: u64 = 20;
const WATCHERS: usize = 4;

/// How long each question took; `Err` is what one that failed said.
pub(crate) type Answers = Receiver<Result<Duration, String>>;

/// Asks until the receiver of the answers is dropped.
pub(crate) fn ask_on(house: &House) -> Answers {
    let (answered, times) = channel();
    let mut questions = questions(house);
    thread::spawn(move || {
        for number in (0..questions.len()).cycle() {
            let asked = Instant::now();
            let answer = child::output(&mut questions[number]);
            let took = answer.map(|_| asked.elapsed()).map_err(|error| format!("{error:#}"));
            if answered.send(took).is_err() {
                return;
            }
            thread::sleep(ASK_PAUSE);
        }
    });
    times
}

/// None reads all minutes: the views' database keeps in memory what was read, and would grow with the data that comes late.
fn questions(house: &House) -> Vec<Command> {
    let vitals = |arguments: &[&str]| {
        let mut command = house.vitals();
        command.args(arguments).args(["--format", "json"]);
        command
    };
    let psql = |statement: &str| {
        let mut command = Command::new("psql");
        let (host, port) = house.postgres().rsplit_once(':').unwrap_or((house.postgres(), "5433"));
        command.args(["--no-psqlrc", "--csv", "-h", host, "-p", port, "-U", "soak", "-d", "vitals", "-c", statement]);
        command
    };
    let curl = |path: &str| {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail", "--compressed", &house.url(path)]);
        command
    };
    vec![
        vitals(&["query", "--last", "5m", "--every", "minute"]),
        psql(
            "SELECT service, sum(count), max(cpu_max) FROM minute WHERE time > now() - interval '10 minutes' GROUP BY 1",
        ),
        vitals(&["query", "--last", "1h"]),
        curl("metrics/services"),
        vitals(&[&["query"], &ALL_TIME[..]].concat()),
        psql(
            "SELECT count(*), avg(cpu) FROM messages WHERE time > now() - interval '1 minute' AND service = 'service-7'",
        ),
        curl("api/v1/services"),
        vitals(&[
            "sql",
            "SELECT date_trunc('minute', time), sum(count) FROM minute WHERE time > now() - interval '1 hour' GROUP BY 1",
        ]),
    ]
}

/// Those who watch the live stream; gone when the value is dropped.
#[derive(Debug)]
pub(crate) struct Watchers(Vec<Child>);

impl Watchers {
    pub(crate) fn start(house: &House) -> Result<Self> {
        let watch = |number: usize| {
            let mut curl = Command::new("curl");
            curl.args(["--silent", "--no-buffer", &house.url("api/v1/live")]);
            // as browsers do
            if number.is_multiple_of(2) {
                curl.arg("--compressed");
            }
            curl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            curl.spawn().context("cannot start curl")
        };
        (0..WATCHERS).map(watch).collect::<Result<_>>().map(Self)
    }

    /// How many were sent away.
    pub(crate) fn lost(&mut self) -> Result<usize> {
        let mut lost = 0;
        for watcher in &mut self.0 {
            lost += usize::from(watcher.try_wait()?.is_some());
        }
        Ok(lost)
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        for watcher in &mut self.0 {
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
    }
}

/// Services that send over HTTP until they are told to stop.
#[derive(Debug)]
pub(crate) struct Senders {
    stop: Arc<AtomicBool>,
    sending: JoinHandle<Result<u64>>,
}

impl Senders {
    /// So many messages a second.
    pub(crate) fn start(house: &House, rate: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (to, stopped) = (house.url("api/v1/ingest"), stop.clone());
        let sending = thread::spawn(move || {
            let (began, mut sent) = (Instant::now(), 0);
            while !stopped.load(Ordering::Relaxed) {
                let due = (began.elapsed().as_secs_f64() * rate as f64) as u64;
                post(&to, sent, due)?;
                sent = sent.max(due);
                thread::sleep(SEND_PAUSE);
            }
            Ok(sent)
        });
        Self { stop, sending }
    }

    /// How many messages they have sent, every one of them accepted.
    pub(crate) fn finish(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        match self.sending.join() {
            Ok(sent) => sent,
            Err(_) => bail!("who sends over HTTP has panicked"),
        }
    }
}

/// Sends messages number `from` to `until` in one request.
fn post(to: &str, from: u64, until: u64) -> Result<()> {
    if from >= until {
        return Ok(());
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
    let mut body = String::new();
    for number in from..until {
        let (service, cpu, free) = (number % SENDERS, (number % 997) as f64 / 997.0, number % 16);
        // each has a time of its own
        let time = now + u128::from(number - from) * 1000;
        writeln!(
            body,
            r#"{{"serviceName":"http-{service}","Timestamp":{time},"CPU":{cpu},"RAM":{{"Total":16,"Free":{free}}},"Disk":{{"Total":512,"Free":256}}}}"#
        )?;
    }
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--data-binary", "@-"]);
    curl.args(["--header", "content-type: application/x-ndjson", to]);
    let started = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut curl = started.context("cannot start curl")?;
    curl.stdin.take().context("curl is started with a pipe")?.write_all(body.as_bytes())?;
    let ended = curl.wait_with_output()?;
    let words = || [ended.stdout.clone(), ended.stderr.clone()].concat();
    ensure!(ended.status.success(), "messages over HTTP: {}", String::from_utf8_lossy(&words()));
    let answer: Value = serde_json::from_slice(&ended.stdout).context("an answer to messages")?;
    ensure!(count(&answer, "accepted") == until - from, "not all messages over HTTP were accepted: {answer}");
    Ok(())
}
