//! Durations and sizes as people write them: `200ms`, `6h`, `64MiB`. One number and one unit, so that a value prints as
//! it was meant and reads back as the same.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time in whole milliseconds, at most [`Period::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(Duration);

/// Milliseconds in each unit, from coarse to fine.
const PERIODS: [(&str, u64); 6] =
    [("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Period {
    /// Ten thousand years of weeks: longer than the calendar of messages.
    const MAX: Period = Period(Duration::from_millis(520_000 * 7 * 86_400_000));

    pub const fn from_millis(millis: u64) -> Period {
        Period(Duration::from_millis(millis))
    }

    pub const fn get(self) -> Duration {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration; write a whole number and a unit, such as 200ms, 10s, 5m, 6h, 2d or 1w")]
pub struct PeriodError(String);

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Period, PeriodError> {
        let period = quantity(text, &PERIODS).map(Period::from_millis);
        period.filter(|period| *period <= Period::MAX).ok_or_else(|| PeriodError(text.to_owned()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if millis == 0 { f.write_str("0s") } else { write_exactly(f, millis, &PERIODS) }
    }
}

/// A period that passes: an interval of nothing would be a loop without rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(Period);

impl Interval {
    pub const fn get(self) -> Duration {
        self.0.get()
    }
}

/// A text that is no interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    #[error(transparent)]
    Period(#[from] PeriodError),
    #[error("an interval must be longer than {0}")]
    Zero(Period),
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Interval, IntervalError> {
        let period: Period = text.parse()?;
        if period.is_zero() { Err(IntervalError::Zero(period)) } else { Ok(Interval(period)) }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How long something is kept: for ever unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep(Option<Period>);

const FOR_EVER: &str = "forever";

impl Keep {
    /// `None`: for ever.
    pub fn get(self) -> Option<Duration> {
        self.0.map(Period::get)
    }

    /// Whether it is at least as long as the other.
    pub fn covers(self, other: Keep) -> bool {
        self.0.is_none_or(|own| other.0.is_some_and(|other| own >= other))
    }
}

impl FromStr for Keep {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Keep, PeriodError> {
        if text == FOR_EVER { Ok(Keep(None)) } else { text.parse().map(|period| Keep(Some(period))) }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(period) => period.fmt(f),
            None => f.write_str(FOR_EVER),
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(u64);

/// Bytes in each unit that is printed, from coarse to fine.
const SIZES: [(&str, u64); 5] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
/// Units that are read as well: decimal ones, and a bare number.
const DECIMAL_SIZES: [(&str, u64); 5] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("", 1)];

impl Bytes {
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size; write a whole number and a unit, such as 512KiB, 64MiB or 1GiB")]
pub struct BytesError(String);

impl FromStr for Bytes {
    type Err = BytesError;

    fn from_str(text: &str) -> Result<Bytes, BytesError> {
        let bytes = quantity(text, &SIZES).or_else(|| quantity(text, &DECIMAL_SIZES));
        bytes.map(Bytes).ok_or_else(|| BytesError(text.to_owned()))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { f.write_str("0B") } else { write_exactly(f, self.0, &SIZES) }
    }
}

/// `64MiB` as 64 × the unit; `None` where the text is something else or too large. The unit's case does not matter.
fn quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the coarsest unit that needs no fraction.
fn write_exactly(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    match units.iter().find(|(_, factor)| amount.is_multiple_of(*factor)) {
        Some((name, factor)) => write!(f, "{}{name}", amount / factor),
        None => write!(f, "{amount}"),
    }
}

#[cfg(test)]
mod tests;
