//! The message's `Timestamp`: a number in one of four units, told apart by magnitude, or RFC 3339.
//!
//! Below 10¹¹ are seconds (to the year 5138), below 10¹⁴ milliseconds, below 10¹⁷ microseconds, above nanoseconds
//! (each from 1973 on). What is finer than a microsecond is cut off
//! downwards; a float is rounded to the nearest instead, as f64 holds no nanoseconds and the sender meant a decimal.

use super::json::{Number, Value};
use crate::{Reject, Time};
use chrono::DateTime;
use serde::Serialize;

const SECONDS_BELOW: u64 = 100_000_000_000;
const MILLIS_BELOW: u64 = 100_000_000_000_000;
const MICROS_BELOW: u64 = 100_000_000_000_000_000;

/// What a message's `Timestamp` is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeForm {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    /// RFC 3339 text.
    Rfc3339,
}

impl TimeForm {
    /// `None` where it is neither number nor RFC 3339.
    pub(super) fn of(value: &Value<'_>) -> Option<TimeForm> {
        match value {
            Value::Number(Number::Integer(integer)) => Some(TimeForm::of_integer(*integer)),
            Value::Number(Number::Float(float)) => Some(TimeForm::of_float(*float)),
            Value::Text(text) => DateTime::parse_from_rfc3339(text.trim()).ok().map(|_| TimeForm::Rfc3339),
            _ => None,
        }
    }

    fn of_integer(integer: i64) -> TimeForm {
        TimeForm::of_magnitude(integer.unsigned_abs(), |limit| limit)
    }

    fn of_float(float: f64) -> TimeForm {
        TimeForm::of_magnitude(float.abs(), |limit| limit as f64)
    }

    fn of_magnitude<N: PartialOrd>(magnitude: N, limit: fn(u64) -> N) -> TimeForm {
        match magnitude {
            magnitude if magnitude < limit(SECONDS_BELOW) => TimeForm::Seconds,
            magnitude if magnitude < limit(MILLIS_BELOW) => TimeForm::Milliseconds,
            magnitude if magnitude < limit(MICROS_BELOW) => TimeForm::Microseconds,
            _ => TimeForm::Nanoseconds,
        }
    }
}

pub(super) fn resolve(value: Value<'_>) -> Result<Time, Reject> {
    match value {
        Value::Number(number) => of_number(number),
        Value::Text(text) => match DateTime::parse_from_rfc3339(text.trim()) {
            Ok(time) => in_calendar(i128::from(time.timestamp_micros()), &text),
            Err(_) => Err(Value::Text(text).not("Timestamp", EXPECTED)),
        },
        other => Err(other.not("Timestamp", EXPECTED)),
    }
}

const EXPECTED: &str = "a number in s, ms, µs or ns since 1970, or an RFC 3339 text";

/// A number in s, ms, µs or ns since 1970, told apart by magnitude.
pub(super) fn of_number(number: Number) -> Result<Time, Reject> {
    match number {
        Number::Integer(integer) => in_calendar(micros_of_integer(integer), &integer),
        Number::Float(float) if float.is_finite() => in_calendar(micros_of_float(float), &float),
        Number::Float(_) => Err(Reject::NonFinite),
    }
}

/// A number as text, read as a message's `Timestamp` is.
pub fn unix_time(text: &str) -> Result<Time, Reject> {
    of_number(super::json::number(text)?)
}

fn micros_of_integer(integer: i64) -> i128 {
    let wide = i128::from(integer);
    match TimeForm::of_integer(integer) {
        TimeForm::Seconds => wide * 1_000_000,
        TimeForm::Milliseconds => wide * 1_000,
        TimeForm::Microseconds => wide,
        _ => wide.div_euclid(1_000),
    }
}

fn micros_of_float(float: f64) -> i128 {
    let micros = match TimeForm::of_float(float) {
        TimeForm::Seconds => float * 1e6,
        TimeForm::Milliseconds => float * 1e3,
        TimeForm::Microseconds => float,
        _ => float / 1e3,
    };
    // a cast saturates, and what saturates is outside the calendar
    micros.round_ties_even() as i128
}

fn in_calendar(micros: i128, shown: &dyn std::fmt::Display) -> Result<Time, Reject> {
    match i64::try_from(micros).ok().and_then(Time::checked_from_micros) {
        Some(time) => Ok(time),
        None if micros < 0 => Err(Reject::TooOld(shown.to_string())),
        None => Err(Reject::TooFarAhead(shown.to_string())),
    }
}
