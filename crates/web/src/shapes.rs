//! What other rooms' types look like on the wire: the promise of the document. The types themselves know nothing of HTTP,
//! and a change of one of them has to be made here too: a system test holds real responses against the document, which
//! says everything they hold and nothing else.

#![expect(dead_code, reason = "these are declared for the document and never made")]

mod ledger;
mod live;
mod process;

pub(crate) use ledger::{Coverage, LedgerLine};
pub(crate) use live::{AllRefused, Ingested, LiveEvents, LiveServices, LiveStatus, Messages};
pub(crate) use process::{BackedUp, Job, PastRun, Retention, Run, Shedding, Start, Verification};

use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// RFC 3339 in UTC, with as many digits of a second as it has.
#[derive(Debug)]
pub(crate) struct Time;

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let time = text(KnownFormat::DateTime).description(Some("RFC 3339 in UTC, to the microsecond"));
        time.examples(["2026-11-21T12:56:07.500Z"]).into()
    }
}

impl ToSchema for Time {}

/// A time in a request.
#[derive(Debug)]
pub(crate) struct AskedTime;

impl PartialSchema for AskedTime {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("since 1970, in s, ms, µs or ns"))
            .minimum(Some(100_000_000_i64))
            .maximum(Some(i64::MAX));
        AnyOfBuilder::new().item(text(KnownFormat::DateTime)).item(text(KnownFormat::Date)).item(number).into()
    }
}

impl ToSchema for AskedTime {}

fn text(format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
}

/// Rows as an Arrow IPC stream.
#[derive(Debug)]
pub(crate) struct ArrowStream;

impl PartialSchema for ArrowStream {
    fn schema() -> RefOr<Schema> {
        text(KnownFormat::Binary).description(Some("an Arrow IPC stream")).into()
    }
}

impl ToSchema for ArrowStream {}

/// Why a message was refused.
#[derive(Debug)]
pub(crate) struct Reason;

impl PartialSchema for Reason {
    fn schema() -> RefOr<Schema> {
        let names = model::Reason::ALL.iter().map(|reason| reason.name());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for Reason {}

/// The width of a bucket; calendar buckets in UTC.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Granularity {
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

/// What an answer is made of.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Layer {
    Merged,
    Batch,
    Realtime,
}

/// Half-open.
#[derive(Debug, ToSchema)]
pub(crate) struct Span {
    from: Time,
    to: Time,
}

/// The answer to a question.
#[derive(Debug, ToSchema)]
pub(crate) struct Answer {
    asked: Span,
    /// What was answered: as asked, or wider where only whole buckets are left.
    from: Time,
    to: Time,
    /// The width of the rows, where that is coarser than asked.
    #[schema(nullable = false)]
    every: Option<Granularity>,
    /// Per journal the last segment that the views hold; null where nothing is published.
    #[schema(required = true)]
    watermark: Option<BTreeMap<String, u64>>,
    coverage: Coverage,
    warnings: Vec<String>,
    /// Ordered by service, then bucket; empty buckets are left out.
    rows: Vec<Row>,
    #[schema(nullable = false)]
    explain: Option<Explain>,
}

/// One service, or one service in one bucket.
#[derive(Debug, ToSchema)]
pub(crate) struct Row {
    #[schema(example = "checkout")]
    service: String,
    /// The first instant of the bucket; of a series only.
    #[schema(nullable = false)]
    bucket: Option<Time>,
    /// Messages.
    count: u64,
    cpu: Series,
    ram: Series,
    disk: Series,
}

/// Mean, minimum, peak and time of the peak, as shares from 0 to 1; of equal peaks the first.
#[derive(Debug, ToSchema)]
pub(crate) struct Series {
    #[schema(minimum = 0, maximum = 1, example = 0.371)]
    avg: f64,
    #[schema(minimum = 0, maximum = 1, example = 0.02)]
    min: f64,
    #[schema(minimum = 0, maximum = 1, example = 0.93)]
    max: f64,
    max_at: Time,
}

/// What an answer was made from.
#[derive(Debug, ToSchema)]
pub(crate) struct Explain {
    /// Cells read from the views, per granularity.
    view_cells: BTreeMap<String, u64>,
    realtime_cells: u64,
    /// Raw messages read for edges finer than a minute.
    raw_rows: u64,
    plan: Vec<Piece>,
}

/// A piece of the range and the buckets it is answered from; `raw` for edges finer than a minute.
#[derive(Debug, ToSchema)]
pub(crate) struct Piece {
    granularity: String,
    from: Time,
    to: Time,
}

/// A service that was ever seen.
#[derive(Debug, ToSchema)]
pub(crate) struct Service {
    #[schema(example = "checkout")]
    service: String,
    /// By the messages' own time.
    first_seen: Time,
    last_seen: Time,
    /// By the time of receipt.
    last_received: Time,
    count: u64,
}

/// A refused message.
#[derive(Debug, ToSchema)]
pub(crate) struct Rejected {
    reason: Reason,
    received_at: Time,
    /// The sender's address, or the file and the offset in it.
    source: String,
    /// The reason with the values that show why, and what to do.
    detail: String,
    /// As they came, at most 64 KiB: printable ASCII stands for itself, a backslash is `\\`, line feed, carriage return
    /// and tab are `\n`, `\r`, `\t`, any other byte is `\xNN`.
    bytes: String,
}

/// A message as it was sent.
#[derive(Debug, ToSchema)]
pub(crate) struct Accepted {
    #[schema(example = "checkout")]
    service: String,
    #[schema(nullable = false)]
    instance: Option<String>,
    /// The message's own.
    time: Time,
    received: Time,
    /// A share from 0 to 1.
    cpu: f64,
    /// In GB, as the rest.
    ram_total: f64,
    ram_free: f64,
    disk_total: f64,
    disk_free: f64,
}

/// One statement that reads, as text.
#[derive(Debug, ToSchema)]
#[schema(example = "SELECT service, max(cpu_max) FROM minute GROUP BY service")]
pub(crate) struct StatementText(String);

/// The rows of a statement.
#[derive(Debug, ToSchema)]
pub(crate) struct Rows {
    /// Per journal the last segment that the views hold; null where nothing is published, or nothing was read.
    #[schema(required = true)]
    watermark: Option<BTreeMap<String, u64>>,
    columns: Vec<crate::formats::Column>,
    /// One array per row, with a value per column.
    rows: Vec<Vec<serde_json::Value>>,
}
