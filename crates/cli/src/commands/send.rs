//! `vitals send`: one message.

use crate::arguments::Send;
use crate::config::Config;
use crate::exit::Exit;
use crate::send;
use model::{Clock, SystemClock};

/// Says nothing when all went well, unless `-v` asks.
pub(super) fn run(arguments: &Send, config: &Config) -> anyhow::Result<Exit> {
    let to = send::send(arguments, config, SystemClock.now())?;
    tracing::info!(to, service = arguments.service, "sent");
    Ok(Exit::Fine)
}
