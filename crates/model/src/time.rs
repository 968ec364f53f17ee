//! Instants: microseconds since 1970 in UTC, the one unit of time everywhere in Vitals.
//!
//! Integers compare, add and hash exactly and fit Parquet's and DuckDB's timestamps; chrono is only used for the
//! calendar and for text. The printable range is the years 1 to 9999, so that every time has an RFC 3339 form.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// An instant in UTC, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// 0001-01-01T00:00:00Z, the earliest time a message may carry.
    pub const MIN: Time = Time(-62_135_596_800_000_000);
    /// 9999-12-31T23:59:59.999999Z, the latest time a message may carry.
    pub const MAX: Time = Time(253_402_300_799_999_999);

    pub const fn from_micros(micros: i64) -> Time {
        Time(micros)
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// `None` outside the years 1 to 9999.
    pub fn checked_from_micros(micros: i64) -> Option<Time> {
        let time = Time(micros);
        (Time::MIN..=Time::MAX).contains(&time).then_some(time)
    }

    pub fn saturating_add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(micros(duration)))
    }

    pub fn saturating_sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(micros(duration)))
    }

    /// How much later `self` is than `earlier`; zero when it is not.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The chrono form; times outside the printable range are clamped to it.
    pub fn to_chrono(self) -> DateTime<Utc> {
        let clamped = self.clamp(Time::MIN, Time::MAX);
        DateTime::from_timestamp_micros(clamped.0).expect("years 1 to 9999 are inside chrono's range")
    }

    pub fn from_chrono(time: DateTime<Utc>) -> Time {
        Time(time.timestamp_micros())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, with microseconds only where the time has them.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.0.rem_euclid(1_000_000) {
            0 => SecondsFormat::Secs,
            sub if sub % 1000 == 0 => SecondsFormat::Millis,
            _ => SecondsFormat::Micros,
        };
        f.write_str(&self.to_chrono().to_rfc3339_opts(form, true))
    }
}

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a time; use a date (2026-11-21), a minute (2026-11-21T12:56) or RFC 3339 (2026-11-21T12:56:00Z)"
)]
pub struct TimeError {
    pub text: String,
}

/// A bare date or minute is its first instant, in UTC; anything with an offset is converted.
impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Time, TimeError> {
        let trimmed = text.trim();
        let parsed = DateTime::parse_from_rfc3339(trimmed)
            .map(|time| time.with_timezone(&Utc))
            .ok()
            .or_else(|| parse_offset_minute(trimmed))
            .or_else(|| parse_bare(trimmed).map(|naive| naive.and_utc()));
        parsed
            .map(Time::from_chrono)
            .filter(|time| (Time::MIN..=Time::MAX).contains(time))
            .ok_or_else(|| TimeError { text: text.to_owned() })
    }
}

fn parse_offset_minute(text: &str) -> Option<DateTime<Utc>> {
    let utc = text.strip_suffix(['Z', 'z']).and_then(|bare| parse_bare(bare).map(|naive| naive.and_utc()));
    utc.or_else(|| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z").ok().map(|time| time.with_timezone(&Utc)))
}

fn parse_bare(text: &str) -> Option<NaiveDateTime> {
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(day)
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Where "now" comes from, so that tests choose it.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> Time;
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        Time::from_chrono(Utc::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms() {
        let check = |text: &str, expect: &str| assert_eq!(text.parse::<Time>().expect(text).to_string(), expect);
        check("2026-11-21", "2026-11-21T00:00:00Z");
        check("2026-11-21T12:56", "2026-11-21T12:56:00Z");
        check("2026-11-21 12:56", "2026-11-21T12:56:00Z");
        check("2026-11-21T12:56Z", "2026-11-21T12:56:00Z");
        check("2026-11-21T12:56+01:00", "2026-11-21T11:56:00Z");
        check("2026-11-21T12:56:07.5Z", "2026-11-21T12:56:07.500Z");
        check("2026-11-21T12:56:07.000001+00:00", "2026-11-21T12:56:07.000001Z");
        check("0001-01-01", "0001-01-01T00:00:00Z");
        check("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn what_is_no_time() {
        for text in
            ["", "2026-02-31", "2023-02-29", "2026-13-01", "noon", "2026-11-21T25:00", "+10000-01-01", "1795219200"]
        {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    #[test]
    fn serde_round_trip() {
        let time = Time::from_micros(1_795_219_200_000_001);
        let json = serde_json::to_string(&time).expect("serializes");
        assert_eq!(json, "\"2026-11-21T00:00:00.000001Z\"");
        assert_eq!(serde_json::from_str::<Time>(&json).expect("parses"), time);
    }
}
