//! Series over time as pictures: the mean as a line, the band from least to highest, a mark at the peak.
//!
//! Layout, in reading order: this file, what is drawn; [`ticks`]: where the axis of time is labelled; [`drawing`]: with
//! characters; [`text`]: drawn characters as lines of text; [`svg`]: as a file.

pub(crate) mod drawing;
pub(crate) mod svg;
pub(crate) mod text;
pub(crate) mod ticks;

use clap::ValueEnum;
use model::{Granularity, Time, TimeRange};
use query::answer::{Row, Series};
use std::collections::BTreeMap;

/// One of the three series that a health message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    Cpu,
    Ram,
    Disk,
}

impl Measure {
    pub(crate) const ALL: [Measure; 3] = [Measure::Cpu, Measure::Ram, Measure::Disk];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Measure::Cpu => "CPU",
            Measure::Ram => "RAM",
            Measure::Disk => "DISK",
        }
    }

    pub(crate) const fn of(self, row: &Row) -> Series {
        match self {
            Measure::Cpu => row.cpu,
            Measure::Ram => row.ram,
            Measure::Disk => row.disk,
        }
    }
}

/// A bucket, or several that lie side by side. Shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) count: u64,
    pub(crate) avg: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Point {
    /// Both together, `later` being behind.
    fn and(self, later: Point) -> Point {
        let count = self.count + later.count;
        // exact enough for a picture; numbers that are told come from one answer
        let avg = (self.avg * self.count as f64 + later.avg * later.count as f64) / count as f64;
        Point { to: later.to, count, avg, min: self.min.min(later.min), max: self.max.max(later.max), ..self }
    }

    /// The time its mean is drawn at.
    pub(crate) fn middle(&self) -> Time {
        self.from.saturating_add(self.to.since(self.from) / 2)
    }
}

/// One series of one service, in order of time, with at least one point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<Point>,
    /// All of it as one point.
    pub(crate) whole: Point,
    /// When the highest was reached, the first time.
    pub(crate) peak_at: Time,
}

impl Curve {
    /// A curve per service, by name. `rows` have buckets, in order.
    pub(crate) fn all(rows: &[Row], every: Granularity, measure: Measure) -> Vec<Curve> {
        let mut services: BTreeMap<&str, Curve> = BTreeMap::new();
        for row in rows {
            let Some(from) = row.bucket else { continue };
            let Series { avg, min, max, max_at } = measure.of(row);
            let point = Point { from, to: every.next(from), count: row.count, avg, min, max };
            match services.get_mut(row.service.as_str()) {
                Some(curve) => curve.push(point, max_at),
                None => {
                    let (name, points) = (row.service.clone(), vec![point]);
                    services.insert(&row.service, Curve { name, points, whole: point, peak_at: max_at });
                }
            }
        }
        services.into_values().collect()
    }

    fn push(&mut self, point: Point, max_at: Time) {
        if point.max > self.whole.max {
            self.peak_at = max_at;
        }
        self.whole = self.whole.and(point);
        self.points.push(point);
    }

    /// The points, those together that begin in the same of `columns` equal parts of the range.
    pub(crate) fn folded(&self, range: &TimeRange, columns: usize) -> Vec<Point> {
        let mut folded: Vec<Point> = Vec::with_capacity(self.points.len().min(columns));
        for point in &self.points {
            match folded.last_mut() {
                Some(last) if column(last.from, range, columns) == column(point.from, range, columns) => {
                    *last = last.and(*point);
                }
                _ => folded.push(*point),
            }
        }
        folded
    }
}

/// In which of `columns` equal parts of the range a time lies; times outside count as its ends.
pub(crate) fn column(time: Time, range: &TimeRange, columns: usize) -> usize {
    let share = share(time, range) * columns as f64;
    (share as usize).min(columns.saturating_sub(1))
}

/// How far into the range a time lies, from 0 to 1.
pub(crate) fn share(time: Time, range: &TimeRange) -> f64 {
    let micros = |from: Time, to: Time| to.since(from).as_micros() as f64;
    (micros(range.from, time) / micros(range.from, range.to)).min(1.0)
}

#[cfg(test)]
mod tests;
