//! The range of time a question is about.

use clap::Args;
use model::range::EmptyRange;
use model::units::Interval;
use model::{RangeWords, Time, TimeRange};

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
    /// The range at the time `now`; `None` when nothing was typed.
    pub(crate) fn resolve(&self, now: Time) -> Result<Option<TimeRange>, EmptyRange> {
        self.words().resolve(now)
    }

    /// The same, where nothing typed means the last hour.
    pub(crate) fn resolve_or_usual(&self, now: Time) -> Result<TimeRange, EmptyRange> {
        self.words().resolve_or_usual(now)
    }

    fn words(&self) -> RangeWords {
        RangeWords { from: self.from, to: self.to, last: self.last.map(Interval::get) }
    }
}
