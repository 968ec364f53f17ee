//! The columns of table `messages`: their names, types and order in Delta and in Parquet, and messages to and from them.

use crate::sort::Row;
use crate::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, StringBuilder};
use arrow::array::{ArrowPrimitiveType, PrimitiveArray, TimestampMicrosecondArray};
use arrow::datatypes::{
    DataType, Field, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use deltalake_core::kernel::{DataType as DeltaType, StructField};
use model::{Messages, TextColumn};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The partition column: the UTC day of `time`, in the folder's name only.
pub(crate) const DAY: &str = "day";

/// Name, type and whether every message has it.
const COLUMNS: [(&str, DeltaType, bool); 12] = [
    ("service", DeltaType::STRING, true),
    ("instance", DeltaType::STRING, false),
    ("time", DeltaType::TIMESTAMP, true),
    ("received", DeltaType::TIMESTAMP, true),
    ("cpu", DeltaType::DOUBLE, true),
    ("ram_total", DeltaType::DOUBLE, true),
    ("ram_free", DeltaType::DOUBLE, true),
    ("disk_total", DeltaType::DOUBLE, true),
    ("disk_free", DeltaType::DOUBLE, true),
    ("sender", DeltaType::STRING, false),
    ("sequence", DeltaType::LONG, false),
    ("extra", DeltaType::STRING, false),
];

/// Microseconds since 1970 in UTC, as Arrow says it.
pub(crate) fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

pub(crate) fn timestamps(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC"))
}

/// The Arrow type of one of the few Delta types the tables use.
pub(crate) fn arrow_type(delta: &DeltaType) -> DataType {
    match delta {
        delta if *delta == DeltaType::TIMESTAMP => timestamp(),
        delta if *delta == DeltaType::DOUBLE => DataType::Float64,
        delta if *delta == DeltaType::LONG => DataType::Int64,
        delta if *delta == DeltaType::BOOLEAN => DataType::Boolean,
        _ => DataType::Utf8,
    }
}

pub(crate) fn delta_fields() -> Vec<StructField> {
    let day = StructField::not_null(DAY, DeltaType::DATE);
    COLUMNS.into_iter().map(|(name, of, required)| StructField::new(name, of, !required)).chain([day]).collect()
}

/// The schema inside a file of messages.
pub fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = COLUMNS.iter().map(|(name, of, required)| Field::new(*name, arrow_type(of), !required));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    });
    SCHEMA.clone()
}

/// The rows, in their order, as one batch.
pub(crate) fn encode(rows: &[Row], batches: &[&Messages]) -> Result<RecordBatch> {
    let text = |column: fn(&Messages) -> &TextColumn| -> ArrayRef {
        let mut texts = StringBuilder::with_capacity(rows.len(), rows.len());
        rows.iter().for_each(|row| texts.append_option(column(batches[row.batch()]).get(row.row())));
        Arc::new(texts.finish())
    };
    let time =
        |column: fn(&Messages) -> &[i64]| timestamps(rows.iter().map(|row| column(batches[row.batch()])[row.row()]));
    let number = |column: fn(&Messages) -> &[f64]| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| column(batches[row.batch()])[row.row()])))
    };
    let sequence = Int64Array::from_iter(rows.iter().map(|row| batches[row.batch()].sequence[row.row()]));
    let columns = vec![
        text(|messages| &messages.service),
        text(|messages| &messages.instance),
        time(|messages| &messages.time),
        time(|messages| &messages.received),
        number(|messages| &messages.cpu),
        number(|messages| &messages.ram_total),
        number(|messages| &messages.ram_free),
        number(|messages| &messages.disk_total),
        number(|messages| &messages.disk_free),
        text(|messages| &messages.sender),
        Arc::new(sequence),
        text(|messages| &messages.extra),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// A batch as messages; `file` is named in the error when the columns are not those of `schema`.
pub(crate) fn decode(batch: &RecordBatch, file: &Path) -> Result<Messages> {
    let texts = |name| Ok::<_, Error>(text_column(text(batch, file, name)?));
    let times = |name| Ok::<_, Error>(numbers::<TimestampMicrosecondType>(batch, file, name)?.values().to_vec());
    let shares = |name| Ok::<_, Error>(numbers::<Float64Type>(batch, file, name)?.values().to_vec());
    Ok(Messages {
        service: texts("service")?,
        instance: texts("instance")?,
        time: times("time")?,
        received: times("received")?,
        cpu: shares("cpu")?,
        ram_total: shares("ram_total")?,
        ram_free: shares("ram_free")?,
        disk_total: shares("disk_total")?,
        disk_free: shares("disk_free")?,
        sender: texts("sender")?,
        sequence: numbers::<Int64Type>(batch, file, "sequence")?.iter().collect(),
        extra: texts("extra")?,
    })
}

pub(crate) fn text<'a>(batch: &'a RecordBatch, file: &Path, column: &'static str) -> Result<&'a StringArray> {
    let found = batch.column_by_name(column).and_then(|values| values.as_string_opt::<i32>());
    found.ok_or_else(|| Error::Column { path: file.to_owned(), column })
}

pub(crate) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    file: &Path,
    column: &'static str,
) -> Result<&'a PrimitiveArray<T>> {
    let found = batch.column_by_name(column).and_then(|values| values.as_primitive_opt::<T>());
    found.ok_or_else(|| Error::Column { path: file.to_owned(), column })
}

fn text_column(texts: &StringArray) -> TextColumn {
    let mut column = TextColumn::default();
    if texts.null_count() == texts.len() {
        texts.iter().for_each(|_| column.push(None));
        return column;
    }
    let (mut dictionary, mut known) = (Vec::<Box<str>>::new(), HashMap::<&str, u32>::new());
    // files are sorted by service: most rows repeat the text before them
    let mut last: Option<(&str, u32)> = None;
    let mut index = |text| match last {
        Some((same, index)) if same == text => index,
        _ => {
            let index = *known.entry(text).or_insert_with(|| {
                dictionary.push(text.into());
                dictionary.len() as u32 - 1
            });
            last = Some((text, index));
            index
        }
    };
    let rows = texts.iter().map(|text| text.map_or(u32::MAX, &mut index)).collect();
    TextColumn::from_parts(dictionary, rows).unwrap_or(column)
}
