//! One consistent snapshot of the views. All that is asked of it belongs to the same moment, whatever is published or
//! folded meanwhile.

use crate::session::Session;
use crate::slices::slices;
use crate::{PublishedSegment, Result, State, cells, ledger, retain, schema, state};
use duckdb::types::Value;
use model::{Floors, Granularity, HealthRollup, JournalId, LedgerRow, Span, Time, TimeRange};
use std::collections::BTreeMap;

/// Partial rows sorted and merged at once.
pub const SLICE_ROWS: u64 = 1 << 18;

/// An open read transaction. Keep it short: space freed after it began is not used again before it ends.
#[derive(Debug)]
pub struct Reading {
    session: Session,
    state: State,
}

/// What the views know of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSeen {
    pub service: String,
    /// The earliest time of its messages.
    pub first_seen: Time,
    /// The latest time of its messages.
    pub last_seen: Time,
    /// The latest time of receipt.
    pub last_received: Time,
    pub count: u64,
}

impl Reading {
    pub(crate) fn begin(session: Session) -> Result<Reading> {
        session.run("BEGIN TRANSACTION READ ONLY")?;
        // a DuckDB transaction takes its snapshot with its first read, not when it begins
        let state = state::read(&session)?;
        Ok(Reading { session, state })
    }

    pub fn state(&self) -> Result<State> {
        Ok(self.state.clone())
    }

    /// Visits each cell of the span once, partials merged, and counts them; of some services only, where `services` says
    /// so. In order of service and bucket within a slice of time, the slices in order of time; a small span is one.
    pub fn rollups(
        &self,
        span: &Span,
        services: Option<&[String]>,
        visit: &mut dyn FnMut(&str, Time, &HealthRollup),
    ) -> Result<u64> {
        let filter = self.filter(services)?;
        let rows = |range| self.count(span.granularity, range, filter);
        let mut cells = 0;
        slices(span.granularity, span.range, SLICE_ROWS, &rows, &mut |range| {
            cells += cells::visit(&self.session, span.granularity, range, filter, visit)?;
            Ok(())
        })?;
        Ok(cells)
    }

    /// Bounded pieces of the span that together hold all its cells, of some services only, where `services` says so;
    /// `more` counts what the caller adds to a piece.
    pub fn pieces(
        &self,
        span: &Span,
        services: Option<&[String]>,
        more: &dyn Fn(TimeRange) -> u64,
    ) -> Result<Vec<TimeRange>> {
        let filter = self.filter(services)?;
        let rows = |range| Ok(self.count(span.granularity, range, filter)? + more(range));
        let mut pieces = Vec::new();
        slices(span.granularity, span.range, SLICE_ROWS, &rows, &mut |piece| {
            pieces.push(piece);
            Ok(())
        })?;
        Ok(pieces)
    }

    /// Partial rows in the range, which is what reading it costs.
    fn count(&self, granularity: Granularity, range: TimeRange, filter: &str) -> Result<u64> {
        let table = schema::table(granularity);
        let count = format!("SELECT count(*) FROM {table} WHERE bucket >= ? AND bucket < ? AND {filter}");
        self.session.count(&count, [range.from, range.to].map(schema::timestamp))
    }

    /// Rows of rollups below the floors, per granularity that has any; a key may have several.
    pub fn rows_below(&self, floors: &Floors) -> Result<BTreeMap<Granularity, u64>> {
        retain::rows_below(&self.session, floors)
    }

    /// The condition on services; long lists go through a temporary table, which a read-only transaction may write.
    fn filter(&self, services: Option<&[String]>) -> Result<&'static str> {
        let Some(services) = services else { return Ok("true") };
        self.session.run("CREATE OR REPLACE TEMP TABLE asked(service VARCHAR NOT NULL)")?;
        self.session.append_temporary("asked", services.iter().map(|service| [Value::Text(service.clone())]))?;
        Ok("service IN (SELECT service FROM asked)")
    }

    /// The ledger's rows that touch the range, by time and source; counts merged to one row per (minute, source).
    pub fn ledger(&self, range: &TimeRange) -> Result<Vec<LedgerRow>> {
        // the last condition keeps rows of no length
        let filter = r#""from" < ? AND ("to" > ? OR "from" >= ?)"#;
        ledger::read(&self.session, filter, [range.to, range.from, range.from].map(schema::timestamp))
    }

    /// When the ledger begins: the start of the store's life as far as views know.
    pub fn first_ledger_time(&self) -> Result<Option<Time>> {
        let sql = r#"SELECT epoch_us(min("from")) FROM ledger"#;
        let first = self.session.rows(sql, [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(first.into_iter().flatten().next().map(Time::from_micros))
    }

    /// All services, by name.
    pub fn services(&self) -> Result<Vec<ServiceSeen>> {
        let sql = "SELECT service, epoch_us(min(first_seen)), epoch_us(max(last_seen)), epoch_us(max(last_received)),
                   sum(count)::BIGINT FROM services GROUP BY service ORDER BY service";
        self.session.rows(sql, [], |row| {
            Ok(ServiceSeen {
                service: row.get(0)?,
                first_seen: Time::from_micros(row.get(1)?),
                last_seen: Time::from_micros(row.get(2)?),
                last_received: Time::from_micros(row.get(3)?),
                count: row.get(4)?,
            })
        })
    }

    /// Runs of segments below a published one that are not published, as (journal, first, last). Where the segment behind
    /// a run is damaged and empty it stands for the run, which was lost before it could be sealed.
    pub fn gaps(&self) -> Result<Vec<(JournalId, u64, u64)>> {
        let sql = "SELECT journal, before + 1, segment - 1 FROM (SELECT *, lag(segment, 1, 0) OVER (PARTITION BY journal \
                   ORDER BY segment) AS before FROM published) WHERE segment > before + 1 AND NOT (damaged AND messages = 0)";
        let rows = self.session.rows(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
        let gap =
            |(journal, first, last): (String, u64, u64)| Ok((state::journal_id(&self.session, &journal)?, first, last));
        rows.into_iter().map(gap).collect()
    }

    /// All published segments, by journal and number.
    pub fn segments(&self) -> Result<Vec<PublishedSegment>> {
        let sql = "SELECT journal, segment, messages, damaged FROM published ORDER BY journal, segment";
        let rows =
            self.session.rows(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let segment = |(journal, segment, messages, damaged): (String, u64, u64, bool)| {
            Ok(PublishedSegment { journal: state::journal_id(&self.session, &journal)?, segment, messages, damaged })
        };
        rows.into_iter().map(segment).collect()
    }
}

#[cfg(test)]
mod tests;
