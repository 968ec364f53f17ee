//! What a connection has set.

mod known;
pub(super) mod view;

pub(super) use known::{VERSION, reported};

use super::failure::{self, state};
use datafusion_postgres::pgwire::error::PgWireResult;
use known::{
    Change::{Kept, Never, Only},
    KNOWN, Known, find,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Settings with a dot in their name that one connection may have, and the bytes of a name and of a value.
const OWN_MAX: usize = 64;
const VALUE_BYTES_MAX: usize = 1024;

/// What a change is to be told to the client as.
pub(super) type Report = Option<(&'static str, String)>;

/// The settings of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Settings {
    /// What differs from the defaults; `a.b`, which other servers' extensions read, is kept as it is written.
    changed: BTreeMap<String, String>,
    /// What a change for the transaction alone has to be undone to.
    before: BTreeMap<String, Option<String>>,
}

impl Settings {
    /// Sets a value, or with `None` the default.
    pub(super) fn set(&mut self, name: &str, value: Option<&str>, transaction_only: bool) -> PgWireResult<Report> {
        if value.is_some_and(|value| value.len() > VALUE_BYTES_MAX) || name.len() > VALUE_BYTES_MAX {
            let problem = format!("a setting and its value are at most {VALUE_BYTES_MAX} bytes long");
            return Err(failure::error(state::CONFIGURATION_LIMIT_EXCEEDED, problem));
        }
        if name.contains('.') {
            if value.is_some() && self.own_are_many(&name.to_lowercase()) {
                let problem =
                    format!("{OWN_MAX} settings of other servers' extensions are set; RESET ALL forgets them");
                return Err(failure::error(state::CONFIGURATION_LIMIT_EXCEEDED, problem));
            }
            self.put(name.to_lowercase(), value.map(str::to_owned), transaction_only);
            return Ok(None);
        }
        let known = find(name)?;
        let value = value.filter(|value| *value != known.value);
        match (known.change, value) {
            (_, None) => {}
            (Kept, Some(value)) if known.name == "statement_timeout" => drop(duration(value)?),
            (Kept, Some(_)) => {}
            (Only(words), Some(value)) => {
                let given = value.to_lowercase();
                if !given.split(',').all(|part| words.contains(&part.trim())) {
                    let problem = format!("{} is always {} here, not \"{value}\"", known.name, known.value);
                    return Err(failure::error(state::INVALID_PARAMETER_VALUE, problem));
                }
                // another word for the value there is
                return Ok(None);
            }
            (Never, Some(_)) => {
                let problem = format!("parameter \"{}\" cannot be changed", known.name);
                return Err(failure::error("55P02", problem));
            }
        }
        self.put(known.name.to_lowercase(), value.map(str::to_owned), transaction_only);
        Ok(known.reported.then(|| (known.name, value.unwrap_or(known.value).to_owned())))
    }

    /// Whether there is no room for one more name with a dot.
    fn own_are_many(&self, name: &str) -> bool {
        let own = self.changed.keys().chain(self.before.keys()).filter(|known| known.contains('.'));
        let own: BTreeSet<&String> = own.filter(|known| *known != name).collect();
        own.len() >= OWN_MAX
    }

    fn put(&mut self, name: String, value: Option<String>, transaction_only: bool) {
        let before = match value {
            Some(value) => self.changed.insert(name.clone(), value),
            None => self.changed.remove(&name),
        };
        if transaction_only {
            self.before.entry(name).or_insert(before);
        }
    }

    /// All but what the transaction changed for itself stays.
    pub(super) fn end_transaction(&mut self) {
        for (name, value) in std::mem::take(&mut self.before) {
            self.put(name, value, false);
        }
    }

    pub(super) fn reset_all(&mut self) {
        // who it is stays
        self.changed.retain(|name, _| name == "application_name");
    }

    pub(super) fn get(&self, name: &str) -> PgWireResult<String> {
        let changed = self.changed.get(&name.to_lowercase());
        changed.map_or_else(|| find(name).map(|known| known.value.to_owned()), |value| Ok(value.clone()))
    }

    /// The name as it is spelt, for the column that shows it.
    pub(super) fn spelt(name: &str) -> String {
        find(name).map_or_else(|_| name.to_owned(), |known| known.name.to_owned())
    }

    pub(super) fn all(&self) -> Vec<(String, String)> {
        self.rows().map(|(name, value, _)| (name.to_owned(), value)).collect()
    }

    /// Each setting that is not of an extension: its name, value and default.
    fn rows(&self) -> impl Iterator<Item = (&'static str, String, &'static str)> {
        let value = |known: &Known| self.changed.get(&known.name.to_lowercase()).cloned();
        KNOWN.iter().map(move |known| (known.name, value(known).unwrap_or_else(|| known.value.to_owned()), known.value))
    }

    /// How long a statement may run; 0 is PostgreSQL's word for as long as the server lets it.
    pub(super) fn statement_wait(&self, longest: Duration) -> Duration {
        let set = self.changed.get("statement_timeout").and_then(|value| duration(value).ok());
        set.filter(|wait| !wait.is_zero()).map_or(longest, |wait| wait.min(longest))
    }
}

/// `250`, `250ms`, `30s`, `5min`, `1h`, `1d`; a bare number is milliseconds.
fn duration(text: &str) -> PgWireResult<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        _ => None,
    };
    let millis = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    millis.map(Duration::from_millis).ok_or_else(|| {
        let problem =
            format!("invalid value for parameter \"statement_timeout\": \"{text}\"; write 250ms, 30s or 5min");
        failure::error(state::INVALID_PARAMETER_VALUE, problem)
    })
}

#[cfg(test)]
mod tests;
