//! A running Prometheus, as Debian packages it, that scrapes what a test tells it to.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http::{encoded, get};
use crate::inputs::Running;
use crate::output::Output;
use crate::wait::until;

/// It is killed when the value is dropped; its port and its store are its own.
#[derive(Debug)]
pub struct Prometheus {
    _process: Running,
    address: SocketAddr,
}

/// Values by their labels; the metric's name is not one of them.
pub type Samples = BTreeMap<BTreeMap<String, String>, f64>;

impl Prometheus {
    /// Starts it with a configuration in `folder`, where its store goes too, and waits until it is ready.
    ///
    /// # Panics
    /// When it is not there (Debian: package `prometheus`), or does not take the configuration.
    #[must_use]
    pub fn start(folder: &Path, configuration: &str) -> Self {
        fs::write(folder.join("prometheus.yml"), configuration).expect("the test's folder can be written");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("this machine has a free port");
        let log = fs::File::create(folder.join("prometheus.log")).expect("the test's folder can be written");
        let mut command = Command::new("prometheus");
        command.current_dir(folder).stdout(Stdio::null()).stderr(log);
        command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=store"]);
        command.arg(format!("--web.listen-address={address}"));
        let mut process = Running::start(&mut command);
        until("Prometheus to be ready", 60, || {
            let log = || fs::read_to_string(folder.join("prometheus.log")).unwrap_or_default();
            assert!(process.ended().is_none(), "Prometheus ended: {}", log());
            let connected = std::net::TcpStream::connect(address).is_ok();
            (connected && get(address, "/-/ready", None).0 == 200).then_some(())
        });
        Self { _process: process, address }
    }

    /// What an expression has at a time, in seconds since 1970.
    ///
    /// # Panics
    /// When Prometheus does not take it, or the value is no list of samples.
    #[must_use]
    pub fn query(&self, expression: &str, at: f64) -> Samples {
        let answer = self.ask(&format!("query?query={}&time={at}", encoded(expression)));
        let samples = answer["result"].as_array().unwrap_or_else(|| panic!("{expression}: {answer}")).iter();
        let sample = |sample: &Value| {
            let labels = sample["metric"].as_object().expect("a sample has labels").iter();
            let labels = labels.filter(|(name, _)| *name != "__name__");
            let labels = labels.map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()));
            let value = sample["value"][1].as_str().expect("a value is text");
            (labels.collect(), value.parse().unwrap_or_else(|_| panic!("{value} is a number")))
        };
        samples.map(sample).collect()
    }

    /// Any of its `/api/v1`; the part `data` of the answer.
    ///
    /// # Panics
    /// When it refuses.
    #[must_use]
    pub fn ask(&self, path: &str) -> Value {
        let (status, body) = get(self.address, &format!("/api/v1/{path}"), None);
        let mut answer: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path}: {status} {body}"));
        assert_eq!((status, answer["status"].as_str()), (200, Some("success")), "{path}: {answer}");
        answer["data"].take()
    }

    /// Waits until every target that `jobs` names has been scraped after now, and has answered; the time of the last of
    /// these scrapes, as `query` takes it.
    ///
    /// # Panics
    /// When one is not within a minute.
    #[must_use]
    pub fn scraped(&self, jobs: &[&str]) -> f64 {
        let begun = now();
        // on a machine that is busy a scrape may time out, which is a sample of `up` too
        let last = |job: &str| {
            let answered = format!("timestamp(up{{job=\"{job}\"}}) and up{{job=\"{job}\"}} == 1");
            self.query(&answered, now()).into_values().next()
        };
        until("Prometheus to scrape", 60, || {
            let times: Option<Vec<f64>> = jobs.iter().map(|job| last(job).filter(|at| *at > begun)).collect();
            times.map(|times| times.into_iter().fold(begun, f64::max))
        })
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("this machine's clock is past 1970").as_secs_f64()
}

/// `promtool`, in `folder`, which reads `input`.
///
/// # Panics
/// When it is not there (Debian: package `prometheus`) or does not end.
#[must_use]
pub fn promtool(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let path = tempfile::NamedTempFile::new().expect("a folder for temporary files");
    fs::write(path.path(), input).expect("it can be written");
    let mut command = Command::new("sh");
    command.args(["-c", "exec promtool \"$@\" < \"$0\""]).arg(path.path()).args(arguments);
    Output::of(command.current_dir(folder))
}
