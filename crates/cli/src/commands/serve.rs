//! `vitals serve` and `vitals collect`.

use crate::arguments::Serve;
use crate::config::Config;
use crate::daemon::{self, Daemon};
use crate::exit::Exit;
use crate::work::block_on;
use crate::{manager, start, tuning};
use handover::Quarantine;
use handover::starts::Process;
use model::{Clock, SystemClock};
use std::time::Instant;
use tokio::task::block_in_place;

pub(super) fn serve(arguments: &Serve, config: &Config) -> anyhow::Result<Exit> {
    block_on(async {
        let shutdown = daemon::shutdown()?;
        let daemon = Daemon::open(config, !arguments.no_collector).await?;
        daemon.run(shutdown).await?;
        Ok(Exit::Fine)
    })
}

pub(super) fn collect(config: &Config) -> anyhow::Result<Exit> {
    block_on(async {
        let shutdown = daemon::shutdown()?;
        let (folder, started, begun) = (tuning::folder(config), SystemClock.now(), Instant::now());
        let before = Quarantine::look(&folder);
        let collector = start::open_collector(config).await?;
        let starts = start::record(&folder, Process::Collect, (started, &before), [start::found_by(&collector)]);
        block_in_place(|| starts.update(|start| start.ready_after_ms = Some(begun.elapsed().as_millis() as u64)));
        tracing::info!(udp = %collector.local_addr(), "collecting");
        manager::tell(manager::READY);
        let announced = async {
            shutdown.await;
            tracing::info!("stopping");
            manager::tell(manager::STOPPING);
        };
        collector.run(announced).await?;
        block_in_place(|| starts.update(|start| start.stopped = Some(SystemClock.now())));
        Ok(Exit::Fine)
    })
}
