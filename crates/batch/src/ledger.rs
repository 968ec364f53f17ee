//! Table `ledger`: what became of everything that arrived, one row per journal, segment, source and minute, beside rows
//! for gaps and damage. Every row names the segment it was sealed from, so that whoever takes rows takes those of the
//! segments it wants, exactly.

use crate::columns::{arrow_type, numbers, text, timestamps};
use crate::files::{self, NewFile, file_name, stats_ceil, stats_floor};
use crate::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use deltalake_core::kernel::{DataType, StructField};
use model::{Counts, JournalId, LedgerRow, LedgerRowKind, Marks, Time};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
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

/// A ledger row and the segment it was sealed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLedgerRow {
    pub journal: JournalId,
    pub segment: u64,
    pub row: LedgerRow,
}

/// Files of table `ledger`, and the version up to which all their rows are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerFiles {
    pub version: i64,
    /// Absolute.
    pub files: Vec<PathBuf>,
}

/// Visits the rows of segments above `above` and up to `up_to`, both by journal; returns how many they were.
pub fn read_ledger(
    files: &[PathBuf],
    above: &Marks,
    up_to: &Marks,
    visit: &mut dyn FnMut(SealedLedgerRow),
) -> Result<u64> {
    let mut visited = 0;
    read_all(files, &mut |row| {
        if wanted(&row, above, up_to) {
            visit(row);
            visited += 1;
        }
    })?;
    Ok(visited)
}

pub(crate) fn read_all(files: &[PathBuf], visit: &mut dyn FnMut(SealedLedgerRow)) -> Result<()> {
    files.iter().try_for_each(|path| {
        for_each_batch(path, &mut |batch| {
            decode(batch, path)?.into_iter().for_each(&mut *visit);
            Ok(())
        })
    })
}

/// Writes the rows of segments above `above` and up to `up_to` into one new Parquet file `out` with the columns of the
/// table; returns how many they are. The file is for handing over, it is not synced.
pub fn slice_ledger(files: &[PathBuf], above: &Marks, up_to: &Marks, out: &Path) -> Result<u64> {
    let file = File::create(out).map_err(Error::io(out))?;
    let properties = files::properties().build();
    let mut writer = ArrowWriter::try_new(file, schema(), Some(properties)).map_err(Error::parquet(out))?;
    let mut written = 0;
    for path in files {
        for_each_batch(path, &mut |batch| {
            let mut rows = decode(batch, path)?;
            rows.retain(|row| wanted(row, above, up_to));
            written += rows.len() as u64;
            writer.write(&encode(&rows)?).map_err(Error::parquet(out))
        })?;
    }
    writer.close().map_err(Error::parquet(out))?;
    Ok(written)
}

fn wanted(row: &SealedLedgerRow, above: &Marks, up_to: &Marks) -> bool {
    let mark = |marks: &Marks| marks.get(&row.journal).copied().unwrap_or(0);
    mark(above) < row.segment && row.segment <= mark(up_to)
}

fn for_each_batch(path: &Path, take: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    let file = File::open(path).map_err(Error::io(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    for batch in reader.map_err(Error::parquet(path))? {
        take(&batch.map_err(|source| Error::parquet(path)(source.into()))?)?;
    }
    Ok(())
}

pub(crate) fn delta_fields() -> Vec<StructField> {
    COLUMNS.into_iter().map(|(name, of, required)| StructField::new(name, of, !required)).collect()
}

fn schema() -> SchemaRef {
    let fields = COLUMNS.iter().map(|(name, of, required)| Field::new(*name, arrow_type(of), !required));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// In order of time, with the counts of one journal, segment, source and minute added up.
pub(crate) fn merged(rows: Vec<SealedLedgerRow>) -> Vec<SealedLedgerRow> {
    let mut counts = BTreeMap::<(Time, Time, String, JournalId, u64), Counts>::new();
    let mut merged = Vec::new();
    for SealedLedgerRow { journal, segment, row } in rows {
        match row.kind {
            LedgerRowKind::Counts(more) => {
                counts.entry((row.from, row.to, row.source, journal, segment)).or_default().merge(&more);
            }
            _ => merged.push(SealedLedgerRow { journal, segment, row }),
        }
    }
    merged.extend(counts.into_iter().map(|((from, to, source, journal, segment), counts)| SealedLedgerRow {
        journal,
        segment,
        row: LedgerRow { source, from, to, kind: LedgerRowKind::Counts(counts) },
    }));
    merged.sort_by_key(|sealed| (sealed.row.from, sealed.journal, sealed.segment));
    merged
}

/// Writes the rows into a new file of the table, if there are any.
pub(crate) fn write_rows(table: &Path, rows: &[SealedLedgerRow]) -> Result<Option<NewFile>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let path = file_name();
    let batch = std::iter::once_with(|| encode(rows));
    let bytes = files::write_durably(&table.join(&path), schema(), files::properties().build(), batch)?;
    let from = rows.iter().map(|sealed| sealed.row.from).min().unwrap_or_default();
    let to = rows.iter().map(|sealed| sealed.row.to).max().unwrap_or_default();
    let stats = json!({
        "numRecords": rows.len(),
        "minValues": {"from": stats_floor(from.as_micros())},
        "maxValues": {"to": stats_ceil(to.as_micros())},
        "nullCount": {"from": 0, "to": 0},
    });
    Ok(Some(NewFile { path, day: None, rows: rows.len() as u64, bytes, stats }))
}

fn encode(rows: &[SealedLedgerRow]) -> Result<RecordBatch> {
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

fn decode(batch: &RecordBatch, file: &Path) -> Result<Vec<SealedLedgerRow>> {
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
