//! An answer of `vitals query --format json`, in a form that can be compared.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat};
use serde_json::Value;

/// The width of an answer's rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bucket {
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

impl Bucket {
    pub const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Month, Self::Year];

    /// As on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The first instant of the bucket that holds this one; microseconds since 1970, UTC.
    ///
    /// # Panics
    /// For years that the calendar does not know.
    #[must_use]
    pub fn start_of(self, time_us: i64) -> i64 {
        let whole = |width_s: i64| time_us - time_us.rem_euclid(width_s * 1_000_000);
        let date = DateTime::from_timestamp_micros(time_us).expect("a time the calendar knows").date_naive();
        let first = |month| NaiveDate::from_ymd_opt(date.year(), month, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        let first_us = |month| first(month).expect("every month has a first").and_utc().timestamp_micros();
        match self {
            Self::Minute => whole(60),
            Self::Hour => whole(3_600),
            Self::Day => whole(86_400),
            Self::Month => first_us(date.month()),
            Self::Year => first_us(1),
        }
    }
}

/// CPU, RAM or disk in one row; equal means the same bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Series {
    pub avg: f64,
    pub min: f64,
    pub max: f64,
    /// Microseconds since 1970, UTC.
    pub max_at: i64,
}

/// One row of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub count: u64,
    pub cpu: Series,
    pub ram: Series,
    pub disk: Series,
}

/// Rows by service and, where the answer has buckets, their first instant.
pub type Rows = BTreeMap<(String, Option<i64>), Row>;

/// An answer: its rows, and the whole document for the rest.
#[derive(Clone, Debug)]
pub struct Answer {
    pub rows: Rows,
    pub document: Value,
}

impl Answer {
    /// Reads a document.
    ///
    /// # Panics
    /// When it has not the shape that is promised, rows that are not in order included.
    #[must_use]
    pub fn read(document: Value) -> Self {
        let list: Vec<_> = document["rows"].as_array().expect("an answer has rows").iter().map(row).collect();
        assert!(list.is_sorted_by(|(one, _), (next, _)| one < next), "rows are in order, each key once");
        Self { rows: list.into_iter().collect(), document }
    }

    /// Messages in all rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        total(&self.rows)
    }

    /// A count of the coverage: `received`, `accepted` …; `None` where it is not known.
    #[must_use]
    pub fn coverage(&self, key: &str) -> Option<u64> {
        self.document["coverage"][key].as_u64()
    }
}

/// Messages in all rows.
#[must_use]
pub fn total(rows: &Rows) -> u64 {
    rows.values().map(|row| row.count).sum()
}

/// That an answer is exactly what it should be.
///
/// # Panics
/// At the first difference, and says how many there are.
pub fn assert_same(found: &Rows, expected: &Rows, when: &str) {
    let keys = found.keys().chain(expected.keys().filter(|key| !found.contains_key(key)));
    let differing: Vec<_> = keys.filter(|key| found.get(key) != expected.get(key)).collect();
    if let Some(first) = differing.first() {
        panic!(
            "{when}: {} of {} rows differ, the first is {first:?}:\nfound    {:?}\nexpected {:?}\ntotals {} and {}",
            differing.len(),
            expected.len(),
            found.get(first),
            expected.get(first),
            total(found),
            total(expected)
        );
    }
}

/// Microseconds since 1970 of a time as the product prints it.
///
/// # Panics
/// When it is not RFC 3339 in UTC.
#[must_use]
pub fn time_us(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("a time is text, not {value}"));
    assert!(text.ends_with('Z'), "{text} is not in UTC");
    let time = DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    time.timestamp_micros()
}

/// A time as the command line takes it.
///
/// # Panics
/// For years that the calendar does not know.
#[must_use]
pub fn time_text(time_us: i64) -> String {
    let time = DateTime::from_timestamp_micros(time_us).expect("a time the calendar knows");
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn row(value: &Value) -> ((String, Option<i64>), Row) {
    let service = value["service"].as_str().expect("a row names its service").to_owned();
    let count = value["count"].as_u64().expect("a row has a count");
    let row = Row { count, cpu: series(&value["cpu"]), ram: series(&value["ram"]), disk: series(&value["disk"]) };
    ((service, value.get("bucket").map(time_us)), row)
}

fn series(value: &Value) -> Series {
    let number = |key: &str| value[key].as_f64().unwrap_or_else(|| panic!("no {key} in {value}"));
    Series { avg: number("avg"), min: number("min"), max: number("max"), max_at: time_us(&value["max_at"]) }
}
