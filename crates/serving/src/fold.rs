//! Folding: where a key has several partial rows, one takes their place. Answers stay what they were.
//!
//! Publishing notes the buckets it touches in the table `unfolded`, so that folding looks at those only and takes as
//! long as there is to fold, not as long as the table is. Rows are deleted and inserted, never updated: an update would
//! rewrite whole row groups.

use crate::session::Session;
use crate::slices::{extent, slices};
use crate::{Result, cells, ledger, schema};
use duckdb::types::Value;
use model::{Granularity, LedgerRowKind, Time, TimeRange};

/// Rows of touched buckets looked at in one transaction.
const SLICE_ROWS: u64 = 1 << 19;

/// What folding did, over all tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Rows that shared their key with others.
    pub rows_before: u64,
    /// Rows that took their place.
    pub rows_after: u64,
}

impl Folded {
    fn add(&mut self, other: Folded) {
        self.rows_before += other.rows_before;
        self.rows_after += other.rows_after;
    }
}

pub(crate) fn fold(session: &Session, finished_before: Time) -> Result<Folded> {
    let mut folded = Folded::default();
    for granularity in Granularity::ALL {
        folded.add(fold_rollups(session, granularity, finished_before)?);
    }
    folded.add(session.transaction(|| fold_ledger(session, finished_before))?);
    for (table, merged) in SMALL {
        folded.add(session.transaction(|| fold_small(session, table, merged))?);
    }
    Ok(folded)
}

/// Each slice is a transaction of its own, so that publishing waits for a slice at most.
fn fold_rollups(session: &Session, granularity: Granularity, finished_before: Time) -> Result<Folded> {
    let mut folded = Folded::default();
    let Some(range) = unfolded_range(session, granularity, finished_before)? else { return Ok(folded) };
    let touched = touched(granularity);
    let count = format!(
        "SELECT count(*) FROM {table} WHERE bucket >= ? AND bucket < ? AND {touched}",
        table = schema::table(granularity)
    );
    let rows = |range: TimeRange| session.count(&count, bounds(range));
    slices(granularity, range, SLICE_ROWS, &rows, &mut |range| {
        folded.add(session.transaction(|| fold_slice(session, granularity, range))?);
        Ok(())
    })?;
    Ok(folded)
}

/// From the first to the last bucket that may be folded.
fn unfolded_range(session: &Session, granularity: Granularity, finished_before: Time) -> Result<Option<TimeRange>> {
    let end = match granularity {
        Granularity::Minute | Granularity::Hour => granularity.floor(finished_before),
        Granularity::Day | Granularity::Month | Granularity::Year => Time::MAX,
    };
    let unfolded = format!("FROM unfolded WHERE granularity = '{granularity}' AND bucket < ?");
    extent(session, granularity, &unfolded, [schema::timestamp(end)])
}

fn touched(granularity: Granularity) -> String {
    format!("bucket IN (SELECT bucket FROM unfolded WHERE granularity = '{granularity}')")
}

fn bounds(range: TimeRange) -> [Value; 2] {
    [range.from, range.to].map(schema::timestamp)
}

fn fold_slice(session: &Session, granularity: Granularity, range: TimeRange) -> Result<Folded> {
    let (table, touched) = (schema::table(granularity), touched(granularity));
    session.run("CREATE OR REPLACE TEMP TABLE doubled(service VARCHAR NOT NULL, bucket TIMESTAMP NOT NULL)")?;
    let find = format!(
        "INSERT INTO doubled SELECT service, bucket FROM {table} WHERE bucket >= ? AND bucket < ? AND {touched} \
         GROUP BY service, bucket HAVING count(*) > 1"
    );
    let mut folded = Folded::default();
    if session.execute(&find, bounds(range))? > 0 {
        let doubled = "(service, bucket) IN (SELECT service, bucket FROM doubled)";
        let mut merged = Vec::new();
        folded.rows_after = cells::visit(session, granularity, range, doubled, &mut |service, bucket, rollup| {
            merged.push((service.to_owned(), bucket, *rollup));
        })?;
        let delete = format!("DELETE FROM {table} WHERE bucket >= ? AND bucket < ? AND {doubled}");
        folded.rows_before = session.execute(&delete, bounds(range))?;
        session.append(table, merged.iter().map(|(service, bucket, rollup)| cells::row(service, *bucket, rollup)))?;
    }
    let done = format!("DELETE FROM unfolded WHERE granularity = '{granularity}' AND bucket >= ? AND bucket < ?");
    session.execute(&done, bounds(range))?;
    Ok(folded)
}

fn fold_ledger(session: &Session, finished_before: Time) -> Result<Folded> {
    let doubled = r#"kind = 'counts' AND ("from", source) IN (SELECT "from", source FROM ledger
        WHERE kind = 'counts' AND "to" <= ? GROUP BY "from", source HAVING count(*) > 1)"#;
    let finished = [schema::timestamp(finished_before)];
    let merged = ledger::read(session, doubled, finished.clone())?;
    let rows_before = session.execute(&format!("DELETE FROM ledger WHERE {doubled}"), finished)?;
    let rows = merged.iter().filter_map(|row| match &row.kind {
        LedgerRowKind::Counts(counts) => Some(ledger::counts_row(row, counts)),
        LedgerRowKind::Gap { .. } | LedgerRowKind::Damage { .. } => None,
    });
    session.append("ledger", rows)?;
    Ok(Folded { rows_before, rows_after: merged.len() as u64 })
}

/// The tables whose rows only matter merged, each with the statement that merges all of it.
const SMALL: [(&str, &str); 4] = [
    (
        "services",
        "SELECT service, min(first_seen), max(last_seen), max(last_received), sum(count)::BIGINT FROM services
         GROUP BY service ORDER BY service",
    ),
    ("watermark", "SELECT journal, max(segment) FROM watermark GROUP BY journal"),
    ("versions", "SELECT max(format), max(messages), max(ledger) FROM versions"),
    ("floors", r#"SELECT granularity, max("from") FROM floors GROUP BY granularity"#),
];

fn fold_small(session: &Session, table: &str, merged: &str) -> Result<Folded> {
    session.run(&format!("CREATE OR REPLACE TEMP TABLE merged AS {merged}"))?;
    let rows = |table: &str| session.count(&format!("SELECT count(*) FROM {table}"), []);
    let (rows_before, rows_after) = (rows(table)?, rows("merged")?);
    if rows_before == rows_after {
        return Ok(Folded::default());
    }
    session.run(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM merged"))?;
    Ok(Folded { rows_before, rows_after })
}

#[cfg(test)]
mod tests;
