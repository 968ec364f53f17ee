//! The PostgreSQL port: bound before anything is collected, so that whatever is wrong with it stops the start.

use crate::config::Config;
use crate::tokens;
use anyhow::Context;
use std::sync::Arc;
use tokio::net::TcpListener;
use web::Front;
use web::postgres::{Password, PostgresServer, Tls};

/// A bound port, and what its clients have to show.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) listener: TcpListener,
    password: Option<Password>,
    tls: Option<Tls>,
}

impl Postgres {
    /// `None` where it is switched off.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Option<Postgres>> {
        let Some(address) = config.postgres.get() else { return Ok(None) };
        let files = config.postgres_tls.certificate.as_deref().zip(config.postgres_tls.key.as_deref());
        let tls = files.map(|(certificate, key)| Tls::read(certificate, key)).transpose();
        let tls = tls.context("postgres_tls cannot be used, and without it nothing is served in its place")?;
        let password = tokens::password(config)?;
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!(
                "cannot answer clients of PostgreSQL at {address}; stop what listens there, choose another address \
                 with --postgres, or switch it off with --postgres off"
            )
        })?;
        Ok(Some(Postgres { listener, password, tls }))
    }

    pub(crate) fn server(self, front: &Arc<Front>) -> anyhow::Result<PostgresServer> {
        Ok(PostgresServer::new(front.clone(), self.listener, self.password, self.tls)?)
    }
}
