//! Table `ledger`: what became of everything that arrived, one row per journal, segment, source and minute, beside rows
//! for gaps and damage. Every row names the segment it was sealed from, so that whoever takes rows takes those of the
//! segments it wants, exactly.

mod columns;

use crate::files::{self, NewFile, stats_ceil, stats_floor};
use crate::{Error, Result};
use arrow::array::RecordBatch;
pub(crate) use columns::delta_fields;
use columns::{decode, encode, schema};
use model::{Counts, JournalId, LedgerRow, LedgerRowKind, Marks, Time};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

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
    let mut writer = ArrowWriter::try_new(file, schema(), Some(properties)).map_err(Error::write(out))?;
    let mut written = 0;
    for path in files {
        for_each_batch(path, &mut |batch| {
            let mut rows = decode(batch, path)?;
            rows.retain(|row| wanted(row, above, up_to));
            written += rows.len() as u64;
            writer.write(&encode(&rows)?).map_err(Error::write(out))
        })?;
    }
    writer.close().map_err(Error::write(out))?;
    Ok(written)
}

fn wanted(row: &SealedLedgerRow, above: &Marks, up_to: &Marks) -> bool {
    let mark = |marks: &Marks| marks.get(&row.journal).copied().unwrap_or(0);
    mark(above) < row.segment && row.segment <= mark(up_to)
}

fn for_each_batch(path: &Path, take: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    files::check(path)?;
    let file = File::open(path).map_err(Error::io(path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    for batch in reader.map_err(Error::parquet(path))? {
        take(&batch.map_err(|source| Error::parquet(path)(source.into()))?)?;
    }
    Ok(())
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
    let batch = std::iter::once_with(|| encode(rows));
    let (path, bytes) = files::write_durably(table, schema(), files::properties().build(), batch)?;
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
