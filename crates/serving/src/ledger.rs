//! Rows of the ledger table, to and from [`LedgerRow`]. Counts of one (minute, source) may lie in several rows;
//! [`model::Counts::merge`] makes them one, so that unknown drops stay unknown.

use crate::session::Session;
use crate::{Result, schema};
use duckdb::Params;
use duckdb::arrow::array::{Array, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use duckdb::arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use duckdb::types::Value;
use model::{Counts, LedgerRow, LedgerRowKind, Time};

/// The rows `filter` lets through, by time and source, counts merged.
pub(crate) fn read(session: &Session, filter: &str, params: impl Params) -> Result<Vec<LedgerRow>> {
    let sql = format!(
        r#"SELECT kind, source, "from", "to", segment, damaged_journal, clean, accepted, duplicate, shed,
           kernel_dropped, rejected FROM ledger WHERE {filter} ORDER BY "from", source, kind"#
    );
    let mut rows = Vec::new();
    session.batches(&sql, params, |batch| {
        let columns = Columns::of(batch).ok_or_else(|| session.damaged("table ledger has other columns"))?;
        for row in 0..batch.num_rows() {
            let row = columns.row(row).ok_or_else(|| session.damaged("a row of the ledger is malformed"))?;
            push(&mut rows, row);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// The order of reading puts counts of one (minute, source) side by side.
fn push(rows: &mut Vec<LedgerRow>, next: LedgerRow) {
    if let (LedgerRowKind::Counts(counts), Some(last)) = (&next.kind, rows.last_mut())
        && (last.from, &last.source) == (next.from, &next.source)
        && let LedgerRowKind::Counts(merged) = &mut last.kind
    {
        merged.merge(counts);
    } else {
        rows.push(next);
    }
}

struct Columns<'a> {
    kind: &'a StringArray,
    source: &'a StringArray,
    /// In microseconds: from, to.
    times: [&'a [i64]; 2],
    segment: &'a Int64Array,
    damaged_journal: &'a StringArray,
    clean: &'a BooleanArray,
    accepted: &'a Int64Array,
    duplicate: &'a Int64Array,
    shed: &'a Int64Array,
    kernel_dropped: &'a Int64Array,
    rejected: &'a StringArray,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Columns<'a>> {
        let text = |i: usize| batch.column(i).as_string_opt::<i32>();
        let number = |i: usize| batch.column(i).as_primitive_opt::<Int64Type>();
        let time = |i: usize| Some(&batch.column(i).as_primitive_opt::<TimestampMicrosecondType>()?.values()[..]);
        Some(Columns {
            kind: text(0)?,
            source: text(1)?,
            times: [time(2)?, time(3)?],
            segment: number(4)?,
            damaged_journal: text(5)?,
            clean: batch.column(6).as_boolean_opt()?,
            accepted: number(7)?,
            duplicate: number(8)?,
            shed: number(9)?,
            kernel_dropped: number(10)?,
            rejected: text(11)?,
        })
    }

    fn row(&self, row: usize) -> Option<LedgerRow> {
        let kind = match self.kind.value(row) {
            "counts" => LedgerRowKind::Counts(self.counts(row)?),
            "gap" => LedgerRowKind::Gap { clean: self.clean.is_valid(row).then(|| self.clean.value(row))? },
            "damage" => LedgerRowKind::Damage {
                journal: text(self.damaged_journal, row)?.to_owned(),
                segment: number(self.segment, row)?,
            },
            _ => return None,
        };
        let [from, to] = self.times.map(|times| Time::from_micros(times[row]));
        Some(LedgerRow { source: self.source.value(row).to_owned(), from, to, kind })
    }

    fn counts(&self, row: usize) -> Option<Counts> {
        let rejected = text(self.rejected, row).map(serde_json::from_str).transpose().ok()?;
        let dropped = self.kernel_dropped.is_valid(row).then(|| number(self.kernel_dropped, row));
        Some(Counts {
            accepted: number(self.accepted, row)?,
            duplicate: number(self.duplicate, row)?,
            shed: number(self.shed, row)?,
            rejected: rejected.unwrap_or_default(),
            kernel_dropped: match dropped {
                Some(known) => Some(known?),
                None => None,
            },
        })
    }
}

fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

fn number(column: &Int64Array, row: usize) -> Option<u64> {
    column.is_valid(row).then(|| column.value(row)).and_then(|value| u64::try_from(value).ok())
}

/// Merged counts as a row of the table.
pub(crate) fn counts_row(row: &LedgerRow, counts: &Counts) -> Vec<Value> {
    let rejected = serde_json::to_string(&counts.rejected).expect("a map of names and numbers is JSON");
    vec![
        Value::Text("counts".to_owned()),
        Value::Text(row.source.clone()),
        schema::timestamp(row.from),
        schema::timestamp(row.to),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::UBigInt(counts.accepted),
        Value::UBigInt(counts.duplicate),
        Value::UBigInt(counts.shed),
        counts.kernel_dropped.map_or(Value::Null, Value::UBigInt),
        Value::Text(rejected),
    ]
}

#[cfg(test)]
mod tests;
