//! `vitals send`: one message.

use crate::arguments::Send;
use crate::client::Client;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::holder::{self, Standing};
use crate::send;
use crate::tuning;
use crate::work::block_on;
use model::{Clock, SystemClock};

/// Says nothing when all went well, unless `-v` asks.
pub(super) fn run(arguments: &Send, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let now = SystemClock.now();
    if !arguments.http {
        let to = send::send(arguments, config, now)?;
        tracing::info!(to, service = arguments.service, "sent");
        return Ok(Exit::Fine);
    }
    let message = send::checked(arguments, config, now)?;
    block_on(async {
        let client = client(server, config)?;
        let answer = client.send_messages(message).await?;
        tracing::info!(service = arguments.service, accepted = answer.accepted, "sent, and on disk");
        Ok(Exit::Fine)
    })
}

fn client(server: Option<String>, config: &Config) -> anyhow::Result<Client> {
    if let Some(server) = server {
        return Client::named(&server, config);
    }
    match holder::standing(&tuning::folder(config))? {
        Standing::Served(holder) => Client::to_send(&holder, config),
        _ => Err(Ending::not_ready("no daemon serves this data folder; start vitals serve, or name one with --server")
            .into()),
    }
}
