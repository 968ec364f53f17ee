//! Services and ledger lines as columns.

use super::{count, schema, times, timestamp};
use crate::answer::{LedgerLine, ServiceLine};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use model::{LedgerRowKind, Reason, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The table `services`: first_seen and last_seen by the messages' own time, last_received by this machine's clock.
pub fn services_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        schema([
            ("service", DataType::Utf8, false),
            ("first_seen", timestamp(), false),
            ("last_seen", timestamp(), false),
            ("last_received", timestamp(), false),
            ("count", DataType::Int64, false),
        ])
    });
    SCHEMA.clone()
}

pub fn services(services: &[ServiceLine]) -> Result<RecordBatch, ArrowError> {
    let time = |of: fn(&ServiceLine) -> Time| times(services.iter().map(|line| Some(of(line).as_micros())));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(services.iter().map(|line| &line.service))),
        time(|line| line.seen.first_seen),
        time(|line| line.seen.last_seen),
        time(|line| line.seen.last_received),
        Arc::new(Int64Array::from_iter_values(services.iter().map(|line| count(line.seen.count)))),
    ];
    RecordBatch::try_new(services_schema(), columns)
}

/// The table `ledger`: what became of what arrived from `time` to `until`, by time of receipt.
///
/// `kind` is `counts` for a minute; `stopped` and `unclean` for a span in which the source did not listen, of which an
/// unclean one has no counts of its last seconds; `damage` for a span in which messages were received that are lost, and
/// only then are there `journal` and `segment`. The numbers are those of a minute; `kernel_dropped` is missing where
/// unknown. `reasons` is a JSON object of the rejected ones by reason.
pub fn ledger_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let span = [
            ("time", timestamp(), false),
            ("until", timestamp(), false),
            ("source", DataType::Utf8, false),
            ("kind", DataType::Utf8, false),
        ];
        let counts = ["received", "accepted", "duplicate", "rejected", "shed", "kernel_dropped"];
        let counts = counts.map(|name| (name, DataType::Int64, true));
        let rest =
            [("reasons", DataType::Utf8, true), ("journal", DataType::Utf8, true), ("segment", DataType::Int64, true)];
        schema(span.into_iter().chain(counts).chain(rest))
    });
    SCHEMA.clone()
}

pub fn ledger(lines: &[LedgerLine]) -> Result<RecordBatch, ArrowError> {
    let lines: Vec<Line<'_>> = lines.iter().map(Line::of).collect();
    let counts = |of: fn(&Counted) -> Option<u64>| -> ArrayRef {
        let numbers = lines.iter().map(|line| line.counted.as_ref().and_then(of).map(count));
        Arc::new(numbers.collect::<Int64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        times(lines.iter().map(|line| Some(line.from.as_micros()))),
        times(lines.iter().map(|line| Some(line.to.as_micros()))),
        Arc::new(StringArray::from_iter_values(lines.iter().map(|line| line.source))),
        Arc::new(StringArray::from_iter_values(lines.iter().map(|line| line.kind))),
        counts(|counted| Some(counted.received)),
        counts(|counted| Some(counted.accepted)),
        counts(|counted| Some(counted.duplicate)),
        counts(|counted| Some(counted.rejected)),
        counts(|counted| Some(counted.shed)),
        counts(|counted| counted.kernel_dropped),
        Arc::new(
            lines.iter().map(|line| line.counted.as_ref().map(|counted| &counted.reasons)).collect::<StringArray>(),
        ),
        Arc::new(lines.iter().map(|line| line.damaged.map(|(journal, _)| journal)).collect::<StringArray>()),
        Arc::new(lines.iter().map(|line| line.damaged.map(|(_, segment)| count(segment))).collect::<Int64Array>()),
    ];
    RecordBatch::try_new(ledger_schema(), columns)
}

/// A line of either form, laid out as the columns are.
struct Line<'a> {
    from: Time,
    to: Time,
    source: &'a str,
    kind: &'static str,
    counted: Option<Counted>,
    damaged: Option<(&'a str, u64)>,
}

struct Counted {
    received: u64,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    shed: u64,
    kernel_dropped: Option<u64>,
    reasons: String,
}

impl Line<'_> {
    fn of(line: &LedgerLine) -> Line<'_> {
        match line {
            LedgerLine::Minute { minute, source, received, accepted, duplicate, rejected, shed, kernel_dropped } => {
                let counted = Counted {
                    received: *received,
                    accepted: *accepted,
                    duplicate: *duplicate,
                    rejected: rejected.values().sum(),
                    shed: *shed,
                    kernel_dropped: *kernel_dropped,
                    reasons: reasons(rejected),
                };
                let to = model::Granularity::Minute.next(*minute);
                Line { from: *minute, to, source, kind: "counts", counted: Some(counted), damaged: None }
            }
            LedgerLine::Span(row) => {
                let (kind, damaged) = match &row.kind {
                    LedgerRowKind::Counts(_) => ("counts", None),
                    LedgerRowKind::Gap { clean: true } => ("stopped", None),
                    LedgerRowKind::Gap { clean: false } => ("unclean", None),
                    LedgerRowKind::Damage { journal, segment } => ("damage", Some((journal.as_str(), *segment))),
                };
                Line { from: row.from, to: row.to, source: &row.source, kind, counted: None, damaged }
            }
        }
    }
}

/// As JSON; the names of reasons are words that need no escaping.
fn reasons(rejected: &BTreeMap<Reason, u64>) -> String {
    let pairs: Vec<String> = rejected.iter().map(|(reason, count)| format!("\"{reason}\":{count}")).collect();
    format!("{{{}}}", pairs.join(","))
}
