//! The parameters of requests, as text until they are checked here.

use crate::error::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::{Granularity, Reason, Time, TimeRange};
use query::{Layer, Question};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The parameters behind the question mark; a key may come several times.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Parameters<T>, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        serde_html_form::from_str(text).map(Parameters).map_err(Problem::bad_request)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    from: Text,
    to: Text,
    #[serde(default)]
    service: Vec<String>,
    every: Option<Text>,
    layer: Option<Text>,
    #[serde(default)]
    allow_behind: bool,
    #[serde(default)]
    explain: bool,
}

/// A value that is parsed by its own rules, so that the error says what the rules are.
type Text = String;

fn parsed<T: FromStr>(text: &str) -> Result<T, Problem>
where
    T::Err: ToString,
{
    text.parse().map_err(Problem::bad_request)
}

fn range(from: &str, to: &str) -> Result<TimeRange, Problem> {
    TimeRange::new(parsed::<Time>(from)?, parsed::<Time>(to)?).map_err(Problem::bad_request)
}

impl Ask {
    pub(crate) fn question(self, wait: Duration) -> Result<Question, Problem> {
        Ok(Question {
            range: range(&self.from, &self.to)?,
            services: self.service,
            every: self.every.as_deref().map(parsed::<Granularity>).transpose()?,
            layer: self.layer.as_deref().map(parsed::<Layer>).transpose()?.unwrap_or_default(),
            wait,
            allow_behind: self.allow_behind,
            explain: self.explain,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Between {
    from: Text,
    to: Text,
}

impl Between {
    pub(crate) fn range(&self) -> Result<TimeRange, Problem> {
        range(&self.from, &self.to)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaybeBetween {
    from: Option<Text>,
    to: Option<Text>,
}

impl MaybeBetween {
    pub(crate) fn range(&self) -> Result<Option<TimeRange>, Problem> {
        match (&self.from, &self.to) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) => range(from, to).map(Some),
            _ => Err(Problem::bad_request("from and to belong together; give both or neither")),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupTo {
    dir: PathBuf,
}

impl BackupTo {
    /// The asker's working folder is not this process's.
    pub(crate) fn folder(self) -> Result<PathBuf, Problem> {
        let is_absolute = self.dir.is_absolute();
        if is_absolute { Ok(self.dir) } else { Err(Problem::bad_request("dir must be an absolute path")) }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    reason: Option<Text>,
    #[serde(default = "usual_limit")]
    pub(crate) limit: usize,
}

impl Refused {
    pub(crate) fn reason(&self) -> Result<Option<Reason>, Problem> {
        self.reason.as_deref().map(parsed).transpose()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Past {
    pub(crate) name: Option<String>,
    #[serde(default = "usual_limit")]
    pub(crate) limit: usize,
}

fn usual_limit() -> usize {
    100
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Follow {
    #[serde(default)]
    pub(crate) service: Vec<String>,
}
