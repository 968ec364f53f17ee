//! What goes in from outside: messages in each form that files have, the repository's own files, programs that are not
//! ours.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::expected::Expected;
use crate::wait::until;

const LIMIT_S: u64 = 60;

/// A message that is written down here and not by the mock fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct Heartbeat {
    pub service: String,
    /// Microseconds since 1970, UTC.
    pub time_us: i64,
    pub cpu: f64,
    /// Total and free, in GB.
    pub ram: [f64; 2],
    pub disk: [f64; 2],
}

impl Heartbeat {
    /// The `number`th of a row of heartbeats that differ from each other.
    #[must_use]
    pub fn numbered(number: u32, time_us: i64) -> Self {
        let share = |step: u32| f64::from(number.wrapping_mul(step) % 997) / 997.0;
        Self {
            service: format!("service-{}", number % 7),
            time_us,
            cpu: share(31),
            ram: [16.0, 16.0 * share(17)],
            disk: [512.0, 512.0 * share(7)],
        }
    }

    /// A line of CSV.
    #[must_use]
    pub fn csv(&self) -> String {
        let Self { service, time_us, cpu, ram: [ram_total, ram_free], disk: [disk_total, disk_free] } = self;
        format!("{service},{time_us},{cpu},{ram_total},{ram_free},{disk_total},{disk_free}\n")
    }

    /// A datagram, or a line of JSON lines.
    #[must_use]
    pub fn wire(&self) -> String {
        let Self { service, time_us, cpu, ram: [ram_total, ram_free], disk: [disk_total, disk_free] } = self;
        format!(
            "{{\"serviceName\": \"{service}\", \"Timestamp\": {time_us}000, \"CPU\": {cpu}, \
             \"RAM\": {{\"Total\": {ram_total}, \"Free\": {ram_free}}}, \
             \"Disk\": {{\"Total\": {disk_total}, \"Free\": {disk_free}}}}}\n"
        )
    }

    fn expected(&self) -> String {
        let Self { service, time_us, cpu, ram: [ram_total, ram_free], disk: [disk_total, disk_free] } = self;
        format!(
            "{{\"service\": \"{service}\", \"time_us\": {time_us}, \"cpu\": {cpu}, \"ram_total\": {ram_total}, \
             \"ram_free\": {ram_free}, \"disk_total\": {disk_total}, \"disk_free\": {disk_free}}}\n"
        )
    }

    /// The oracle of heartbeats; `list` is a file for its use.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn expect(heartbeats: &[Self], list: &Path) -> Expected {
        let text: String = heartbeats.iter().map(Self::expected).collect();
        fs::write(list, text).expect("the test's folder can be written");
        Expected::read(list)
    }
}

/// A file of the repository.
#[must_use]
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The Python that has the packages of `tests/python/requirements.txt`, running a script of `tests/python`.
///
/// # Panics
/// When `TEST_VITALS_PYTHON` does not name it.
#[must_use]
pub fn python(script: &str) -> Command {
    let mut command = interpreter();
    command.arg(repository("tests/python").join(script));
    command
}

/// The same Python, running a module of one of its packages.
///
/// # Panics
/// As `python` does.
#[must_use]
pub fn python_module(name: &str) -> Command {
    let mut command = interpreter();
    command.args(["-m", name]);
    command
}

fn interpreter() -> Command {
    let python = env::var_os("TEST_VITALS_PYTHON");
    Command::new(python.expect("TEST_VITALS_PYTHON is not set: run the tests with `cargo xtask test`"))
}

/// A process that runs until it is stopped; killed when the value is dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts it. What it says goes nowhere, unless the command was given a place for it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Self {
        let started = command.stdin(Stdio::null()).spawn();
        Self(started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}")))
    }

    /// Its exit, if it has ended.
    ///
    /// # Panics
    /// When the system cannot tell.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("a child can be waited for")
    }

    /// Sends it a signal and waits for its end.
    ///
    /// # Panics
    /// When it has not ended within a minute.
    pub fn stop(mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_child(&self.0), signal).expect("a child can be signalled until it is waited for");
        until("a process to end", LIMIT_S, || self.ended())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
