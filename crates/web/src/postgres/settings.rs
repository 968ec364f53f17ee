//! What a connection may set and show. Drivers set a dozen things before the first question; most of them have one value
//! here, and setting it to another is either refused or, where the difference cannot be seen in an answer, without effect.

pub(super) mod view;

use super::failure::{self, state};
use datafusion_postgres::pgwire::error::PgWireResult;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The version whose ways are followed; programs read it to know what they may ask.
pub(super) const VERSION: &str = "16.6";

/// Settings with a dot in their name that one connection may have, and the bytes of a name and of a value.
const OWN_MAX: usize = 64;
const VALUE_BYTES_MAX: usize = 1024;

/// What setting it to something else means.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// It is kept and shown.
    Kept,
    /// Refused unless it is one of these words, or several of them with commas between.
    Only(&'static [&'static str]),
    /// A fact about the server.
    Never,
}
use Change::{Kept, Never, Only};

#[derive(Debug)]
struct Known {
    name: &'static str,
    value: &'static str,
    change: Change,
    /// Whether clients are told the value when they connect and when it changes.
    reported: bool,
}

const fn told(name: &'static str, value: &'static str, change: Change) -> Known {
    Known { name, value, change, reported: true }
}

const fn quiet(name: &'static str, value: &'static str, change: Change) -> Known {
    Known { name, value, change, reported: false }
}

/// The names of the one zone.
const ZONES: &[&str] = &[
    "utc",
    "etc/utc",
    "uct",
    "etc/uct",
    "gmt",
    "etc/gmt",
    "gmt0",
    "etc/gmt0",
    "zulu",
    "etc/zulu",
    "universal",
    "etc/universal",
    "greenwich",
    "etc/greenwich",
    "utc0",
    "z",
    "0",
    "+0",
    "-0",
    "00",
    "+00",
    "-00",
    "00:00",
    "+00:00",
    "-00:00",
    "default",
];

static KNOWN: &[Known] = &[
    told("application_name", "", Kept),
    told("client_encoding", "UTF8", Only(&["utf8", "utf-8", "utf_8", "unicode"])),
    told("DateStyle", "ISO, MDY", Only(&["iso", "mdy", "dmy", "ymd"])),
    told("default_transaction_read_only", "on", Kept),
    told("in_hot_standby", "off", Never),
    told("integer_datetimes", "on", Never),
    told("IntervalStyle", "postgres", Only(&["postgres"])),
    told("is_superuser", "off", Never),
    told("search_path", "\"$user\", public", Kept),
    told("server_encoding", "UTF8", Never),
    told("server_version", VERSION, Never),
    told("standard_conforming_strings", "on", Only(&["on", "true", "yes", "1"])),
    told("TimeZone", "UTC", Only(ZONES)),
    quiet("bytea_output", "hex", Only(&["hex"])),
    quiet("check_function_bodies", "on", Kept),
    quiet("client_min_messages", "notice", Kept),
    quiet("default_transaction_isolation", "read committed", Kept),
    quiet("enable_hashjoin", "on", Kept),
    quiet("enable_seqscan", "on", Kept),
    quiet("escape_string_warning", "on", Kept),
    quiet("extra_float_digits", "1", Kept),
    quiet("geqo", "on", Kept),
    quiet("idle_in_transaction_session_timeout", "5min", Kept),
    quiet("idle_session_timeout", "1h", Kept),
    quiet("jit", "off", Kept),
    quiet("lc_collate", "C", Never),
    quiet("lc_ctype", "C", Never),
    quiet("lc_messages", "C", Kept),
    quiet("lc_monetary", "C", Kept),
    quiet("lc_numeric", "C", Kept),
    quiet("lc_time", "C", Kept),
    quiet("lock_timeout", "0", Kept),
    quiet("max_identifier_length", "63", Never),
    quiet("max_index_keys", "32", Never),
    quiet("quote_all_identifiers", "off", Kept),
    quiet("random_page_cost", "4", Kept),
    quiet("row_security", "on", Kept),
    quiet("server_version_num", "160006", Never),
    quiet("statement_timeout", "0", Kept),
    quiet("synchronize_seqscans", "on", Kept),
    quiet("synchronous_commit", "on", Kept),
    quiet("transaction_isolation", "read committed", Kept),
    quiet("transaction_read_only", "on", Kept),
    quiet("work_mem", "4MB", Kept),
    quiet("xmloption", "content", Kept),
];

