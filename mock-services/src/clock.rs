//! When things happen: the even beat of slots, the clock that messages carry, the pace at which they leave.
//!
//! A *slot* is one service's turn; a *round* is one slot of every service. Slots are numbered from 0 over the whole
//! run, and everything that must be repeatable is a function of that number, never of when the machine got to it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `slots` slots spread evenly over each `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    span_ns: u128,
    slots: u128,
}

impl Beat {
    /// Both must be above zero.
    #[must_use]
    pub fn new(span: Duration, slots: u64) -> Self {
        assert!(!span.is_zero() && slots > 0, "a beat needs a span and slots");
        Self { span_ns: span.as_nanos(), slots: slots.into() }
    }

    /// When the slot comes, counted from slot 0; rounded down to the nanosecond.
    #[must_use]
    pub fn at(&self, slot: u64) -> Duration {
        let ns = u128::from(slot) * self.span_ns / self.slots;
        Duration::from_nanos(ns.try_into().unwrap_or(u64::MAX))
    }

    /// Slots a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.slots as f64 * 1e9 / self.span_ns as f64
    }

    /// How many slots come before `end`, not counting one exactly at it.
    #[must_use]
    pub fn slots_before(&self, end: Duration) -> u64 {
        (end.as_nanos() * self.slots).div_ceil(self.span_ns).try_into().unwrap_or(u64::MAX)
    }

    /// How many slots have come when `elapsed` has passed: one at the very beginning.
    #[must_use]
    pub fn slots_by(&self, elapsed: Duration) -> u64 {
        self.slots_before(elapsed + Duration::from_nanos(1))
    }
}

/// Where the times in messages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock at the moment of sending.
    Wall,
    /// A first time and a beat from there: repeatable, however fast the messages really leave.
    Counted {
        /// Time of slot 0, microseconds since 1970 UTC.
        start_us: i64,
        /// Message time from slot to slot.
        beat: Beat,
    },
}

/// How fast slots are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One after the other, as fast as possible.
    Unpaced,
    /// Evenly, against the monotonic clock.
    Beat(Beat),
}

/// What a slot's message is told about time.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Number of the slot.
    pub slot: u64,
    /// The time it carries, microseconds since 1970 UTC.
    pub time_us: i64,
    /// How far into the run it is on the message clock; incidents go by this.
    pub elapsed: Duration,
}

impl Clock {
    /// The moment of a slot; `elapsed` is how long the run has really taken, used only where nothing counts.
    #[must_use]
    pub fn moment(&self, slot: u64, pace: Pace, elapsed: Duration) -> Moment {
        match (self, pace) {
            (Self::Counted { start_us, beat }, _) => {
                let elapsed = beat.at(slot);
                Moment { slot, time_us: start_us.saturating_add(micros(elapsed)), elapsed }
            }
            (Self::Wall, Pace::Beat(beat)) => Moment { slot, time_us: now_us(), elapsed: beat.at(slot) },
            (Self::Wall, Pace::Unpaced) => Moment { slot, time_us: now_us(), elapsed },
        }
    }
}

/// Whole microseconds of a span.
#[must_use]
pub fn micros(span: Duration) -> i64 {
    span.as_micros().try_into().unwrap_or(i64::MAX)
}

/// The machine's clock, microseconds since 1970 UTC.
#[must_use]
pub fn now_us() -> i64 {
    micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_fall_evenly_and_are_counted_by_the_same_rule() {
        let beat = Beat::new(Duration::from_secs(1), 3);
        assert_eq!(beat.at(0), Duration::ZERO);
        assert_eq!(beat.at(1), Duration::from_nanos(333_333_333));
        assert_eq!(beat.at(6), Duration::from_secs(2));
        assert_eq!(beat.slots_by(Duration::ZERO), 1);
        assert_eq!(beat.slots_before(Duration::from_secs(2)), 6);
        assert_eq!(beat.slots_by(Duration::from_secs(2)), 7);
    }

    #[test]
    fn a_counted_clock_does_not_care_how_long_the_run_takes() {
        let beat = Beat::new(Duration::from_secs(60), 2);
        let clock = Clock::Counted { start_us: 1_000_000, beat };
        for pace in [Pace::Unpaced, Pace::Beat(Beat::new(Duration::from_secs(1), 100))] {
            let moment = clock.moment(3, pace, Duration::from_secs(7));
            assert_eq!((moment.time_us, moment.elapsed), (91_000_000, Duration::from_secs(90)));
        }
    }
}
