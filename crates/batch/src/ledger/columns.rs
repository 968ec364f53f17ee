//! The columns of table `ledger`: their names, types and order, and rows to and from them.

use super::SealedLedgerRow;
use crate::columns::{arrow_type, numbers, text, timestamps};
use crate::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use deltalake_core::kernel::{DataType, StructField};
use model::{Counts, LedgerRow, LedgerRowKind, Time};
use std::path::Path;
use std::sync::Arc;

/// Name, type and whether every row has it.
const COLUMNS: [(&str, DataType, bool); 14] = [
    ("kind", DataType::STRING, true),
    ("journal", DataType::STRING, true),
    ("segment", DataType::LONG, true),
    ("source", DataType::STRING, true),
    ("from", DataType::TIMESTAMP, true),
    ("to", DataType::TIMESTAMP, true),
    ("accepted", DataType::LONG, false),
    ("duplicate", DataType::LONG, false),
    ("shed", DataType::LONG, false),
    ("kernel_dropped", DataType::LONG, false),
    ("rejected", DataType::STRING, false),
    ("clean", DataType::BOOLEAN, false),
    ("damaged_journal", DataType::STRING, false),
    ("damaged_segment", DataType::LONG, false),
];

pub(crate) fn delta_fields() -> Vec<StructField> {
    COLUMNS.into_iter().map(|(name, of, required)| StructField::new(name, of, !required)).collect()
}

pub(super) fn schema() -> SchemaRef {
    let fields = COLUMNS.iter().map(|(name, of, required)| Field::new(*name, arrow_type(of), !required));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

pub(super) fn encode(rows: &[SealedLedgerRow]) -> Result<RecordBatch> {
    let text = |of: &dyn Fn(&SealedLedgerRow) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(rows.iter().map(of)))
    };
    let number = |of: &dyn Fn(&SealedLedgerRow) -> Option<u64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(rows.iter().map(|row| of(row).map(|number| number as i64))))
    };
    let counted = |of: fn(&Counts) -> u64| number(&move |sealed| counts(sealed).map(of));
    let clean = rows.iter().map(|sealed| match sealed.row.kind {
        LedgerRowKind::Gap { clean } => Some(clean),
        _ => None,
    });
    let columns: Vec<ArrayRef> = vec![
        text(&|sealed| Some(kind(sealed).to_owned())),
        text(&|sealed| Some(sealed.journal.to_string())),
        number(&|sealed| Some(sealed.segment)),
        text(&|sealed| Some(sealed.row.source.clone())),
        timestamps(rows.iter().map(|sealed| sealed.row.from.as_micros())),
        timestamps(rows.iter().map(|sealed| sealed.row.to.as_micros())),
        counted(|counts| counts.accepted),
        counted(|counts| counts.duplicate),
        counted(|counts| counts.shed),
        number(&|sealed| counts(sealed).and_then(|counts| counts.kernel_dropped)),
        text(&|sealed| counts(sealed).and_then(|counts| serde_json::to_string(&counts.rejected).ok())),
        Arc::new(BooleanArray::from_iter(clean)),
        text(&|sealed| damage(sealed).map(|(journal, _)| journal.to_owned())),
        number(&|sealed| damage(sealed).map(|(_, segment)| segment)),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

fn kind(sealed: &SealedLedgerRow) -> &'static str {
    match sealed.row.kind {
        LedgerRowKind::Counts(_) => "counts",
        LedgerRowKind::Gap { .. } => "gap",
        LedgerRowKind::Damage { .. } => "damage",
    }
}

fn counts(sealed: &SealedLedgerRow) -> Option<&Counts> {
    match &sealed.row.kind {
        LedgerRowKind::Counts(counts) => Some(counts),
        _ => None,
    }
}

fn damage(sealed: &SealedLedgerRow) -> Option<(&str, u64)> {
    match &sealed.row.kind {
        LedgerRowKind::Damage { journal, segment } => Some((journal, *segment)),
        _ => None,
    }
}

pub(super) fn decode(batch: &RecordBatch, file: &Path) -> Result<Vec<SealedLedgerRow>> {
    let (kinds, journals, sources) =
        (text(batch, file, "kind")?, text(batch, file, "journal")?, text(batch, file, "source")?);
    let segments = numbers::<Int64Type>(batch, file, "segment")?;
    let time = |name| numbers::<TimestampMicrosecondType>(batch, file, name);
    let (from, to) = (time("from")?, time("to")?);
    let row = |row: usize| {
        let kind = match kinds.value(row) {
            "counts" => LedgerRowKind::Counts(decode_counts(batch, file, row)?),
            "gap" => LedgerRowKind::Gap { clean: flag(batch, file, "clean", row)? },
            "damage" => LedgerRowKind::Damage {
                journal: text(batch, file, "damaged_journal")?.value(row).to_owned(),
                segment: number(batch, file, "damaged_segment", row)?.unwrap_or(0),
            },
            other => return Err(unclear(file, format!("kind {other:?}"))),
        };
        let (from, to) = (Time::from_micros(from.value(row)), Time::from_micros(to.value(row)));
        let journal = journals.value(row).parse().map_err(|error| unclear(file, format!("journal: {error}")))?;
        let row_of = LedgerRow { source: sources.value(row).to_owned(), from, to, kind };
        Ok(SealedLedgerRow { journal, segment: segments.value(row) as u64, row: row_of })
    };
    (0..batch.num_rows()).map(row).collect()
}

fn decode_counts(batch: &RecordBatch, file: &Path, row: usize) -> Result<Counts> {
    let count = |name| Ok::<_, Error>(number(batch, file, name, row)?.unwrap_or(0));
    let rejected = serde_json::from_str(text(batch, file, "rejected")?.value(row));
    Ok(Counts {
        accepted: count("accepted")?,
        duplicate: count("duplicate")?,
        shed: count("shed")?,
        rejected: rejected.map_err(|error| unclear(file, format!("rejected: {error}")))?,
        kernel_dropped: number(batch, file, "kernel_dropped", row)?,
    })
}

fn number(batch: &RecordBatch, file: &Path, column: &'static str, row: usize) -> Result<Option<u64>> {
    let values = numbers::<Int64Type>(batch, file, column)?;
    Ok(values.is_valid(row).then(|| values.value(row) as u64))
}

fn flag(batch: &RecordBatch, file: &Path, column: &'static str, row: usize) -> Result<bool> {
    let values = batch.column_by_name(column).and_then(|values| values.as_boolean_opt());
    Ok(values.ok_or_else(|| Error::Column { path: file.to_owned(), column })?.value(row))
}

fn unclear(file: &Path, problem: String) -> Error {
    Error::LedgerRow { path: file.to_owned(), problem }
}
