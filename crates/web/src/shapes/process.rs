//! Jobs, starts and what upkeep tells.

use super::{Granularity, Time};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A job as it stands.
#[derive(Debug, ToSchema)]
pub(crate) struct Job {
    #[schema(example = "batch")]
    name: String,
    /// A cron expression.
    #[schema(example = "* * * * *")]
    schedule: String,
    /// The next start; after a failure the time of the retry.
    #[schema(required = true)]
    next: Option<Time>,
    /// Null where it has never run.
    #[schema(required = true)]
    last: Option<LastRun>,
    running: bool,
    /// Failed runs since the last success.
    failures: u32,
}

/// How a run went.
#[derive(Debug, ToSchema)]
pub(crate) struct LastRun {
    started: Time,
    took_ms: u64,
    /// `ok`, or `failed: ` and the reason.
    #[schema(example = "ok")]
    outcome: String,
    rows: u64,
    segments: u64,
    expired: u64,
}

/// A run that has ended. Schedule and next start are the job's present ones, null where there is no such job any more.
#[derive(Debug, ToSchema)]
pub(crate) struct PastRun {
    name: String,
    #[schema(required = true)]
    schedule: Option<String>,
    #[schema(required = true)]
    next: Option<Time>,
    last: LastRun,
}

/// A run that has ended.
#[derive(Debug, ToSchema)]
pub(crate) struct Run {
    name: String,
    started: Time,
    took_ms: u64,
    /// `ok`, or `failed: ` and the reason.
    #[schema(example = "ok")]
    outcome: String,
    rows: u64,
    segments: u64,
    expired: u64,
}

/// The journal takes no writes.
#[derive(Debug, ToSchema)]
pub(crate) struct Shedding {
    since: Time,
    /// The first write that failed.
    reason: String,
}

/// What kind of process.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Process {
    Serve,
    Collect,
}

/// What a start found of the views.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ViewsFound {
    Sound,
    New,
    Missing,
}

/// One start of a process.
#[derive(Debug, ToSchema)]
pub(crate) struct Start {
    process: Process,
    pid: u32,
    version: String,
    started: Time,
    /// Whether the process of this kind before it stopped in order; null where none is on record.
    #[schema(required = true)]
    clean: Option<bool>,
    /// How long until it was ready; null while it is not.
    #[schema(required = true)]
    ready_after_ms: Option<u64>,
    /// When it stopped in order.
    #[schema(required = true)]
    stopped: Option<Time>,
    /// By name; those of which there is something to tell.
    journals: BTreeMap<String, JournalStart>,
    /// Null for a process without views.
    #[schema(required = true)]
    views: Option<ViewsFound>,
    /// Messages from which views were built anew since.
    #[schema(required = true)]
    rebuilt_messages: Option<u64>,
    orphans_removed: u64,
    quarantined: Vec<String>,
    /// What journals, master dataset and views did not agree on, and what was done about it.
    reconciled: Vec<String>,
}

/// What a start found in one journal.
#[derive(Debug, ToSchema)]
pub(crate) struct JournalStart {
    /// Null where another process writes it.
    #[schema(required = true)]
    opened: Option<Opened>,
    /// Null for a process without realtime views.
    #[schema(required = true)]
    replayed: Option<Replayed>,
}

/// What its writer found of the writer before.
#[derive(Debug, ToSchema)]
pub(crate) struct Opened {
    clean: bool,
    #[schema(required = true)]
    last_sign: Option<Time>,
    gap_ms: u64,
    torn_bytes: u64,
}

/// What the realtime views read of a journal.
#[derive(Debug, ToSchema)]
pub(crate) struct Replayed {
    segments: u64,
    messages: u64,
    damaged: u64,
}

/// What retention would drop.
#[derive(Debug, ToSchema)]
pub(crate) struct Retention {
    /// Null where nothing is ever dropped.
    #[schema(required = true)]
    raw_before: Option<Time>,
    files: u64,
    messages: u64,
    /// Per granularity that is not kept for ever.
    views: BTreeMap<String, Below>,
}

/// Rows of a view below a floor.
#[derive(Debug, ToSchema)]
pub(crate) struct Below {
    before: Time,
    rows: u64,
}

/// What a verification found.
#[derive(Debug, ToSchema)]
pub(crate) struct Verification {
    /// From when on raw messages prove the cells; left out where they prove all.
    #[schema(nullable = false)]
    raw_from: Option<Time>,
    messages: u64,
    /// Cells compared, per granularity.
    cells: BTreeMap<String, u64>,
    different: u64,
    /// The first of them.
    differences: Vec<Difference>,
}

/// A cell that differs.
#[derive(Debug, ToSchema)]
pub(crate) struct Difference {
    granularity: Granularity,
    service: String,
    bucket: Time,
    raw: String,
    merged: String,
}

/// What is in a backup.
#[derive(Debug, ToSchema)]
pub(crate) struct BackedUp {
    files: u64,
    bytes: u64,
    /// Per journal the last segment.
    segments: BTreeMap<String, u64>,
}
