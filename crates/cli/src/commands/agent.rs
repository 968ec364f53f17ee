//! `vitals agent`: this machine as a service.

use crate::agent::{Agent, host_name};
use crate::arguments;
use crate::config::Config;
use crate::exit::Exit;
use crate::heartbeat;
use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

pub(super) fn run(arguments: arguments::Agent, config: &Config) -> anyhow::Result<Exit> {
    let agent = Agent {
        name: arguments.name.map_or_else(host_name, Ok)?,
        to: arguments.to.unwrap_or_else(|| heartbeat::local_collector(config.udp)),
        every: arguments.every.get(),
        disk: arguments.disk,
        cpu_unit: config.cpu_unit,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let mut interrupted = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
        let shutdown = async {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
        };
        agent.run(shutdown).await
    })?;
    Ok(Exit::Fine)
}
