//! The parameters that routes take, as text until they are checked here, so that an error names the parameter and its rules.

pub(crate) mod parameters;
mod range;

pub(crate) use parameters::{Named, Parameters};
pub(crate) use range::Range;

use crate::error::Problem;
use model::units::Period;
use model::{Granularity, Reason, TimeRange};
use parameters::Documented;
use query::{Layer, Question};
use serde::Deserialize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use utoipa::IntoParams;

/// A value that is parsed by its own rules, so that the error says what the rules are.
type Text = String;

fn parsed<T: FromStr>(name: &str, text: &str) -> Result<T, Problem>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| Problem::bad_request(format!("{name}: {}", error.to_string())))
}

/// `None` where the parameter is not given.
fn given<T: FromStr>(name: &str, text: Option<&Text>) -> Result<Option<T>, Problem>
where
    T::Err: ToString,
{
    text.map(|text| parsed(name, text)).transpose()
}

fn flag(name: &str, text: Option<&Text>) -> Result<bool, Problem> {
    match text.map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(Problem::bad_request(format!("{name} is {other:?}; use true or false"))),
    }
}

fn limit(text: Option<&Text>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(USUAL_LIMIT as usize) };
    let limit = text.parse::<u32>();
    let limit =
        limit.map_err(|_| Problem::bad_request(format!("limit is {text:?}; use a whole number up to {}", u32::MAX)));
    limit.map(|limit| limit as usize)
}

/// So many of the newest where nobody says how many.
const USUAL_LIMIT: u32 = 100;

/// For routes that take no parameters.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Nothing {}

/// What a question is about, beside its range.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Selection {
    /// Only this service, or those that match a glob with `*`, `?`, `[a-z]`, `{a,b}`; may be repeated.
    #[serde(default)]
    #[param(example = json!(["checkout*"]))]
    service: Vec<String>,
    /// What the answer is made of: every accepted message once, only what batches have published, or only what they have
    /// not published yet.
    #[param(inline, value_type = Option<crate::shapes::Layer>)]
    layer: Option<Text>,
    /// Answer with a warning, instead of failing, when the realtime views are behind.
    #[param(value_type = Option<bool>)]
    allow_behind: Option<Text>,
    /// Tell how many buckets, realtime cells and raw messages the answer read; JSON only.
    #[param(value_type = Option<bool>)]
    explain: Option<Text>,
}

impl Selection {
    pub(crate) fn question(
        self,
        range: TimeRange,
        every: Option<Granularity>,
        wait: Duration,
    ) -> Result<Question, Problem> {
        Ok(Question {
            range,
            every,
            layer: given::<Layer>("layer", self.layer.as_ref())?.unwrap_or_default(),
            wait,
            allow_behind: flag("allow_behind", self.allow_behind.as_ref())?,
            explain: flag("explain", self.explain.as_ref())?,
            services: self.service,
        })
    }
}

/// The width of a series' buckets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Every {
    /// The width of the rows' buckets, in UTC.
    #[param(inline, value_type = crate::shapes::Granularity, required = true)]
    every: Option<Text>,
}

impl Every {
    pub(crate) fn granularity(&self) -> Result<Granularity, Problem> {
        given("every", self.every.as_ref())?.ok_or_else(|| {
            let widths = Granularity::ALL.map(Granularity::name).join(", ");
            Problem::bad_request(format!("every is missing; use one of {widths}, or ask for a summary"))
        })
    }
}

/// Where a backup goes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BackupTo {
    /// An absolute path on the server's machine, of a folder that is absent or empty.
    #[param(value_type = String, required = true, example = "/var/backups/vitals")]
    dir: Option<PathBuf>,
}

impl BackupTo {
    /// The asker's working folder is not this process's.
    pub(crate) fn folder(self) -> Result<PathBuf, Problem> {
        let folder = self.dir.filter(|dir| dir.is_absolute());
        folder.ok_or_else(|| Problem::unprocessable("dir must be an absolute path on the server's machine"))
    }
}

/// Which refused messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Refused {
    /// Only this reason.
    #[param(inline, value_type = Option<crate::shapes::Reason>)]
    reason: Option<Text>,
    /// The newest so many.
    #[param(value_type = Option<u64>, maximum = 4294967295u32)]
    limit: Option<Text>,
}

impl Refused {
    pub(crate) fn reason(&self) -> Result<Option<Reason>, Problem> {
        given("reason", self.reason.as_ref())
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit.as_ref())
    }
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Past {
    /// Only of this job.
    pub(crate) name: Option<String>,
    /// The newest so many.
    #[param(value_type = Option<u64>, maximum = 4294967295u32)]
    limit: Option<Text>,
}

impl Past {
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        limit(self.limit.as_ref())
    }
}

/// Which messages are followed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Follow {
    /// Only this service, or those that match a glob; may be repeated.
    #[serde(default)]
    pub(crate) service: Vec<String>,
}

/// What is watched.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Watch {
    /// Only this service, or those that match a glob; may be repeated.
    #[serde(default)]
    pub(crate) service: Vec<String>,
    /// The least time between two updates, from 250ms to 1m; 1s where it is not given.
    #[param(inline, value_type = Option<String>, example = "2s", pattern = "^[0-9]+(ms|s|m)$")]
    every: Option<Text>,
}

impl Watch {
    pub(crate) fn every(&self, least: Duration, most: Duration) -> Result<Duration, Problem> {
        let every = given::<Period>("every", self.every.as_ref())?.unwrap_or(Period::from_millis(1000));
        if (least..=most).contains(&every.get()) {
            return Ok(every.get());
        }
        Err(Problem::bad_request(format!("every is {every}; use a time from 250ms to 1m, such as 500ms, 2s or 1m")))
    }
}

impl Documented for Nothing {}
impl Documented for Range {}
impl Documented for Selection {}
impl Documented for Every {}
impl Documented for BackupTo {}
impl Documented for Refused {}
impl Documented for Past {}
impl Documented for Watch {}
impl Documented for Follow {}

#[cfg(test)]
mod tests;
