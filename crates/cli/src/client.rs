//! A running daemon, asked over HTTP.

use crate::config::Config;
use crate::exit::Ending;
use crate::holder::{self, Holder, Standing};
use crate::tokens;
use crate::tuning;
use anyhow::Context;
use collector::http::Answer;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use std::time::Duration;
use web::error::Code;
use web::{ErrorBody, Problem};

/// How long a daemon may take to take the connection.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// How much longer than `query.timeout` it may take to answer a question; jobs and proofs take as long as they take.
const ANSWER_SLACK: Duration = Duration::from_secs(20);
/// How long it may take to say how it stands.
const STATUS_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    /// Host and port.
    server: String,
    answer_wait: Duration,
}

/// Parameters of a request; a key may come several times.
pub(crate) type Parameters = Vec<(&'static str, String)>;

impl Client {
    /// The daemon that was named with `--server`.
    pub(crate) fn named(server: &str, config: &Config) -> anyhow::Result<Client> {
        Client::new(server, tokens::for_named(config)?, config)
    }

    /// The daemon that serves the data folder.
    pub(crate) fn of(holder: &Holder, config: &Config) -> anyhow::Result<Client> {
        Client::new(&holder.http.to_string(), tokens::for_own(config)?, config)
    }

    /// The daemon that serves the data folder, to be sent messages.
    pub(crate) fn to_send(holder: &Holder, config: &Config) -> anyhow::Result<Client> {
        Client::new(&holder.http.to_string(), tokens::for_sending(config)?, config)
    }

    /// The daemon that serves the data folder right now; looks, and waits for nobody.
    pub(crate) fn serving(config: &Config) -> anyhow::Result<Client> {
        let path = config.data.display();
        match holder::standing(&tuning::folder(config))? {
            Standing::Served(holder) => Client::of(&holder, config),
            Standing::Starting => {
                Err(Ending::not_ready(format!("the process that holds {path} is recovering; ask again later")).into())
            }
            Standing::Free => {
                Err(Ending::not_ready(format!("no process serves {path}; start one with vitals serve")).into())
            }
        }
    }

    /// Host and port.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    fn new(server: &str, token: Option<String>, config: &Config) -> anyhow::Result<Client> {
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            let mut shown = HeaderValue::try_from(format!("Bearer {token}"))?;
            shown.set_sensitive(true);
            headers.insert(AUTHORIZATION, shown);
        }
        // a proxy is for the outside world, and a token for nobody but the server
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_WAIT)
            .build()
            .context("cannot make an HTTP client")?;
        let server = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let answer_wait = config.query.timeout.get().saturating_add(ANSWER_SLACK);
        Ok(Client { http, server, answer_wait })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, parameters: &Parameters) -> anyhow::Result<T> {
        self.read(self.http.get(self.url(path)).query(parameters).timeout(self.answer_wait)).await
    }

    /// How the daemon stands; one that hangs does not hang a health check.
    pub(crate) async fn status(&self) -> anyhow::Result<web::Status> {
        self.read(self.http.get(self.url("status")).timeout(STATUS_WAIT)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, parameters: &Parameters) -> anyhow::Result<T> {
        self.read(self.http.post(self.url(path)).query(parameters)).await
    }

    /// Sends messages and waits until they are on disk.
    pub(crate) async fn send_messages(&self, messages: Vec<u8>) -> anyhow::Result<Answer> {
        self.read(self.http.post(self.url("ingest")).body(messages).timeout(self.answer_wait)).await
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> anyhow::Result<T> {
        let response = self.send(request).await?;
        response.json().await.with_context(|| format!("{} answered in a way this vitals does not know", self.server))
    }

    /// The rows of an SQL statement, as an Arrow stream. The daemon bounds how long it takes.
    pub(crate) async fn statement(&self, text: &str) -> anyhow::Result<Response> {
        let request = self.http.post(self.url("sql")).header(CONTENT_TYPE, "application/sql");
        self.send(request.header(ACCEPT, "application/vnd.apache.arrow.stream").body(text.to_owned())).await
    }

    /// The response of a request that was answered as asked.
    pub(crate) async fn stream(&self, path: &str, parameters: &Parameters) -> anyhow::Result<Response> {
        self.send(self.http.get(self.url(path)).query(parameters)).await
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response.json::<ErrorBody>().await;
        let problem = body.map(|body| body.error).with_context(|| format!("{} answered {status}", self.server))?;
        Err(ending(problem))
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let server = &self.server;
        if error.is_timeout() {
            return Ending::not_ready(format!("{server} does not answer; see whether that process hangs")).into();
        }
        if error.is_connect() {
            return Ending::not_ready(format!(
                "nobody answers at {server}; start vitals serve, or name another --server"
            ))
            .into();
        }
        anyhow::anyhow!("{server} did not answer: {error}; see its log")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.server)
    }
}

fn ending(problem: Problem) -> anyhow::Error {
    match problem.code {
        code if code.is_passing() => Ending::not_ready(problem.message).into(),
        Code::BadRequest | Code::NotFound | Code::Unprocessable | Code::Rejected => {
            Ending::usage(problem.message).into()
        }
        _ => anyhow::anyhow!(problem.message),
    }
}
