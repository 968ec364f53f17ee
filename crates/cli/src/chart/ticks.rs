//! Where the axis of time is labelled: at round times in UTC, never more than fit.

use crate::chart::column;
use model::{Granularity, Time, TimeRange};

/// A labelled time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) at: Time,
    pub(crate) label: String,
}

/// Distances that divide a day, and whole days, in minutes.
const MINUTES: [i64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 5 * 1440, 7 * 1440, 14 * 1440];
/// In months; years beyond them go by their number.
const MONTHS: [i64; 3] = [1, 3, 6];
const YEARS: [i64; 9] = [1, 2, 5, 10, 25, 100, 500, 1000, 5000];
const MINUTE_MICROS: i64 = 60_000_000;
const DAY_MINUTES: i64 = 1440;

/// The closest ticks of which there are at most `most`, which is at least 1.
pub(crate) fn ticks(range: &TimeRange, most: usize) -> Vec<Tick> {
    let by_minutes = MINUTES.into_iter().map(|step| every_minutes(range, step, most));
    let by_months = MONTHS.into_iter().map(|step| every_bucket(range, Granularity::Month, "%m", step, most));
    let by_years = YEARS.into_iter().map(|step| every_bucket(range, Granularity::Year, "%Y", step, most));
    by_minutes.chain(by_months).chain(by_years).flatten().next().unwrap_or_default()
}

/// `None` where there are more than `most`.
fn every_minutes(range: &TimeRange, step: i64, most: usize) -> Option<Vec<Tick>> {
    let micros = step * MINUTE_MICROS;
    let first = range.from.as_micros().div_euclid(micros) + i64::from(range.from.as_micros().rem_euclid(micros) > 0);
    let end = (range.to.as_micros() - 1).div_euclid(micros) + 1;
    if end - first > i64::try_from(most).unwrap_or(i64::MAX) {
        return None;
    }
    let times = (first..end).map(|number| Time::from_micros(number * micros));
    let label = |at: Time| {
        let midnight = at == Granularity::Day.floor(at);
        let form = if step >= DAY_MINUTES || midnight { "%m-%d" } else { "%H:%M" };
        at.to_chrono().format(form).to_string()
    };
    Some(times.map(|at| Tick { at, label: label(at) }).collect())
}

/// Months, or years, whose number is a multiple of `step`; the months of a year count from 0.
fn every_bucket(range: &TimeRange, of: Granularity, number: &str, step: i64, most: usize) -> Option<Vec<Tick>> {
    let shift = i64::from(of == Granularity::Month);
    let form = if of == Granularity::Month { "%Y-%m" } else { "%Y" };
    let mut ticks = Vec::new();
    let mut at = of.ceil(range.from);
    while at < range.to {
        let number: i64 = at.to_chrono().format(number).to_string().parse().unwrap_or_default();
        if (number - shift) % step == 0 {
            ticks.push(Tick { at, label: at.to_chrono().format(form).to_string() });
        }
        if ticks.len() > most {
            return None;
        }
        at = of.next(at);
    }
    Some(ticks)
}

/// The ticks of an axis `width` characters wide, each with the column that it stands at; labels keep a blank between
/// them and end where the axis ends.
pub(crate) fn placed(range: &TimeRange, width: usize) -> Vec<(usize, Tick)> {
    const LABEL: usize = 7;
    let mut placed: Vec<(usize, Tick)> = Vec::new();
    for tick in ticks(range, (width / (LABEL + 3)).max(1)) {
        let at = column(tick.at, range, width);
        let free = placed.last().map_or(0, |(at, before)| at + before.label.len() + 1);
        if at >= free && at + tick.label.len() <= width {
            placed.push((at, tick));
        }
    }
    placed
}
