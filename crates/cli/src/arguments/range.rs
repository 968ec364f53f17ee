//! The range of time a question is about.

use crate::units::Interval;
use clap::Args;
use model::range::EmptyRange;
use model::{Granularity, Time, TimeRange};

#[derive(Args, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RangeArguments {
    /// First instant: a date, a minute or RFC 3339, in UTC unless it says otherwise
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Time>,
    /// First instant that is no longer in the range
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Time>,
    /// From the start of the minute that long ago to the end of the current one
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["from", "to"])]
    pub(crate) last: Option<Interval>,
}

impl RangeArguments {
    /// The range at the time `now`; `None` when nothing was typed. An open end is the end of the current minute, an
    /// open beginning that of the calendar.
    pub(crate) fn resolve(&self, now: Time) -> Result<Option<TimeRange>, EmptyRange> {
        let end = Granularity::Minute.next(Granularity::Minute.floor(now));
        let range = match (self.last, self.from, self.to) {
            (Some(last), ..) => TimeRange::new(Granularity::Minute.floor(now.saturating_sub(last.get())), end),
            (None, None, None) => return Ok(None),
            (None, from, to) => TimeRange::new(from.unwrap_or(Time::MIN), to.unwrap_or(end)),
        };
        range.map(Some)
    }

    /// The same, where nothing typed means the `usual` length.
    pub(crate) fn resolve_or_last(&self, usual: &'static str, now: Time) -> Result<TimeRange, EmptyRange> {
        let usual = || RangeArguments { last: usual.parse().ok(), ..RangeArguments::default() };
        let typed = self.resolve(now)?.map_or_else(|| usual().resolve(now), |range| Ok(Some(range)))?;
        Ok(typed.expect("a usual length was given"))
    }
}
