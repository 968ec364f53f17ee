//! Where a command's answer comes from: the daemon that serves the data folder, or the files themselves where none does.

use crate::client::Client;
use crate::config::Config;
use crate::exit::Ending;
use crate::holder::{self, Taken};
use crate::statement::Answer as Statement;
use crate::tuning;
use crate::work::{self, open_store};
use handover::{Access, Store, Verification};
use journal::lock::Lock;
use model::{Reason, TimeRange};
use query::{Answer, LedgerLine, Question, ServiceLine};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) enum Source {
    Daemon(Client),
    Files(Files),
}

/// The files of a data folder, held for reading.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) store: Arc<Store>,
    _lock: Lock,
}

impl Source {
    pub(crate) async fn open(server: Option<String>, config: &Config) -> anyhow::Result<Source> {
        if let Some(server) = server {
            return Client::named(&server, config).map(Source::Daemon);
        }
        let folder = tuning::folder(config);
        match holder::take(&folder, false).await? {
            Taken::Served(holder) => Client::of(&holder, config).map(Source::Daemon),
            Taken::Lock(lock) => {
                let store = open_store(config, folder, Access::Read)?;
                Ok(Source::Files(Files { store, _lock: lock }))
            }
        }
    }

    pub(crate) async fn query(&self, question: Question) -> anyhow::Result<Answer> {
        match self {
            Source::Daemon(client) => {
                let path = if question.every.is_some() { "series" } else { "summary" };
                client.get(path, &parameters(&question)).await
            }
            Source::Files(files) => files.ask(move |store| query::answer(store, &question)).await,
        }
    }

    pub(crate) async fn sql(&self, text: &str, config: &Config) -> anyhow::Result<Statement> {
        match self {
            Source::Daemon(client) => Statement::receive(client.statement(text).await?).await,
            Source::Files(files) => {
                let at_rest = config.clone();
                let sql = work::sql(&files.store, Access::Read, config, move || work::jobs_at_rest(&at_rest))?;
                Statement::compute(sql, text).await
            }
        }
    }

    pub(crate) async fn services(&self, config: &Config) -> anyhow::Result<Vec<ServiceLine>> {
        let wait = config.query.wait.get();
        match self {
            Source::Daemon(client) => client.get("services", &Vec::new()).await,
            Source::Files(files) => files.ask(move |store| query::services(store, wait)).await,
        }
    }

    pub(crate) async fn ledger(&self, range: TimeRange, config: &Config) -> anyhow::Result<Vec<LedgerLine>> {
        let wait = config.query.wait.get();
        match self {
            Source::Daemon(client) => client.get("ledger", &between(&range)).await,
            Source::Files(files) => files.ask(move |store| query::ledger(store, &range, wait)).await,
        }
    }

    pub(crate) async fn verify(&self, range: Option<TimeRange>, config: &Config) -> anyhow::Result<Verification> {
        let wait = config.query.wait.get();
        match self {
            Source::Daemon(client) => {
                client.post("verify", &range.map(|range| between(&range)).unwrap_or_default()).await
            }
            Source::Files(files) => files.ask(move |store| Ok(store.verify(range, wait)?)).await,
        }
    }

    pub(crate) async fn rejects(
        &self,
        reason: Option<Reason>,
        limit: usize,
    ) -> anyhow::Result<Vec<collector::rejects::Rejected>> {
        match self {
            Source::Daemon(client) => {
                let reason = reason.map(|reason| ("reason", reason.to_string()));
                client.get("rejects", &reason.into_iter().chain([("limit", limit.to_string())]).collect()).await
            }
            Source::Files(files) => Ok(collector::rejects::read(&files.store.folder.rejects(), reason, limit)?),
        }
    }
}

impl Files {
    /// Asks on a thread that may block.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Store) -> query::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let store = self.store.clone();
        let answer = tokio::task::spawn_blocking(move || ask(&store)).await?;
        answer.map_err(|error| match &error {
            query::Error::Range(_) | query::Error::Pattern(_) | query::Error::Layer(_) => Ending::usage(error).into(),
            _ if error.is_not_ready() => Ending::not_ready(error).into(),
            _ => error.into(),
        })
    }
}

fn between(range: &TimeRange) -> Vec<(&'static str, String)> {
    vec![("from", range.from.to_string()), ("to", range.to.to_string())]
}

fn parameters(question: &Question) -> Vec<(&'static str, String)> {
    let mut parameters = between(&question.range);
    parameters.extend(question.services.iter().map(|service| ("service", service.clone())));
    parameters.extend(question.every.map(|every| ("every", every.to_string())));
    parameters.push(("layer", question.layer.to_string()));
    parameters.push(("allow_behind", question.allow_behind.to_string()));
    parameters.push(("explain", question.explain.to_string()));
    parameters
}
