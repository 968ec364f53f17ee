//! What comes back: the shapes that scripts rely on. Shares are 0 to 1, times RFC 3339 in UTC.

use model::{Granularity, HealthRollup, LedgerRow, LedgerRowKind, Reason, Rollup, Seen, Time, TimeRange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From and to of a range, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: Time,
    pub to: Time,
}

impl From<TimeRange> for Span {
    fn from(range: TimeRange) -> Span {
        Span { from: range.from, to: range.to }
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub asked: Span,
    /// What was answered: as asked, or wider where only whole buckets are left; empty where nothing is.
    #[serde(flatten)]
    pub answered: Span,
    /// The width of the rows, where that is coarser than asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub every: Option<Granularity>,
    /// Per journal the last segment that the views hold; `None` where nothing is published.
    pub watermark: Option<BTreeMap<String, u64>>,
    pub coverage: Coverage,
    pub warnings: Vec<String>,
    /// Ordered by service, then bucket; empty buckets are left out.
    pub rows: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explain: Option<Explain>,
}

/// What became of everything that arrived in those minutes of wall time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The clock these minutes are of: `received`. Rows go by the messages' own time.
    pub clock: String,
    pub received: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub shed: u64,
    /// `None` where any minute is unknown.
    pub kernel_dropped: Option<u64>,
    /// Minutes of an unclean end, whose counts are not known.
    pub unknown_minutes: u64,
    pub damaged: Vec<Damaged>,
}

/// Messages received in this span were lost to damage on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Damaged {
    pub journal: String,
    pub segment: u64,
    pub from: Time,
    pub to: Time,
}

/// One service, or one service in one bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub service: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bucket: Option<Time>,
    pub count: u64,
    pub cpu: Series,
    pub ram: Series,
    pub disk: Series,
}

impl Row {
    pub fn new(service: String, bucket: Option<Time>, rollup: &HealthRollup) -> Row {
        let (cpu, ram, disk) = (Series::of(&rollup.cpu), Series::of(&rollup.ram), Series::of(&rollup.disk));
        Row { service, bucket, count: rollup.count(), cpu, ram, disk }
    }
}

/// Mean, minimum, peak and time of the peak of one series, as shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub avg: f64,
    pub min: f64,
    pub max: f64,
    pub max_at: Time,
}

impl Series {
    /// Of a rollup that holds at least one message.
    pub(crate) fn of(rollup: &Rollup) -> Series {
        let share = |billionths: u32| f64::from(billionths) / f64::from(model::BILLION);
        let avg = rollup.avg().unwrap_or_default();
        Series { avg, min: share(rollup.min), max: share(rollup.max), max_at: rollup.max_at }
    }
}

/// What an answer was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explain {
    /// Cells read from the views, per granularity.
    pub view_cells: BTreeMap<String, u64>,
    pub realtime_cells: u64,
    /// Raw messages read for edges finer than a minute.
    pub raw_rows: u64,
    /// The pieces of the range.
    pub plan: Vec<Piece>,
}

/// A piece of the range and the buckets it is answered from; `raw` for edges finer than a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub granularity: String,
    #[serde(flatten)]
    pub span: Span,
}

/// A service that was ever seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLine {
    pub service: String,
    #[serde(flatten)]
    pub seen: Seen,
}

/// One line of the ledger: the counts of a minute and source, or a span in which the source did not listen or something
/// was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LedgerLine {
    Minute {
        minute: Time,
        source: String,
        received: u64,
        accepted: u64,
        duplicate: u64,
        rejected: BTreeMap<Reason, u64>,
        shed: u64,
        kernel_dropped: Option<u64>,
    },
    Span(LedgerRow),
}

impl From<LedgerRow> for LedgerLine {
    fn from(row: LedgerRow) -> LedgerLine {
        match row.kind {
            LedgerRowKind::Counts(counts) => LedgerLine::Minute {
                minute: row.from,
                source: row.source,
                received: counts.received(),
                accepted: counts.accepted,
                duplicate: counts.duplicate,
                rejected: counts.rejected,
                shed: counts.shed,
                kernel_dropped: counts.kernel_dropped,
            },
            LedgerRowKind::Gap { .. } | LedgerRowKind::Damage { .. } => LedgerLine::Span(row),
        }
    }
}
