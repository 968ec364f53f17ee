//! `vitals serve` and `vitals collect`.

use crate::arguments::Serve;
use crate::config::Config;
use crate::daemon::{self, Daemon};
use crate::exit::Exit;
use crate::work::block_on;

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
        let collector = daemon::open_collector(config).await?;
        tracing::info!(udp = %collector.local_addr(), "collecting");
        let announced = async {
            shutdown.await;
            tracing::info!("stopping");
        };
        collector.run(announced).await?;
        Ok(Exit::Fine)
    })
}
