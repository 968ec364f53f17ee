//! One publication: what the commits of the master dataset add to the views, and the watermark they move, in one
//! transaction. Only inserts: on 43 million rows merging 2,000 late keys in place takes 6 s, inserting them 5 ms.

use crate::input::{read_parquet, time};
use crate::session::Session;
use crate::slices::{extent, slices};
use crate::{Result, Versions, schema, state};
use duckdb::types::Value;
use model::{Granularity, JournalId, Marks, Time, TimeRange};
use std::path::PathBuf;

/// Partial rows sorted at once.
const SLICE_ROWS: u64 = 1 << 20;

/// What one transaction adds. The columns of the files are drawn in `docs/format/views.md`.
#[derive(Clone, Debug, Default)]
pub struct Publication {
    /// Parquet files of partial rollups; several per granularity, and several partials per key, are fine.
    pub rollups: Vec<(Granularity, PathBuf)>,
    /// Parquet files of service, first_seen, last_seen, last_received, count.
    pub services: Vec<PathBuf>,
    /// Parquet files of the master dataset's ledger table.
    pub ledger: Vec<PathBuf>,
    pub segments: Vec<PublishedSegment>,
    /// The journals whose mark moves; it never moves back.
    pub watermark: Marks,
    pub versions: Versions,
}

/// A segment of a journal whose messages are in the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedSegment {
    pub journal: JournalId,
    pub segment: u64,
    /// How many messages of it are in the views.
    pub messages: u64,
    /// Some of its frames were unreadable.
    pub damaged: bool,
}

pub(crate) fn publish(session: &Session, publication: &Publication) -> Result<()> {
    session.transaction(|| {
        state::check_order(state::versions(session)?, publication.versions)?;
        Granularity::ALL.into_iter().try_for_each(|granularity| insert_rollups(session, granularity, publication))?;
        insert_from(session, &publication.services.iter().collect::<Vec<_>>(), insert_services)?;
        insert_from(session, &publication.ledger.iter().collect::<Vec<_>>(), insert_ledger)?;
        session.append("published", publication.segments.iter().map(PublishedSegment::row))?;
        state::record_watermark(session, &publication.watermark)?;
        state::record_versions(session, publication.versions)
    })
}

fn insert_rollups(session: &Session, granularity: Granularity, publication: &Publication) -> Result<()> {
    let of_granularity = publication.rollups.iter().filter(|(of, _)| *of == granularity);
    let files: Vec<&PathBuf> = of_granularity.map(|(_, file)| file).collect();
    if files.is_empty() {
        return Ok(());
    }
    let source = read_parquet(&files)?;
    insert_partials(session, granularity, &source)?;
    session.run(&insert_unfolded(granularity, &source))
}

/// Sorted by time, so that a range of a large table is found by the minima and maxima of its row groups; slice by slice,
/// since sorting all of a long import at once spills to disk.
fn insert_partials(session: &Session, granularity: Granularity, source: &str) -> Result<()> {
    let within = |range: TimeRange| [range.from, range.to].map(Time::as_micros);
    let count = format!("SELECT count(*) FROM {source} WHERE {BUCKET_WITHIN}");
    let insert = insert_slice(granularity, source);
    let mut inserted = 0;
    if let Some(range) = extent(session, granularity, &format!("FROM {source}"), [])? {
        slices(granularity, range, SLICE_ROWS, &|range| session.count(&count, within(range)), &mut |range| {
            inserted += session.execute(&insert, within(range))?;
            Ok(())
        })?;
    }
    let offered = session.count(&format!("SELECT count(*) FROM {source}"), [])?;
    if inserted == offered { Ok(()) } else { Err(session.refused("partial rollups have no bucket")) }
}

/// By integers, for the reason [`time`] converts by them.
const BUCKET_WITHIN: &str = "epoch_us(bucket) >= ? AND epoch_us(bucket) < ?";

fn insert_slice(granularity: Granularity, source: &str) -> String {
    let table = schema::table(granularity);
    let series = schema::rollup_columns(|s| format!("{s}_sum, {s}_min, {s}_max, {}", time(&format!("{s}_max_at"))));
    let bucket = time("bucket");
    format!(
        "INSERT INTO {table} SELECT service, {bucket}, count, {series} FROM {source} WHERE {BUCKET_WITHIN} \
         ORDER BY {bucket}, service"
    )
}

fn insert_from(session: &Session, files: &[&PathBuf], sql: impl Fn(&str) -> String) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    session.run(&sql(&read_parquet(files)?))
}

fn insert_unfolded(granularity: Granularity, source: &str) -> String {
    let (table, bucket) = (schema::table(granularity), time("bucket"));
    format!("INSERT INTO unfolded SELECT DISTINCT '{table}', {bucket} FROM {source}")
}

fn insert_services(source: &str) -> String {
    let times = ["first_seen", "last_seen", "last_received"].map(time).join(", ");
    format!("INSERT INTO services SELECT service, {times}, count FROM {source}")
}

fn insert_ledger(source: &str) -> String {
    let (from, to) = (time("\"from\""), time("\"to\""));
    format!(
        "INSERT INTO ledger SELECT kind, source, {from}, {to}, segment, damaged_journal, clean, accepted, duplicate, \
         shed, kernel_dropped, rejected FROM {source}"
    )
}

impl PublishedSegment {
    fn row(&self) -> [Value; 4] {
        [
            Value::Text(self.journal.to_string()),
            Value::UBigInt(self.segment),
            Value::UBigInt(self.messages),
            Value::Boolean(self.damaged),
        ]
    }
}

#[cfg(test)]
mod tests;