/// What every client is told when it connects.
pub(super) fn reported() -> impl Iterator<Item = (&'static str, &'static str)> {
    KNOWN.iter().filter(|known| known.reported).map(|known| (known.name, known.value))
}

fn find(name: &str) -> PgWireResult<&'static Known> {
    let known = KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    known.ok_or_else(|| {
        let problem = format!("unrecognized configuration parameter \"{name}\"; SHOW ALL lists those there are");
        failure::error(state::UNDEFINED_OBJECT, problem)
    })
}

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
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_so_is_refused_and_what_drivers_send_is_taken() {
        let mut settings = Settings::default();
        for (name, value) in [
            ("extra_float_digits", "3"),
            ("datestyle", "ISO, DMY"),
            ("CLIENT_ENCODING", "utf-8"),
            ("client_encoding", "UNICODE"),
            ("datestyle", "iso,ymd"),
            ("timezone", "Etc/UTC"),
            ("timezone", "+00:00"),
            ("timezone", "0"),
            ("standard_conforming_strings", "on"),
            ("myapp.user", "7"),
        ] {
            settings.set(name, Some(value), false).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
        }
        for (name, value) in [
            ("datestyle", "SQL"),
            ("client_encoding", "latin1"),
            ("client_encoding", "UTF16"),
            ("datestyle", "ISO, German"),
            ("intervalstyle", "postgres_verbose"),
            ("timezone", "Europe/Berlin"),
            ("timezone", "UTC+2"),
            ("timezone", "0530"),
            ("timezone", "+00:30"),
            ("timezone", "GMT-1"),
            ("server_version", "9"),
            ("wrok_mem", "1"),
            ("statement_timeout", "soon"),
        ] {
            assert!(settings.set(name, Some(value), false).is_err(), "{name} = {value}");
        }
        assert_eq!(settings.get("TimeZone").expect("known"), "UTC");
    }

    #[test]
    fn what_a_connection_sets_is_bounded() {
        let mut settings = Settings::default();
        for number in 0..OWN_MAX {
            settings.set(&format!("my.n{number}"), Some("x"), number % 2 == 0).expect("there is room");
        }
        assert!(settings.set("my.other", Some("x"), false).is_err());
        settings.set("MY.N7", Some("y"), true).expect("it is there already");
        // what the end of the transaction brings back is held as well
        settings.set("my.n0", None, false).expect("a reset");
        assert!(settings.set("my.other", Some("x"), true).is_err());
        settings.end_transaction();
        settings.set("my.other", Some("x"), false).expect("there is room again");
        for name in ["my.long", "search_path", "application_name"] {
            let longest = "x".repeat(VALUE_BYTES_MAX);
            assert!(settings.set(name, Some(&format!("{longest}x")), false).is_err(), "{name}");
            settings.set(name, Some(&longest), false).expect("it has the longest value");
        }
    }

    #[test]
    fn a_change_for_the_transaction_ends_with_it() {
        let mut settings = Settings::default();
        settings.set("statement_timeout", Some("30s"), false).expect("a duration");
        settings.set("statement_timeout", Some("1s"), true).expect("a duration");
        settings.set("statement_timeout", Some("2s"), true).expect("a duration");
        let longest = Duration::from_secs(60);
        assert_eq!(settings.statement_wait(longest), Duration::from_secs(2));
        settings.end_transaction();
        assert_eq!(settings.statement_wait(longest), Duration::from_secs(30));
        for (set, expect) in [("0", longest), ("5min", longest), ("250", Duration::from_millis(250))] {
            settings.set("statement_timeout", Some(set), false).expect("a duration");
            assert_eq!(settings.statement_wait(longest), expect, "{set}");
        }
        settings.reset_all();
        assert_eq!(settings.statement_wait(longest), longest);
    }
}
