//! Rollups as columns: one row per service, or per service and bucket.

use super::{count, schema, timestamp};
use crate::answer::{Row, Series};
use arrow::array::{ArrayRef, Float64Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder};
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
    let mut columns = RollupRows::new(series);
    rows.iter().for_each(|row| columns.push_row(row));
    columns.finish()
}

/// Rows of rollups on their way into columns.
#[derive(Debug)]
pub struct RollupRows {
    service: StringBuilder,
    /// `None`: a summary has none.
    time: Option<TimestampMicrosecondBuilder>,
    count: Int64Builder,
    series: [SeriesColumns; 3],
}

#[derive(Debug)]
struct SeriesColumns {
    avg: Float64Builder,
    min: Float64Builder,
    max: Float64Builder,
    max_at: TimestampMicrosecondBuilder,
}

fn time_builder() -> TimestampMicrosecondBuilder {
    TimestampMicrosecondBuilder::new().with_timezone("UTC")
}

impl RollupRows {
    pub fn new(series: bool) -> RollupRows {
        let columns = || SeriesColumns {
            avg: Float64Builder::new(),
            min: Float64Builder::new(),
            max: Float64Builder::new(),
            max_at: time_builder(),
        };
        RollupRows {
            service: StringBuilder::new(),
            time: series.then(time_builder),
            count: Int64Builder::new(),
            series: [columns(), columns(), columns()],
        }
    }

    /// A rollup that holds at least one message.
    pub fn push(&mut self, service: &str, bucket: Time, rollup: &HealthRollup) {
        let series = [&rollup.cpu, &rollup.ram, &rollup.disk].map(Series::of);
        self.append(service, bucket, rollup.count(), series);
    }

    fn push_row(&mut self, row: &Row) {
        self.append(&row.service, row.bucket.unwrap_or_default(), row.count, [row.cpu, row.ram, row.disk]);
    }

    fn append(&mut self, service: &str, bucket: Time, messages: u64, series: [Series; 3]) {
        self.service.append_value(service);
        if let Some(time) = &mut self.time {
            time.append_value(bucket.as_micros());
        }
        self.count.append_value(count(messages));
        for (columns, series) in self.series.iter_mut().zip(series) {
            columns.avg.append_value(series.avg);
            columns.min.append_value(series.min);
            columns.max.append_value(series.max);
            columns.max_at.append_value(series.max_at.as_micros());
        }
    }

    pub fn len(&self) -> usize {
        arrow::array::ArrayBuilder::len(&self.count)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was pushed since the last call.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let schema = if self.time.is_some() { rollups_schema() } else { summary_schema() };
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.service.finish())];
        columns.extend(self.time.as_mut().map(|time| Arc::new(time.finish()) as ArrayRef));
        columns.push(Arc::new(self.count.finish()));
        for SeriesColumns { avg, min, max, max_at } in &mut self.series {
            columns.extend([avg, min, max].map(|shares| Arc::new(shares.finish()) as ArrayRef));
            columns.push(Arc::new(max_at.finish()));
        }
        RecordBatch::try_new(schema, columns)
    }
}
