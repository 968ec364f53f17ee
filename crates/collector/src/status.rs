//! What a collector says of itself: one snapshot of its counts since the process began, and what opening found.

use journal::Recovery;
use model::{JournalId, Reason, TOLD_WITHIN, Time, TimeRange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// One snapshot; `received = accepted + duplicate + rejected + shed` holds in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The journal's name.
    pub source: String,
    pub received: u64,
    /// In the journal, and so in every later answer.
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: BTreeMap<Reason, u64>,
    /// Sound, and lost because the journal took no writes.
    pub shed: u64,
    /// Set while that goes on.
    pub shedding: Option<Shedding>,
    /// Never seen by the collector; `None`: not known.
    pub kernel_dropped: Option<u64>,
    /// Sound and on their way to the journal; not yet part of `received`.
    pub in_flight: u64,
    /// Of each socket, as the kernel says it, its bookkeeping included.
    pub receive_buffer_bytes: usize,
    pub journal: JournalId,
    /// The segment that is being written.
    pub segment: u64,
    pub recovery: RecoveryReport,
}

/// The journal takes no writes, and messages are shed and counted meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shedding {
    pub since: Time,
    /// The first write that failed.
    pub reason: String,
}

/// What opening found of the life before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryReport {
    /// The newest time that the journal tells of; `None` for a new one.
    pub last_sign: Option<Time>,
    /// When nobody was listening, or what arrived is not known; `None` for a new journal.
    pub gap: Option<TimeRange>,
    /// Whether the life before ended in order; true for a new journal.
    pub clean: bool,
    /// Bytes of a frame that a crash had left unfinished.
    pub torn_bytes: u64,
    /// Segment files without a readable header, moved aside.
    pub quarantined: Vec<PathBuf>,
}

impl RecoveryReport {
    pub(crate) fn of(recovery: &Recovery, now: Time) -> RecoveryReport {
        let gap = recovery.last_sign.map(|last_sign| {
            let from = if recovery.clean { last_sign } else { last_sign.saturating_sub(TOLD_WITHIN) };
            // a clock that is behind cannot say how long it was, only that it was
            let to = now.max(from.saturating_add(Duration::from_micros(1)));
            TimeRange::new(from, to).expect("the end was put behind the start")
        });
        RecoveryReport {
            last_sign: recovery.last_sign,
            gap,
            clean: recovery.clean,
            torn_bytes: recovery.torn_bytes,
            quarantined: recovery.quarantined.clone(),
        }
    }
}
