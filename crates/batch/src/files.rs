//! Writing data files: zstd Parquet, on disk before anyone hears of it. A file that no commit names in the end is an
//! orphan, and harmless. Parquet would pass over a flipped bit in silence, so a file's name ends in the checksum of its
//! bytes, and [`check`] comes before every reading.

use crate::durable::{self, Existing, Staged};
use crate::sort::{self, Row};
use crate::{Error, Result, columns};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use model::{Messages, Time};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// Rows are handed to the Parquet writer in batches of this many, so that a text column of the largest messages stays
/// below the 2 GiB that Arrow's offsets reach.
const BATCH_ROWS: usize = 16_384;

/// Small enough to skip by service and time, large enough to compress.
const ROW_GROUP_ROWS: usize = 131_072;

/// A data file that is on disk and that no commit names yet.
#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    /// Relative to the table's folder.
    pub(crate) path: String,
    /// The partition, as in the folder's name.
    pub(crate) day: Option<String>,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// Delta's statistics of the file, as JSON.
    pub(crate) stats: Value,
}

/// Writes the messages into new files of `table`, one per day; the files come in the order of their days.
pub(crate) fn write_messages(table: &Path, batches: &[&Messages]) -> Result<Vec<NewFile>> {
    let rows = sort::sorted(batches);
    let days = sort::days(&rows);
    create_day_folders(table, &days)?;
    days.into_par_iter().map(|rows| write_day(table, rows, batches)).collect()
}

fn create_day_folders(table: &Path, days: &[&[Row]]) -> Result<()> {
    let folders: BTreeSet<String> = days.iter().map(|rows| day_folder(&day(rows))).collect();
    folders.iter().try_for_each(|folder| {
        let folder = table.join(folder);
        durable::create_folder(&folder).map_err(Error::io(&folder))
    })
}

fn day(rows: &[Row]) -> String {
    let start = rows.first().map_or(0, Row::day_start);
    Time::from_micros(start).to_chrono().format("%Y-%m-%d").to_string()
}

fn day_folder(day: &str) -> String {
    format!("{}={day}", columns::DAY)
}

fn write_day(table: &Path, rows: &[Row], batches: &[&Messages]) -> Result<NewFile> {
    let day = day(rows);
    let parts = rows.chunks(BATCH_ROWS).map(|rows| columns::encode(rows, batches));
    let folder = day_folder(&day);
    let (name, bytes) = write_durably(&table.join(&folder), columns::schema(), message_properties(), parts)?;
    let path = format!("{folder}/{name}");
    Ok(NewFile { path, day: Some(day), rows: rows.len() as u64, bytes, stats: message_stats(rows, batches) })
}

/// Returns the name of the new file in the folder, and its size in bytes.
pub(crate) fn write_durably(
    folder: &Path,
    schema: SchemaRef,
    properties: WriterProperties,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<(String, u64)> {
    let unique = uuid::Uuid::new_v4();
    let path = folder.join(format!("{unique}{SUFFIX}"));
    let staged = Staged::create(&path).map_err(Error::io(&path))?;
    let mut summed = Summed { file: staged.file(), checksum: crc32fast::Hasher::new() };
    write(&path, &mut summed, schema, properties, batches)?;
    let name = format!("{unique}-{:08x}{SUFFIX}", summed.checksum.finalize());
    let path = folder.join(&name);
    let bytes = staged.named(&path).finish(Existing::Replace).map_err(Error::io(&path))?;
    Ok((name, bytes))
}

const SUFFIX: &str = ".parquet";

/// Adds up the checksum of what is written.
struct Summed<'a> {
    file: &'a File,
    checksum: crc32fast::Hasher,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.checksum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// That the file is there and as it was written; of a name without a checksum only that it is there.
pub fn check(path: &Path) -> Result<()> {
    let damaged = |problem: &str| Error::Damaged { path: path.to_owned(), problem: problem.to_owned() };
    if !path.is_file() {
        return Err(damaged("is missing"));
    }
    let Some(expected) = checksum_in(path) else { return Ok(()) };
    match checksum(path).map_err(Error::io(path))? == expected {
        true => Ok(()),
        false => Err(damaged("fails its checksum")),
    }
}

pub(crate) fn checksum(path: &Path) -> std::io::Result<u32> {
    let mut file = File::open(path)?;
    let mut checksum = crc32fast::Hasher::new();
    let mut buffer = vec![0; CHECK_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(checksum.finalize()),
            read => checksum.update(&buffer[..read]),
        }
    }
}

/// Read at once when a file is checked.
const CHECK_BYTES: usize = 1 << 20;

/// Eight hexadecimal digits behind a UUID's 36 letters and a dash; files of earlier versions have none.
fn checksum_in(path: &Path) -> Option<u32> {
    let stem = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?;
    let digits = stem.get(36..)?.strip_prefix('-').filter(|digits| digits.len() == 8)?;
    u32::from_str_radix(digits, 16).ok()
}

pub(crate) fn write(
    path: &Path,
    file: impl Write + Send,
    schema: SchemaRef,
    properties: WriterProperties,
    mut batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<()> {
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(Error::write(path))?;
    batches.try_for_each(|batch| writer.write(&batch?).map_err(Error::write(path)))?;
    writer.close().map_err(Error::write(path)).map(drop)
}

pub(crate) fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
}

fn message_properties() -> WriterProperties {
    let place = |name| columns::schema().index_of(name).map_or(0, |place| place as i32);
    let ascending = |name| SortingColumn { column_idx: place(name), descending: false, nulls_first: false };
    let sorting = vec![ascending("service"), ascending("time")];
    // times grow by near-equal steps: deltas take a few bits where a dictionary would hold every value
    ["time", "received"]
        .into_iter()
        .map(ColumnPath::from)
        .fold(properties(), |properties, column| {
            properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
        })
        .set_sorting_columns(Some(sorting))
        .build()
}

fn message_stats(rows: &[Row], batches: &[&Messages]) -> Value {
    let service = |row: Option<&Row>| row.and_then(|row| batches[row.batch()].service.get(row.row()));
    let times = || rows.iter().map(Row::time);
    let (earliest, latest) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    json!({
        "numRecords": rows.len(),
        "minValues": {"service": service(rows.first()), "time": stats_floor(earliest)},
        "maxValues": {"service": service(rows.last()), "time": stats_ceil(latest)},
        "nullCount": {"service": 0, "time": 0},
    })
}

/// Delta's statistics hold milliseconds; a bound must not lie inside what it bounds.
pub(crate) fn stats_floor(micros: i64) -> String {
    Time::from_micros(micros - micros.rem_euclid(1000)).to_string()
}

pub(crate) fn stats_ceil(micros: i64) -> String {
    let up = micros + (1000 - micros.rem_euclid(1000)) % 1000;
    // the last millisecond of year 9999 has none above it; readers allow for one that was cut off
    stats_floor(up.min(Time::MAX.as_micros()))
}
