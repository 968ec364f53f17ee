//! Raw messages as columns, with the three shares beside what was sent.

use super::{schema, times, timestamp};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use model::{Messages, TextColumn, Utilization};
use std::sync::{Arc, LazyLock};

/// The table `messages`: cpu, ram and disk are the shares that every rollup counts, in whole billionths; sizes are as
/// sent, in GB; extra holds unknown keys as one JSON object.
pub fn messages_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        schema([
            ("service", DataType::Utf8, false),
            ("instance", DataType::Utf8, true),
            ("time", timestamp(), false),
            ("received", timestamp(), false),
            ("cpu", DataType::Float64, false),
            ("ram", DataType::Float64, false),
            ("disk", DataType::Float64, false),
            ("ram_total", DataType::Float64, false),
            ("ram_free", DataType::Float64, false),
            ("disk_total", DataType::Float64, false),
            ("disk_free", DataType::Float64, false),
            ("sender", DataType::Utf8, true),
            ("sequence", DataType::Int64, true),
            ("extra", DataType::Utf8, true),
        ])
    });
    SCHEMA.clone()
}

/// A share as rows show it.
pub(crate) fn share(utilization: Utilization) -> f64 {
    f64::from(utilization.billionths()) / f64::from(model::BILLION)
}

/// Those rows of the messages, and of the table's columns those with the numbers in `projection`.
pub fn messages(messages: &Messages, rows: &[usize], projection: &[usize]) -> Result<RecordBatch, ArrowError> {
    let schema = Arc::new(messages_schema().project(projection)?);
    let columns = schema.fields().iter().map(|field| column(messages, rows, field.name())).collect();
    RecordBatch::try_new_with_options(schema, columns, &RecordBatchOptions::new().with_row_count(Some(rows.len())))
}

fn column(messages: &Messages, rows: &[usize], name: &str) -> ArrayRef {
    let text = |column: &TextColumn| -> ArrayRef {
        Arc::new(rows.iter().map(|row| column.get(*row)).collect::<StringArray>())
    };
    let number =
        |column: &[f64]| -> ArrayRef { Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| column[*row]))) };
    let shares = |of: fn(model::Health) -> Utilization| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| share(of(messages.health(*row))))))
    };
    let time = |column: &[i64]| times(rows.iter().map(|row| Some(column[*row])));
    match name {
        "service" => text(&messages.service),
        "instance" => text(&messages.instance),
        "time" => time(&messages.time),
        "received" => time(&messages.received),
        "cpu" => shares(|health| health.cpu),
        "ram" => shares(|health| health.ram),
        "disk" => shares(|health| health.disk),
        "ram_total" => number(&messages.ram_total),
        "ram_free" => number(&messages.ram_free),
        "disk_total" => number(&messages.disk_total),
        "disk_free" => number(&messages.disk_free),
        "sender" => text(&messages.sender),
        "sequence" => Arc::new(rows.iter().map(|row| messages.sequence[*row]).collect::<Int64Array>()),
        _ => text(&messages.extra),
    }
}
