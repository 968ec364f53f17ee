//! The range of time that a request is about.

use super::{Problem, Text, TimeRange, given};
use model::units::Interval;
use model::{Clock, RangeWords, SystemClock, Time, decode};
use serde::Deserialize;
use utoipa::IntoParams;

/// From and to, or the last so long. Without any: what the route says.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Range {
    /// First instant: RFC 3339, a date or a minute in UTC, or a whole number since 1970 in seconds, milliseconds, microseconds
    /// or nanoseconds, told apart by magnitude. Left out beside `to`: the beginning of the calendar.
    #[param(inline, value_type = Option<crate::shapes::AskedTime>, example = "2026-11-21T12:00:00Z")]
    from: Option<Text>,
    /// First instant that is no longer in the range. Left out beside `from`: the end of the current minute.
    #[param(inline, value_type = Option<crate::shapes::AskedTime>, example = "2026-11-21T13:00:00Z")]
    to: Option<Text>,
    /// Instead of `from` and `to`: from the start of the minute that long ago to the end of the current one. A whole
    /// number and a unit of `ms`, `s`, `m`, `h`, `d`, `w`.
    #[param(value_type = Option<String>, pattern = "^[1-9][0-9]{0,3}(ms|s|m|h|d|w)$", example = "1h")]
    last: Option<Text>,
}

impl Range {
    /// The range as of now; `None` where none is given.
    pub(crate) fn resolve(&self) -> Result<Option<TimeRange>, Problem> {
        self.words()?.resolve(SystemClock.now()).map_err(empty)
    }

    /// The same, where none given means the last hour.
    pub(crate) fn resolve_or_usual(&self) -> Result<TimeRange, Problem> {
        self.words()?.resolve_or_usual(SystemClock.now()).map_err(empty)
    }

    fn words(&self) -> Result<RangeWords, Problem> {
        let time = |name, text: Option<&Text>| text.map(|text| time(name, text)).transpose();
        let (from, to) = (time("from", self.from.as_ref())?, time("to", self.to.as_ref())?);
        let last = given::<Interval>("last", self.last.as_ref())?.map(Interval::get);
        if last.is_some() && (from.is_some() || to.is_some()) {
            return Err(Problem::unprocessable("last stands alone; give it, or from and to"));
        }
        Ok(RangeWords { from, to, last })
    }
}

fn empty(error: model::range::EmptyRange) -> Problem {
    let (from, to) = (error.from, error.to);
    Problem::unprocessable(format!("the range from {from} to {to} is empty; from must be before to"))
}

/// Fewer digits could be a year.
const DIGITS_MIN: usize = 9;

fn time(name: &str, text: &str) -> Result<Time, Problem> {
    let parsed = text.parse::<Time>();
    let is_number = text.len() >= DIGITS_MIN && text.parse::<i64>().is_ok_and(|number| number > 0);
    let counted = || if is_number { decode::unix_time(text).ok() } else { None };
    parsed.or_else(|error| counted().ok_or(error)).map_err(|error| {
        let hint = if text.contains(' ') { "; a plus sign is written %2B here" } else { "" };
        Problem::bad_request(format!("{name}: {error}, or seconds since 1970{hint}"))
    })
}
