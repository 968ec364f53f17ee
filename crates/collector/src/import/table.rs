//! A Parquet file as a source: each row becomes the JSON of the wire, so that one decoder judges what comes from
//! everywhere, and a refused row has bytes that can be looked at and imported again.
//!
//! Constraints: rows are read in batches of 8,192, pages as they are needed; what is in memory is a batch, and of each
//! column a page and its dictionary. All pages are read once before anything is imported, so that a damaged file leaves
//! nothing behind.

mod columns;
mod row;

use super::cut::Piece;
use super::source::{Chunk, Places};
use crate::error::{Error, Result};
use arrow::record_batch::RecordBatch;
use columns::Columns;
use model::Time;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder as Builder;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader};
use parquet::basic::Compression;
use row::Rows;
use std::any::Any;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Rows that are read at once.
const BATCH_ROWS: usize = 8_192;

#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    columns: Columns,
    reader: ParquetRecordBatchReader,
    /// The number of the next row.
    next: u64,
    window: Vec<u8>,
    received: Vec<Option<Time>>,
}

impl Table {
    /// Finds the columns and reads all of them once. Some damage makes the reader panic instead of failing.
    pub(super) fn open(file: File, path: &Path) -> Result<Table> {
        let opened = catch_unwind(AssertUnwindSafe(|| Table::open_sound(file, path)));
        opened.unwrap_or_else(|panic| Err(damaged(path, &in_words(&*panic))))
    }

    fn open_sound(file: File, path: &Path) -> Result<Table> {
        // without the writer's own Arrow schema every text is a plain one, whoever wrote it
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(|error| damaged(path, &error))?;
        let columns = Columns::find(metadata.schema(), path)?;
        let reader = reader(&file, &metadata, &columns, 0, path)?;
        let (window, received) = (Vec::new(), Vec::new());
        let mut table = Table { path: path.to_owned(), file, metadata, columns, reader, next: 0, window, received };
        if table.rows() == 0 {
            return Err(Error::Empty { path: path.to_owned() });
        }
        table.check()?;
        table.seek(0)?;
        Ok(table)
    }

    pub(super) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    pub(super) fn left_out(&self) -> &[String] {
        self.columns.left_out()
    }

    fn check(&mut self) -> Result<()> {
        while let Some(batch) = self.batch()? {
            Rows::of(&batch, &self.columns, &self.path)?;
            self.next += batch.num_rows() as u64;
        }
        if self.next == self.rows() { Ok(()) } else { Err(damaged(&self.path, &"rows are missing")) }
    }

    pub(super) fn seek(&mut self, row: u64) -> Result<()> {
        self.reader = reader(&self.file, &self.metadata, &self.columns, row, &self.path)?;
        self.next = row;
        Ok(())
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        self.reader.next().transpose().map_err(|error| damaged(&self.path, &error))
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk<'_>>> {
        let Some(batch) = self.batch()? else { return Ok(None) };
        let rows = Rows::of(&batch, &self.columns, &self.path)?;
        self.window.clear();
        self.received.clear();
        let mut pieces = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let start = self.window.len();
            rows.write(row, &mut self.window);
            pieces.push(Piece { bytes: start..self.window.len(), ended: true });
            self.received.push(rows.received(row));
        }
        let places = Places::Rows(self.next);
        self.next += batch.num_rows() as u64;
        Ok(Some(Chunk { window: &self.window, pieces, received: &self.received, places }))
    }
}

fn reader(
    file: &File,
    metadata: &ArrowReaderMetadata,
    columns: &Columns,
    row: u64,
    path: &Path,
) -> Result<ParquetRecordBatchReader> {
    let projection = ProjectionMask::roots(metadata.parquet_schema(), columns.roots());
    for group in metadata.metadata().row_groups() {
        for (leaf, column) in group.columns().iter().enumerate() {
            let readable =
                matches!(column.compression(), Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_));
            if projection.leaf_included(leaf) && !readable {
                let codec = column.compression().to_string();
                return Err(Error::Codec { path: path.to_owned(), codec });
            }
        }
    }
    let file = file.try_clone().map_err(crate::error::at(path))?;
    let builder = Builder::new_with_metadata(file, metadata.clone()).with_projection(projection);
    let builder = builder.with_batch_size(BATCH_ROWS).with_offset(usize::try_from(row).unwrap_or(usize::MAX));
    builder.build().map_err(|error| damaged(path, &error))
}

fn in_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("what it says of itself makes no sense")
}

fn damaged(path: &Path, problem: &dyn std::fmt::Display) -> Error {
    Error::Damaged { path: path.to_owned(), problem: problem.to_string() }
}
