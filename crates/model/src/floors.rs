//! Floors: from when on messages, and the buckets of each granularity, are complete. Retention raises them and nothing
//! lowers them; a range that reaches below one is answered in the finest buckets that are left.
//!
//! Invariant: a floor lies on a boundary of the next coarser bucket, and no coarser floor lies above a finer one. So what
//! is cut off is always whole buckets of what is left, and a widened range needs no bucket that is gone.

use crate::{Granularity, Time, TimeRange};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long messages and the buckets of each granularity are kept; `None`: for ever. No finer thing is kept longer than a
/// coarser one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub raw: Option<Duration>,
    pub minute: Option<Duration>,
    pub hour: Option<Duration>,
    pub day: Option<Duration>,
    pub month: Option<Duration>,
    pub year: Option<Duration>,
}

impl Kept {
    /// Where the floors lie at a moment.
    pub fn floors(&self, now: Time) -> Floors {
        let floor = |kept: Option<Duration>, boundary: Granularity| {
            kept.map_or(Time::MIN, |kept| boundary.floor(now.saturating_sub(kept).max(Time::MIN)))
        };
        Floors {
            raw: floor(self.raw, Granularity::Day),
            minute: floor(self.minute, Granularity::Day),
            hour: floor(self.hour, Granularity::Day),
            day: floor(self.day, Granularity::Month),
            month: floor(self.month, Granularity::Year),
            year: floor(self.year, Granularity::Year),
        }
    }
}

/// From when on messages, and the buckets of each granularity, are complete; `Time::MIN`: all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floors {
    pub raw: Time,
    pub minute: Time,
    pub hour: Time,
    pub day: Time,
    pub month: Time,
    pub year: Time,
}

/// The finest that is left at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    Raw,
    Buckets(Granularity),
    Nothing,
}

impl Default for Floors {
    fn default() -> Floors {
        let min = Time::MIN;
        Floors { raw: min, minute: min, hour: min, day: min, month: min, year: min }
    }
}

impl Floors {
    pub fn of(&self, granularity: Granularity) -> Time {
        match granularity {
            Granularity::Minute => self.minute,
            Granularity::Hour => self.hour,
            Granularity::Day => self.day,
            Granularity::Month => self.month,
            Granularity::Year => self.year,
        }
    }

    pub fn set(&mut self, granularity: Granularity, floor: Time) {
        match granularity {
            Granularity::Minute => self.minute = floor,
            Granularity::Hour => self.hour = floor,
            Granularity::Day => self.day = floor,
            Granularity::Month => self.month = floor,
            Granularity::Year => self.year = floor,
        }
    }

    /// Of each the higher.
    #[must_use]
    pub fn raised_to(&self, other: &Floors) -> Floors {
        let mut raised = Floors { raw: self.raw.max(other.raw), ..*self };
        Granularity::ALL.into_iter().for_each(|of| raised.set(of, self.of(of).max(other.of(of))));
        raised
    }

    pub fn left_at(&self, at: Time) -> Left {
        if at >= self.raw {
            return Left::Raw;
        }
        let left = Granularity::ALL.into_iter().find(|granularity| at >= self.of(*granularity));
        left.map_or(Left::Nothing, Left::Buckets)
    }

    /// The range widened at either end to the finest buckets left there, and cut off where nothing is left; `None` of a
    /// range of which nothing is.
    pub fn widened(&self, range: &TimeRange) -> Option<TimeRange> {
        let from = match self.left_at(range.from) {
            Left::Raw => range.from,
            Left::Buckets(granularity) => granularity.floor(range.from),
            Left::Nothing => self.year,
        };
        let to = match self.left_at(Time::from_micros(range.to.as_micros() - 1)) {
            Left::Raw => range.to,
            Left::Buckets(granularity) => granularity.ceil(range.to),
            Left::Nothing => return None,
        };
        Some(TimeRange { from, to })
    }
}

#[cfg(test)]
mod tests;
