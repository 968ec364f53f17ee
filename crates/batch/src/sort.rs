//! The order of the master dataset: by day of the messages' own time, in a day by service and time.

use model::Messages;
use rayon::prelude::*;
use std::collections::BTreeMap;

const DAY_MICROS: i64 = 86_400_000_000;

/// Where a message lies in its batches, ordered as it will lie in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// Days since 1970.
    day: i32,
    /// The place of the service's name among all names.
    service: u32,
    time: i64,
    batch: u32,
    row: u32,
}

impl Row {
    pub(crate) fn batch(&self) -> usize {
        self.batch as usize
    }

    pub(crate) fn row(&self) -> usize {
        self.row as usize
    }

    pub(crate) fn time(&self) -> i64 {
        self.time
    }

    /// The first instant of the row's day, in microseconds since 1970.
    pub(crate) fn day_start(&self) -> i64 {
        i64::from(self.day) * DAY_MICROS
    }
}

/// All rows of the batches, in order; of equal service and time in the order of the batches, so that the same input
/// always gives the same files.
pub(crate) fn sorted(batches: &[&Messages]) -> Vec<Row> {
    let places = places(batches);
    let rows = batches.par_iter().enumerate().flat_map_iter(|(batch, messages)| {
        let places: Vec<u32> = messages.service.dictionary().iter().map(|name| places[name.as_ref()]).collect();
        messages.time.iter().zip(messages.service.rows()).enumerate().map(move |(row, (&time, &service))| Row {
            day: time.div_euclid(DAY_MICROS) as i32,
            service: places[service as usize],
            time,
            batch: batch as u32,
            row: row as u32,
        })
    });
    let mut rows: Vec<Row> = rows.collect();
    rows.par_sort_unstable();
    rows
}

/// Cuts sorted rows into days.
pub(crate) fn days(rows: &[Row]) -> Vec<&[Row]> {
    rows.chunk_by(|a, b| a.day == b.day).collect()
}

fn places<'a>(batches: &[&'a Messages]) -> BTreeMap<&'a str, u32> {
    let names = batches.iter().flat_map(|messages| messages.service.dictionary());
    let mut places: BTreeMap<&str, u32> = names.map(|name| (name.as_ref(), 0)).collect();
    places.values_mut().zip(0..).for_each(|(place, next)| *place = next);
    places
}
