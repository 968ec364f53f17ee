//! This machine as a service: its own CPU, RAM and disk, sent at an interval until stopped.
//!
//! A collector that is away is no reason to end: the agent says so once, goes on, and says once when it is back.

mod cgroup;
mod machine;

use crate::heartbeat::{self, Heartbeat};
use anyhow::Context;
use machine::{Machine, Sample};
use model::{Clock, CpuUnit, Decoder, Rules, SystemClock, Time};
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// What the agent sends, where to, and how often.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    /// The service to send as.
    pub(crate) name: String,
    /// The collector's host and port.
    pub(crate) to: String,
    pub(crate) every: Duration,
    /// A path on the filesystem to measure.
    pub(crate) disk: PathBuf,
    /// The unit in which the fleet sends CPU.
    pub(crate) cpu_unit: CpuUnit,
}

/// The name of this host, to send as.
pub(crate) fn host_name() -> anyhow::Result<String> {
    sysinfo::System::host_name().context("this host does not tell its name; give one with --name")
}

impl Agent {
    /// Sends until `shutdown`. Errors: what makes every message impossible, such as a name no collector accepts.
    pub(crate) async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let mut machine = Machine::new(self.disk.clone())?;
        self.check(machine.sample()?)?;
        tracing::info!(name = self.name, to = self.to, "sending this machine's CPU, RAM and disk");
        tokio::select! {
            ended = self.send_each(&mut machine) => ended,
            () = shutdown => Ok(()),
        }
    }

    async fn send_each(&self, machine: &mut Machine) -> anyhow::Result<()> {
        let mut line = Line::new(self.to.clone());
        let mut ticks = interval_at(Instant::now() + Machine::REST, self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            line.send(&self.message(machine.sample()?, SystemClock.now())).await;
        }
    }

    fn message(&self, sample: Sample, now: Time) -> Vec<u8> {
        let whole = match self.cpu_unit {
            CpuUnit::Fraction => 1.0,
            CpuUnit::Percent => 100.0,
        };
        let Sample { cpu, ram, disk } = sample;
        Heartbeat { service: &self.name, time: now, cpu: cpu * whole, ram, disk, instance: None }.to_json()
    }

    /// Fails at once where a collector would reject every message without the sender learning of it.
    fn check(&self, sample: Sample) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let rules = Rules { cpu_unit: self.cpu_unit, ..Rules::default() };
        let message = self.message(sample, now);
        Decoder::new(rules).decode(&message, now).context("a collector would reject this agent's messages")?;
        Ok(())
    }
}

/// The way to the collector, found anew after each failure: a container that comes back has another address.
#[derive(Debug)]
struct Line {
    to: String,
    socket: Option<UdpSocket>,
    failing: bool,
}

impl Line {
    fn new(to: String) -> Line {
        Line { to, socket: None, failing: false }
    }

    async fn send(&mut self, message: &[u8]) {
        match self.try_send(message).await {
            Ok(()) if self.failing => {
                self.failing = false;
                tracing::info!(to = self.to, "the collector is back");
            }
            Ok(()) => {}
            Err(error) => {
                self.socket = None;
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::warn!(to = self.to, %error, "the collector cannot be reached; trying on");
                }
            }
        }
    }

    async fn try_send(&mut self, message: &[u8]) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(&self.to).await?,
        };
        // a refusal of the datagram before arrives with this one, so a success may only mean that nobody knows yet
        socket.send(message).await?;
        self.socket = Some(socket);
        Ok(())
    }
}

async fn connect(to: &str) -> io::Result<UdpSocket> {
    let address = lookup_host(to).await?.next().ok_or_else(|| io::Error::other("the name has no address"))?;
    let socket = heartbeat::connect(address)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

#[cfg(test)]
mod tests;
