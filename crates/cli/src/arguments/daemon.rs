//! `vitals serve` and `vitals collect`, with flags for the keys that people type.

use super::typed;
use crate::config::{Durability, Listen, Override, name};
use clap::Args;
use model::units::{Bytes, Period};
use std::net::SocketAddr;

/// Collect health messages, run the jobs and answer questions, until stopped
#[derive(Args, Debug)]
#[command(after_help = "\
Ctrl-C or SIGTERM stops in order: socket, journal, jobs, front. A second one ends at once.

Example: vitals serve --data /var/lib/vitals --durability always")]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) intake: Intake,
    /// Where to answer questions [default: 127.0.0.1:3501]
    #[arg(long, value_name = "ADDR")]
    pub(crate) http: Option<SocketAddr>,
    /// Where clients of PostgreSQL ask, or off [default: 127.0.0.1:5433]
    #[arg(long, value_name = "ADDR")]
    pub(crate) postgres: Option<Listen>,
    /// Do not listen for messages: a `vitals collect` on the same data folder does
    #[arg(long)]
    pub(crate) no_collector: bool,
    /// The time zone of the jobs' schedules [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
}

/// Only collect health messages into the journal; a `vitals serve --no-collector` does the rest
#[derive(Args, Debug)]
#[command(after_help = "Example: vitals collect --data /var/lib/vitals --udp 0.0.0.0:3500")]
pub(crate) struct Collect {
    #[command(flatten)]
    pub(crate) intake: Intake,
}

/// How messages are taken in.
#[derive(Args, Debug)]
pub(crate) struct Intake {
    /// Where to listen for messages [default: 0.0.0.0:3500]
    #[arg(long, value_name = "ADDR")]
    pub(crate) udp: Option<SocketAddr>,
    /// When what was accepted survives a power cut; a crash of Vitals alone never costs a message [default: interval]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) durability: Option<Durability>,
    /// The unit of CPU in messages [default: fraction]
    #[arg(long, value_name = "UNIT", value_parser = ["fraction", "percent"])]
    pub(crate) cpu_unit: Option<String>,
    /// Sockets on the UDP port, each with its thread [default: 2]
    #[arg(long, value_name = "N")]
    pub(crate) receivers: Option<usize>,
    /// What the kernel may hold per socket, such as 64MiB [default: 64MiB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) receive_buffer: Option<Bytes>,
    /// How far back a message's time may lie [default: 90d]
    #[arg(long, value_name = "DURATION")]
    pub(crate) past: Option<Period>,
    /// How far ahead a message's time may lie [default: 10m]
    #[arg(long, value_name = "DURATION")]
    pub(crate) ahead: Option<Period>,
}

impl Serve {
    pub(super) fn overrides(&self) -> Vec<Override> {
        let own = [
            typed("--http", "http", self.http),
            typed("--postgres", "postgres", self.postgres),
            typed("--zone", "jobs.zone", self.zone.as_ref()),
        ];
        self.intake.overrides().into_iter().chain(own.into_iter().flatten()).collect()
    }
}

impl Collect {
    pub(super) fn overrides(&self) -> Vec<Override> {
        self.intake.overrides()
    }
}

impl Intake {
    fn overrides(&self) -> Vec<Override> {
        [
            typed("--udp", "udp", self.udp),
            typed("--durability", "journal.durability", self.durability.map(name)),
            typed("--cpu-unit", "cpu_unit", self.cpu_unit.as_ref()),
            typed("--receivers", "collector.receivers", self.receivers),
            typed("--receive-buffer", "collector.receive_buffer", self.receive_buffer),
            typed("--past", "collector.past", self.past),
            typed("--ahead", "collector.ahead", self.ahead),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
