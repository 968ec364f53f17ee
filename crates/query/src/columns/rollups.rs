//! Rollups as columns: one row per service, or per service and bucket.

use super::{count, schema, timestamp};
use crate::answer::{Row, Series};
use arrow::array::{ArrayRef, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder};
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use model::{HealthRollup, Time};
use std::sync::{Arc, LazyLock};

const SERIES: [&str; 3] = ["cpu", "ram", "disk"];

/// The tables `minute` to `year`, and a series: service, time (the start of the bucket), count, then for cpu, ram and
/// disk `_avg`, `_min`, `_max` and `_max_at`.
pub fn rollups_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| of_width(true));
    SCHEMA.clone()
}

/// The same without `time`: one row per service over the whole range.
pub fn summary_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| of_width(false));
    SCHEMA.clone()
}

fn of_width(series: bool) -> SchemaRef {
    let mut fields = vec![("service".to_owned(), DataType::Utf8, false)];
    fields.extend(series.then(|| ("time".to_owned(), timestamp(), false)));
    fields.push(("count".to_owned(), DataType::Int64, false));
    for name in SERIES {
        let share = |part| (format!("{name}_{part}"), DataType::Float64, false);
        fields.extend(["avg", "min", "max"].map(share));
        fields.push((format!("{name}_max_at"), timestamp(), false));
    }
    schema(fields)
}

/// The rows of an answer; `series` where they are of buckets.
pub fn rows(rows: &[Row], series: bool) -> Result<RecordBatch, ArrowError> {
    let mut columns = RollupRows::new(if series { rollups_schema() } else { summary_schema() });
    for row in rows {
        columns.append(&row.service, row.bucket.unwrap_or_default(), row.count, &[row.cpu, row.ram, row.disk]);
    }
    columns.finish()
}

/// Rows of rollups on their way into columns.
#[derive(Debug)]
pub struct RollupRows {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug)]
enum Column {
    Service(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Count(Int64Builder),
    Share(Float64Builder, fn(&[Series; 3]) -> f64),
    PeakAt(TimestampMicrosecondBuilder, usize),
}

impl Column {
    fn of(name: &str) -> Column {
        let time = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let share = |of| Column::Share(Float64Builder::new(), of);
        match name {
            "service" => Column::Service(StringBuilder::new()),
            "time" => Column::Time(time()),
            "count" => Column::Count(Int64Builder::new()),
            "cpu_avg" => share(|[cpu, _, _]| cpu.avg),
            "cpu_min" => share(|[cpu, _, _]| cpu.min),
            "cpu_max" => share(|[cpu, _, _]| cpu.max),
            "cpu_max_at" => Column::PeakAt(time(), 0),
            "ram_avg" => share(|[_, ram, _]| ram.avg),
            "ram_min" => share(|[_, ram, _]| ram.min),
            "ram_max" => share(|[_, ram, _]| ram.max),
            "ram_max_at" => Column::PeakAt(time(), 1),
            "disk_avg" => share(|[_, _, disk]| disk.avg),
            "disk_min" => share(|[_, _, disk]| disk.min),
            "disk_max" => share(|[_, _, disk]| disk.max),
            _ => Column::PeakAt(time(), 2),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Service(names) => Arc::new(names.finish()),
            Column::Time(times) | Column::PeakAt(times, _) => Arc::new(times.finish()),
            Column::Count(counts) => Arc::new(counts.finish()),
            Column::Share(shares, _) => Arc::new(shares.finish()),
        }
    }
}

impl RollupRows {
    /// Of the columns in `schema`, which are some of [`rollups_schema`] in any order.
    pub fn new(schema: SchemaRef) -> RollupRows {
        let columns = schema.fields().iter().map(|field| Column::of(field.name())).collect();
        RollupRows { schema, columns, rows: 0 }
    }

    /// A rollup that holds at least one message.
    pub fn push(&mut self, service: &str, bucket: Time, rollup: &HealthRollup) {
        let series = [&rollup.cpu, &rollup.ram, &rollup.disk].map(Series::of);
        self.append(service, bucket, rollup.count(), &series);
    }

    fn append(&mut self, service: &str, bucket: Time, messages: u64, series: &[Series; 3]) {
        self.rows += 1;
        for column in &mut self.columns {
            match column {
                Column::Service(names) => names.append_value(service),
                Column::Time(times) => times.append_value(bucket.as_micros()),
                Column::Count(counts) => counts.append_value(count(messages)),
                Column::Share(shares, of) => shares.append_value(of(series)),
                Column::PeakAt(times, of) => times.append_value(series[*of].max_at.as_micros()),
            }
        }
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What was pushed since the last call.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.iter_mut().map(Column::finish).collect();
        // rows are counted where no column is asked for, too
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
    }
}
