//! What a journal's ledger has told since this process counts: the counters of sources that another process writes.

use model::{Counts, LedgerRow, LedgerRowKind};

/// Sums over the ledger rows that were read; they only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub counts: Counts,
    /// Spans of which it is not known what arrived.
    pub unknown_spans: u64,
    /// Frames or segments that could not be read.
    pub damaged: u64,
}

impl Counted {
    pub(crate) fn add(&mut self, rows: &[LedgerRow]) {
        for row in rows {
            match &row.kind {
                LedgerRowKind::Counts(counts) => self.counts.merge(counts),
                LedgerRowKind::Gap { clean: false } => self.unknown_spans += 1,
                LedgerRowKind::Gap { clean: true } => {}
                LedgerRowKind::Damage { .. } => self.damaged += 1,
            }
        }
    }

    /// Adds those of another journal.
    pub fn merge(&mut self, other: &Counted) {
        self.counts.merge(&other.counts);
        self.unknown_spans += other.unknown_spans;
        self.damaged += other.damaged;
    }
}
