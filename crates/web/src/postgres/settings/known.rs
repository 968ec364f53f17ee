//! What a connection may set and show. Drivers set a dozen things before the first question; most of them have one value
//! here, and setting it to another is either refused or, where the difference cannot be seen in an answer, without effect.

use crate::postgres::failure::{self, state};
use datafusion_postgres::pgwire::error::PgWireResult;

/// The version whose ways are followed; programs read it to know what they may ask.
pub(in crate::postgres) const VERSION: &str = "16.6";

/// What setting it to something else means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// It is kept and shown.
    Kept,
    /// Refused unless it is one of these words, or several of them with commas between.
    Only(&'static [&'static str]),
    /// A fact about the server.
    Never,
}
use Change::{Kept, Never, Only};

#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) value: &'static str,
    pub(super) change: Change,
    /// Whether clients are told the value when they connect and when it changes.
    pub(super) reported: bool,
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

pub(super) static KNOWN: &[Known] = &[
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
pub(in crate::postgres) fn reported() -> impl Iterator<Item = (&'static str, &'static str)> {
    KNOWN.iter().filter(|known| known.reported).map(|known| (known.name, known.value))
}

pub(super) fn find(name: &str) -> PgWireResult<&'static Known> {
    let known = KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(name));
    known.ok_or_else(|| {
        let problem = format!("unrecognized configuration parameter \"{name}\"; SHOW ALL lists those there are");
        failure::error(state::UNDEFINED_OBJECT, problem)
    })
}
