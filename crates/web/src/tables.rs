//! The tabular form of lists that come from rooms which `query` does not know: jobs and refused messages. SQL has them as
//! tables of the same columns.

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use collector::rejects::Rejected;
use model::DataFolder;
use query::columns::{count, times, timestamp};
use query::sql::List;
use scheduler::{JobStatus, LastRun};
use std::sync::{Arc, LazyLock};

/// `failures` are those since the last success; what is of the last run is missing where there was none.
pub fn jobs_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        schema([
            ("name", DataType::Utf8, false),
            ("schedule", DataType::Utf8, false),
            ("running", DataType::Boolean, false),
            ("next_run", timestamp(), true),
            ("failures", DataType::Int64, false),
            ("last_started", timestamp(), true),
            ("last_duration_ms", DataType::Int64, true),
            ("last_outcome", DataType::Utf8, true),
            ("last_rows", DataType::Int64, true),
            ("last_segments", DataType::Int64, true),
            ("last_expired", DataType::Int64, true),
        ])
    });
    SCHEMA.clone()
}

pub fn jobs(jobs: &[JobStatus]) -> Result<RecordBatch, ArrowError> {
    let last = |of: fn(&LastRun) -> u64| -> ArrayRef {
        Arc::new(jobs.iter().map(|job| job.last.as_ref().map(|last| count(of(last)))).collect::<Int64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(jobs.iter().map(|job| &job.name))),
        Arc::new(StringArray::from_iter_values(jobs.iter().map(|job| &job.schedule))),
        Arc::new(BooleanArray::from_iter(jobs.iter().map(|job| Some(job.running)))),
        times(jobs.iter().map(|job| job.next.map(|time| time.as_micros()))),
        Arc::new(Int64Array::from_iter_values(jobs.iter().map(|job| i64::from(job.failures)))),
        times(jobs.iter().map(|job| job.last.as_ref().map(|last| last.started.as_micros()))),
        last(|last| last.took_ms),
        Arc::new(jobs.iter().map(|job| job.last.as_ref().map(|last| &last.outcome)).collect::<StringArray>()),
        last(|last| last.rows),
        last(|last| last.segments),
        last(|last| last.expired),
    ];
    RecordBatch::try_new(jobs_schema(), columns)
}

/// `bytes` says how many are kept, `text` holds them: printable ASCII as itself, the rest escaped with backslashes.
pub fn rejects_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        schema([
            ("received", timestamp(), false),
            ("source", DataType::Utf8, false),
            ("reason", DataType::Utf8, false),
            ("detail", DataType::Utf8, false),
            ("bytes", DataType::Int64, false),
            ("text", DataType::Utf8, false),
        ])
    });
    SCHEMA.clone()
}

pub fn rejects(rejects: &[Rejected]) -> Result<RecordBatch, ArrowError> {
    let columns: Vec<ArrayRef> = vec![
        times(rejects.iter().map(|rejected| Some(rejected.received_at.as_micros()))),
        Arc::new(StringArray::from_iter_values(rejects.iter().map(|rejected| &rejected.source))),
        Arc::new(StringArray::from_iter_values(rejects.iter().map(|rejected| rejected.reason.name()))),
        Arc::new(StringArray::from_iter_values(rejects.iter().map(|rejected| &rejected.detail))),
        Arc::new(Int64Array::from_iter_values(rejects.iter().map(|rejected| count(rejected.bytes.len() as u64)))),
        Arc::new(StringArray::from_iter_values(rejects.iter().map(Rejected::escaped))),
    ];
    RecordBatch::try_new(rejects_schema(), columns)
}

/// The two as tables of SQL; `status` says how the jobs stand.
pub fn lists<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    folder: &DataFolder,
    status: impl Fn() -> Result<Vec<JobStatus>, E> + Send + Sync + 'static,
) -> Vec<List> {
    let folder = folder.rejects();
    let refused = move || Ok(rejects(&collector::rejects::read(&folder, None, usize::MAX)?)?);
    let standing = move || Ok(jobs(&status().map_err(Into::into)?)?);
    vec![
        List { name: "rejects", schema: rejects_schema(), read: Arc::new(refused) },
        List { name: "jobs", schema: jobs_schema(), read: Arc::new(standing) },
    ]
}

/// Of name, type and whether it may be missing.
fn schema<const N: usize>(fields: [(&str, DataType, bool); N]) -> SchemaRef {
    let fields = fields.map(|(name, of, optional)| Field::new(name, of, optional));
    Arc::new(Schema::new(fields.to_vec()))
}
