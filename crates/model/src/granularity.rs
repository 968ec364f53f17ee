//! The five granularities and their calendar buckets, in UTC.

use crate::Time;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The length of a bucket. Ordered from fine to coarse; each bucket lies whole inside one of every coarser granularity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Granularity {
    /// From fine to coarse.
    pub const ALL: [Granularity; 5] =
        [Granularity::Minute, Granularity::Hour, Granularity::Day, Granularity::Month, Granularity::Year];

    pub const fn name(self) -> &'static str {
        match self {
            Granularity::Minute => "minute",
            Granularity::Hour => "hour",
            Granularity::Day => "day",
            Granularity::Month => "month",
            Granularity::Year => "year",
        }
    }

    /// The next finer granularity; a minute has none.
    pub const fn finer(self) -> Option<Granularity> {
        match self {
            Granularity::Minute => None,
            Granularity::Hour => Some(Granularity::Minute),
            Granularity::Day => Some(Granularity::Hour),
            Granularity::Month => Some(Granularity::Day),
            Granularity::Year => Some(Granularity::Month),
        }
    }

    /// The start of the bucket that holds `time`.
    pub fn floor(self, time: Time) -> Time {
        let micros = time.as_micros();
        let down_to = |width: i64| Time::from_micros(micros - micros.rem_euclid(width));
        match self {
            Granularity::Minute => down_to(MINUTE),
            Granularity::Hour => down_to(HOUR),
            Granularity::Day => down_to(DAY),
            Granularity::Month => first_of_month(time.to_chrono().year(), time.to_chrono().month()),
            Granularity::Year => first_of_month(time.to_chrono().year(), 1),
        }
    }

    /// The start of the first bucket at or after `time`.
    pub fn ceil(self, time: Time) -> Time {
        let floor = self.floor(time);
        if floor == time { time } else { self.next(floor) }
    }

    /// The start of the bucket after the one that starts at `bucket`.
    pub fn next(self, bucket: Time) -> Time {
        let after = |width: i64| Time::from_micros(bucket.as_micros() + width);
        match self {
            Granularity::Minute => after(MINUTE),
            Granularity::Hour => after(HOUR),
            Granularity::Day => after(DAY),
            Granularity::Month => {
                let date = bucket.to_chrono();
                if date.month() == 12 {
                    first_of_month(date.year() + 1, 1)
                } else {
                    first_of_month(date.year(), date.month() + 1)
                }
            }
            Granularity::Year => first_of_month(bucket.to_chrono().year() + 1, 1),
        }
    }
}

fn first_of_month(year: i32, month: u32) -> Time {
    let date = NaiveDate::from_ymd_opt(year, month, 1).expect("years 1 to 10000 have a first of every month");
    Time::from_micros(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros())
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no granularity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no granularity; use minute, hour, day, month or year")]
pub struct GranularityError(pub String);

impl FromStr for Granularity {
    type Err = GranularityError;

    fn from_str(text: &str) -> Result<Granularity, GranularityError> {
        let named = Granularity::ALL.into_iter().find(|granularity| granularity.name() == text);
        named.ok_or_else(|| GranularityError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().expect(text)
    }

    #[test]
    fn buckets_follow_the_calendar() {
        let check = |granularity: Granularity, at: &str, start: &str, end: &str| {
            let bucket = granularity.floor(time(at));
            assert_eq!((bucket, granularity.next(bucket)), (time(start), time(end)), "{granularity} of {at}");
            assert_eq!(granularity.ceil(bucket), bucket);
            assert_eq!(granularity.ceil(Time::from_micros(bucket.as_micros() + 1)), time(end));
        };
        check(Granularity::Minute, "2026-11-21T12:56:59.999999Z", "2026-11-21T12:56", "2026-11-21T12:57");
        check(Granularity::Hour, "2026-11-21T12:56", "2026-11-21T12:00", "2026-11-21T13:00");
        check(Granularity::Day, "2024-02-29T23:59", "2024-02-29", "2024-03-01");
        check(Granularity::Month, "2024-02-29T23:59", "2024-02-01", "2024-03-01");
        check(Granularity::Month, "2023-12-31T23:59", "2023-12-01", "2024-01-01");
        check(Granularity::Year, "2024-12-31T23:59", "2024-01-01", "2025-01-01");
        check(Granularity::Minute, "1969-12-31T23:59:30Z", "1969-12-31T23:59", "1970-01-01");
        check(Granularity::Year, "0001-06-01", "0001-01-01", "0002-01-01");
    }

    #[test]
    fn the_last_year_ends() {
        assert_eq!(Granularity::Year.next(time("9999-01-01")), Time::from_micros(Time::MAX.as_micros() + 1));
    }

    #[test]
    fn names_read_back() {
        for granularity in Granularity::ALL {
            assert_eq!(granularity.name().parse(), Ok(granularity));
        }
        assert!("week".parse::<Granularity>().is_err());
    }
}
