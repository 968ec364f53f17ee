//! For tests: a folder with views in it, and real Parquet files as the room `batch` writes them.

use crate::{Limits, Publication, ServiceSeen, Versions, Views};
use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use model::{Counts, Granularity, Health, HealthRollup, LedgerRow, LedgerRowKind, Span, Time, TimeRange, Utilization};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

pub(crate) const LIMITS: Limits = Limits { memory_mb: 256, threads: 2 };

/// The cells of one granularity.
pub(crate) type Cells = BTreeMap<(String, Time), HealthRollup>;

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect(text)
}

pub(crate) fn range(from: &str, to: &str) -> TimeRange {
    TimeRange::new(time(from), time(to)).expect("a range that is not empty")
}

/// A rollup of messages of (share in billionths, time), the three series differing.
pub(crate) fn rollup(messages: &[(u32, Time)]) -> HealthRollup {
    let share = |billionths: u32| Utilization::from_billionths(billionths).expect("a share");
    messages.iter().fold(HealthRollup::EMPTY, |mut rollup, &(value, at)| {
        rollup.add(Health { cpu: share(value), ram: share(value / 2), disk: share(1_000_000_000 - value) }, at);
        rollup
    })
}

/// A folder for one test.
pub(crate) struct Folder {
    dir: TempDir,
    files: AtomicUsize,
}

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder { dir: tempfile::tempdir().expect("a folder for the test"), files: AtomicUsize::new(0) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn view_file(&self) -> PathBuf {
        self.path().join("views/1/views.duckdb")
    }

    pub(crate) fn views(&self) -> Views {
        Views::create(&self.view_file(), &LIMITS).expect("fresh views")
    }

    pub(crate) fn rollups(&self, partials: &[(&str, Time, HealthRollup)]) -> PathBuf {
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("service".into(), text(partials.iter().map(|of| Some(of.0.to_owned())))),
            ("bucket".into(), times(partials.iter().map(|of| of.1))),
            ("count".into(), numbers(partials.iter().map(|of| Some(of.2.count())))),
        ];
        for (series, of) in [("cpu", 0), ("ram", 1), ("disk", 2)] {
            let of = |partial: &(&str, Time, HealthRollup)| [partial.2.cpu, partial.2.ram, partial.2.disk][of];
            let sums = Decimal128Array::from_iter_values(partials.iter().map(|partial| of(partial).sum));
            let sums = sums.with_precision_and_scale(38, 0).expect("38 digits");
            let small = |value: u32| i32::try_from(value).expect("a share in billionths");
            let minima = partials.iter().map(|partial| small(of(partial).min));
            let maxima = partials.iter().map(|partial| small(of(partial).max));
            columns.push((format!("{series}_sum"), Arc::new(sums)));
            columns.push((format!("{series}_min"), Arc::new(Int32Array::from_iter_values(minima))));
            columns.push((format!("{series}_max"), Arc::new(Int32Array::from_iter_values(maxima))));
            columns.push((format!("{series}_max_at"), times(partials.iter().map(|partial| of(partial).max_at))));
        }
        self.parquet(columns)
    }

    pub(crate) fn services(&self, services: &[ServiceSeen]) -> PathBuf {
        self.parquet(vec![
            ("service".into(), text(services.iter().map(|of| Some(of.service.clone())))),
            ("first_seen".into(), times(services.iter().map(|of| of.first_seen))),
            ("last_seen".into(), times(services.iter().map(|of| of.last_seen))),
            ("last_received".into(), times(services.iter().map(|of| of.last_received))),
            ("count".into(), numbers(services.iter().map(|of| Some(of.count)))),
        ])
    }

    pub(crate) fn ledger(&self, rows: &[LedgerRow]) -> PathBuf {
        let counts = |of: fn(&Counts) -> Option<u64>| {
            numbers(rows.iter().map(move |row| match &row.kind {
                LedgerRowKind::Counts(counts) => of(counts),
                _ => None,
            }))
        };
        let rejected = |row: &LedgerRow| match &row.kind {
            LedgerRowKind::Counts(counts) if counts.rejected_total() > 0 => {
                Some(serde_json::to_string(&counts.rejected).expect("JSON"))
            }
            _ => None,
        };
        let damage = |row: &LedgerRow| match &row.kind {
            LedgerRowKind::Damage { journal, segment } => Some((journal.clone(), *segment)),
            _ => None,
        };
        let clean = |row: &LedgerRow| match row.kind {
            LedgerRowKind::Gap { clean } => Some(clean),
            _ => None,
        };
        let kind = |row: &LedgerRow| match row.kind {
            LedgerRowKind::Counts(_) => "counts".to_owned(),
            LedgerRowKind::Gap { .. } => "gap".to_owned(),
            LedgerRowKind::Damage { .. } => "damage".to_owned(),
        };
        self.parquet(vec![
            ("kind".into(), text(rows.iter().map(|row| Some(kind(row))))),
            ("journal".into(), text(rows.iter().map(|_| Some(uuid::Uuid::nil().to_string())))),
            ("source".into(), text(rows.iter().map(|row| Some(row.source.clone())))),
            ("from".into(), times(rows.iter().map(|row| row.from))),
            ("to".into(), times(rows.iter().map(|row| row.to))),
            ("segment".into(), numbers(rows.iter().map(|row| damage(row).map(|of| of.1)))),
            ("damaged_journal".into(), text(rows.iter().map(|row| damage(row).map(|of| of.0)))),
            ("clean".into(), Arc::new(BooleanArray::from_iter(rows.iter().map(clean)))),
            ("accepted".into(), counts(|of| Some(of.accepted))),
            ("duplicate".into(), counts(|of| Some(of.duplicate))),
            ("shed".into(), counts(|of| Some(of.shed))),
            ("kernel_dropped".into(), counts(|of| of.kernel_dropped)),
            ("rejected".into(), text(rows.iter().map(rejected))),
        ])
    }

    fn parquet(&self, columns: Vec<(String, ArrayRef)>) -> PathBuf {
        let path = self.path().join(format!("{}.parquet", self.files.fetch_add(1, Ordering::Relaxed)));
        let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
        let file = File::create(&path).expect("a new file");
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
        path
    }
}

fn text(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

fn numbers(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values.map(|value| value.map(|of| i64::try_from(of).expect("a BIGINT")))))
}

fn times(values: impl Iterator<Item = Time>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(Time::as_micros)).with_timezone("UTC"))
}

/// A publication of rollup files only.
pub(crate) fn of_rollups(rollups: Vec<(Granularity, PathBuf)>, version: i64) -> Publication {
    Publication { rollups, versions: Versions { messages: version, ledger: -1 }, ..Publication::default() }
}

/// The cells of a span as a reading visits them; panics when one is visited twice.
pub(crate) fn cells(reading: &crate::Reading, span: &Span, services: Option<&[String]>) -> Cells {
    let mut found = Cells::new();
    let mut visit = |service: &str, bucket: Time, rollup: &HealthRollup| {
        assert_eq!(found.insert((service.to_owned(), bucket), *rollup), None, "{service} {bucket} came twice");
    };
    let visited = reading.rollups(span, services, &mut visit).expect("readable");
    assert_eq!(visited, found.len() as u64);
    found
}
