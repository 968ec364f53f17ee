//! The daemon to ask: the one that was named, or the one that serves the data folder, looked for anew after every
//! failure, for it may come back at another address.

use crate::client::Client;
use crate::config::Config;

#[derive(Debug)]
pub(crate) struct Reach {
    named: Option<String>,
    config: Config,
    found: Option<Client>,
}

impl Reach {
    pub(crate) fn new(named: Option<String>, config: &Config) -> Reach {
        Reach { named, config: config.clone(), found: None }
    }

    /// Finds out early what no waiting would mend.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match &self.named {
            Some(server) => Client::named(server, &self.config).map(drop),
            None => crate::tokens::for_own(&self.config).map(drop),
        }
    }

    pub(crate) fn client(&mut self) -> anyhow::Result<Client> {
        if let Some(client) = &self.found {
            return Ok(client.clone());
        }
        let client = match &self.named {
            Some(server) => Client::named(server, &self.config)?,
            None => Client::serving(&self.config)?,
        };
        Ok(self.found.insert(client).clone())
    }

    pub(crate) fn forget(&mut self) {
        self.found = None;
    }
}
