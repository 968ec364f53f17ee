//! The loss ledger: per minute of receipt and source, what became of everything that arrived.
//!
//! `received = accepted + duplicate + rejected + shed` holds because `received` is never stored, only added up. What the
//! kernel dropped is a number or unknown, never a false 0.

use crate::{Reason, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What became of the messages of one minute and source. `merge` is associative and commutative; the default is its
/// identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub accepted: u64,
    pub duplicate: u64,
    pub shed: u64,
    pub rejected: BTreeMap<Reason, u64>,
    /// `None`: not known.
    pub kernel_dropped: Option<u64>,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { accepted: 0, duplicate: 0, shed: 0, rejected: BTreeMap::new(), kernel_dropped: Some(0) }
    }
}

impl Counts {
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    pub fn received(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected_total() + self.shed
    }

    pub fn merge(&mut self, other: &Counts) {
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.shed += other.shed;
        for (reason, count) in &other.rejected {
            *self.rejected.entry(*reason).or_default() += count;
        }
        self.kernel_dropped = self.kernel_dropped.zip(other.kernel_dropped).map(|(a, b)| a + b);
    }
}

/// What happens to a message is in its journal this long after its receipt at the latest. So much before the last sign of
/// a life that was cut off is not known, no more than what came after it.
pub const TOLD_WITHIN: Duration = Duration::from_secs(3);

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// The name of the journal that took the messages in: the way they came.
    pub source: String,
    /// A counts row covers one minute of wall time, `from` being its start; other rows any span.
    pub from: Time,
    pub to: Time,
    #[serde(flatten)]
    pub kind: LedgerRowKind,
}

/// What a line of the ledger says of its span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LedgerRowKind {
    Counts(Counts),
    /// The source was not listening. After a clean stop that is all; after an unclean one the counts of its minutes are
    /// not known.
    Gap {
        clean: bool,
    },
    /// Frames of this segment were unreadable; what they held was received within the span and is missing from answers.
    Damage {
        journal: String,
        segment: u64,
    },
}

impl LedgerRow {
    pub fn counts(source: &str, minute: Time, counts: Counts) -> LedgerRow {
        let to = crate::Granularity::Minute.next(minute);
        LedgerRow { source: source.to_owned(), from: minute, to, kind: LedgerRowKind::Counts(counts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(accepted: u64, reason: Reason, dropped: Option<u64>) -> Counts {
        Counts { accepted, rejected: BTreeMap::from([(reason, 2)]), kernel_dropped: dropped, ..Counts::default() }
    }

    #[test]
    fn unknown_drops_stay_unknown() {
        let mut sum = counts(5, Reason::NotJson, Some(1));
        sum.merge(&counts(7, Reason::TooOld, Some(2)));
        assert_eq!((sum.received(), sum.rejected_total(), sum.kernel_dropped), (16, 4, Some(3)));
        sum.merge(&counts(0, Reason::TooOld, None));
        sum.merge(&Counts::default());
        assert_eq!((sum.kernel_dropped, sum.rejected[&Reason::TooOld]), (None, 4));
    }

    #[test]
    fn rows_read_back() {
        let minute: Time = "2026-11-21T12:56".parse().expect("a time");
        let kinds = [
            LedgerRowKind::Counts(counts(3, Reason::WrongType, None)),
            LedgerRowKind::Gap { clean: false },
            LedgerRowKind::Damage { journal: "j".into(), segment: 42 },
        ];
        for kind in kinds {
            let row = LedgerRow { kind, ..LedgerRow::counts("collector", minute, Counts::default()) };
            let json = serde_json::to_string(&row).expect("serializes");
            assert_eq!(serde_json::from_str::<LedgerRow>(&json).expect(&json), row);
        }
    }
}
