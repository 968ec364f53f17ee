//! The commands that send messages.

use clap::Args;
use model::Time;
use model::units::Interval;
use std::path::PathBuf;

/// Send this machine's own CPU, RAM and disk, until stopped; inside a container, measured by the container's limits
#[derive(Args, Debug)]
#[command(after_help = "Example: vitals agent --name db-1 --to 10.0.0.5:3500 --every 10s")]
pub(crate) struct Agent {
    /// The service to send as [default: the host's name]
    #[arg(long, value_name = "HOST")]
    pub(crate) name: Option<String>,
    /// The collector's host and port [default: this machine, at the configured UDP port]
    #[arg(long, value_name = "ADDR")]
    pub(crate) to: Option<String>,
    /// The time between two messages
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    pub(crate) every: Interval,
    /// Report the filesystem that holds this path
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) disk: PathBuf,
}

/// Send one message
#[derive(Args, Debug)]
#[command(after_help = "\
A message that the configured collector would reject is not sent: the reason is printed and the exit code is 2.

Examples:
  vitals send --service checkout --cpu 0.4
  vitals send --service checkout --cpu 0.4 --ram-total 16 --ram-free 9.2 --disk-total 512 --disk-free 310.5
  vitals send --service checkout --cpu 0.4 --http")]
#[command(allow_negative_numbers = true)]
pub(crate) struct Send {
    /// The name of the service
    #[arg(long, value_name = "NAME")]
    pub(crate) service: String,
    /// CPU in the fleet's unit: 0 to 1, or 0 to 100 where cpu_unit is percent
    #[arg(long, value_name = "NUMBER")]
    pub(crate) cpu: f64,
    /// RAM in GB
    #[arg(long, value_name = "GB", default_value_t = 16.0)]
    pub(crate) ram_total: f64,
    /// Free RAM in GB [default: half of it]
    #[arg(long, value_name = "GB")]
    pub(crate) ram_free: Option<f64>,
    /// Disk in GB
    #[arg(long, value_name = "GB", default_value_t = 512.0)]
    pub(crate) disk_total: f64,
    /// Free disk in GB [default: half of it]
    #[arg(long, value_name = "GB")]
    pub(crate) disk_free: Option<f64>,
    /// Which of several instances of the service
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
    /// The message's own time [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<Time>,
    /// The collector's host and port [default: this machine, at the configured UDP port]
    #[arg(long, value_name = "ADDR", conflicts_with = "http")]
    pub(crate) to: Option<String>,
    /// Send it over HTTP, to the daemon of the data folder or that of --server, and end when it is on disk
    #[arg(long)]
    pub(crate) http: bool,
}

/// Start everything with a mock fleet and this machine's agent, and watch a query refresh
#[derive(Args, Debug)]
#[command(after_help = "\
Uses a temporary folder unless --data names one. Ctrl-C ends it.

Example: vitals demo --for 30s")]
pub(crate) struct Demo {
    /// End by itself after this long, with a summary
    #[arg(long = "for", value_name = "DURATION")]
    pub(crate) length: Option<Interval>,
}
