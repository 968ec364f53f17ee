//! Half-open time ranges and their split into the coarsest calendar buckets that fit.

use crate::{Granularity, Time};
use std::time::Duration;

/// `from ≤ t < to`, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeRange {
    pub from: Time,
    pub to: Time,
}

/// A range that holds no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the range from {from} to {to} is empty; --from must be before --to")]
pub struct EmptyRange {
    pub from: Time,
    pub to: Time,
}

impl TimeRange {
    pub fn new(from: Time, to: Time) -> Result<TimeRange, EmptyRange> {
        if from < to { Ok(TimeRange { from, to }) } else { Err(EmptyRange { from, to }) }
    }

    pub fn contains(&self, time: Time) -> bool {
        self.from <= time && time < self.to
    }

    /// The part both ranges hold.
    pub fn intersect(&self, other: &TimeRange) -> Option<TimeRange> {
        TimeRange::new(self.from.max(other.from), self.to.min(other.to)).ok()
    }

    /// Cuts the range into whole buckets, none coarser than `coarsest`, and edges finer than a minute.
    ///
    /// The pieces are disjoint, in order of time within their kind, and together exactly the range: at most two spans of
    /// each granularity but the coarsest, one of that, and two edges.
    pub fn split(&self, coarsest: Granularity) -> Split {
        let mut split = Split::default();
        cut(*self, Some(coarsest), &mut split);
        split.spans.sort_by_key(|span| span.range.from);
        split.edges.sort_by_key(|edge| edge.from);
        split
    }
}

/// A range in the words of who asks: two ends of which either may be left open, or the last so long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RangeWords {
    pub from: Option<Time>,
    pub to: Option<Time>,
    /// Goes before the other two.
    pub last: Option<Duration>,
}

impl RangeWords {
    /// What no words mean to those who look at what is going on: the last hour.
    pub const USUAL: Duration = Duration::from_secs(3600);

    /// The range at the time `now`; `None` when nothing was said. An open end is the end of the current minute, an open
    /// beginning that of the calendar; the last so long begins with the minute that long ago.
    pub fn resolve(&self, now: Time) -> Result<Option<TimeRange>, EmptyRange> {
        let end = Granularity::Minute.next(Granularity::Minute.floor(now));
        let range = match (self.last, self.from, self.to) {
            (Some(last), ..) => TimeRange::new(Granularity::Minute.floor(now.saturating_sub(last)), end),
            (None, None, None) => return Ok(None),
            (None, from, to) => TimeRange::new(from.unwrap_or(Time::MIN), to.unwrap_or(end)),
        };
        range.map(Some)
    }

    /// The same, where nothing said means [`RangeWords::USUAL`].
    pub fn resolve_or_usual(&self, now: Time) -> Result<TimeRange, EmptyRange> {
        let usual = RangeWords { last: Some(RangeWords::USUAL), ..RangeWords::default() };
        match self.resolve(now)? {
            Some(range) => Ok(range),
            None => usual.resolve(now).map(|range| range.expect("a length was given")),
        }
    }
}

/// A run of whole buckets of one granularity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub granularity: Granularity,
    /// Starts and ends at bucket boundaries.
    pub range: TimeRange,
}

/// A range as whole buckets and the edges that are finer than a minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    pub spans: Vec<Span>,
    /// Answered from raw messages.
    pub edges: Vec<TimeRange>,
}

fn cut(range: TimeRange, granularity: Option<Granularity>, split: &mut Split) {
    let Some(granularity) = granularity else {
        split.edges.push(range);
        return;
    };
    let (first, end) = (granularity.ceil(range.from), granularity.floor(range.to));
    let Ok(whole) = TimeRange::new(first, end) else {
        cut(range, granularity.finer(), split);
        return;
    };
    split.spans.push(Span { granularity, range: whole });
    let outside = [TimeRange::new(range.from, first), TimeRange::new(end, range.to)];
    outside.into_iter().flatten().for_each(|edge| cut(edge, granularity.finer(), split));
}

#[cfg(test)]
mod tests;
