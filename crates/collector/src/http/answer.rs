//! What a request is told.

use crate::road::Outcome;
use crate::status::Shedding;
use model::Reason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Refused messages that are told one by one; all are counted.
pub const REFUSALS_MAX: usize = 100;

/// What became of the messages of a request, all of it on disk;
/// `received = accepted + duplicate + the sum of reasons`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub received: u64,
    /// In every answer from now on.
    pub accepted: u64,
    /// Taken before, by sender and sequence, and counted once.
    pub duplicate: u64,
    /// The first [`REFUSALS_MAX`] that were refused.
    pub rejected: Vec<Refusal>,
    /// How many were refused, by reason.
    pub reasons: BTreeMap<Reason, u64>,
}

/// One refused message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which message of the body, from 0.
    pub index: u64,
    pub reason: Reason,
    /// The reason with the values that show why, and what to do.
    pub message: String,
}

impl Answer {
    pub(super) fn add(&mut self, outcome: Outcome) {
        let index = self.received;
        self.received += 1;
        match outcome {
            Outcome::Taken => self.accepted += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::Refused(reject) => {
                let reason = reject.reason();
                *self.reasons.entry(reason).or_default() += 1;
                if self.rejected.len() < REFUSALS_MAX {
                    self.rejected.push(Refusal { index, reason, message: reject.to_string() });
                }
            }
        }
    }

    /// Whether there were messages, and none is in the journal.
    pub fn is_all_refused(&self) -> bool {
        self.received > 0 && self.accepted + self.duplicate == 0
    }
}

/// Why nothing of a request was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untaken {
    #[error("the body is empty; send a message, an array of messages, or one message a line")]
    Empty,
    #[error("the body is not JSON: it begins with {0:?}; send a message, an array of messages, or one message a line")]
    NotJson(String),
    #[error("the body holds no message: {0}; send a message, an array of messages, or one message a line")]
    NoMessage(String),
    #[error("the body is larger than {bytes_max} bytes; send it in several requests, or raise limits.ingest_body")]
    TooLarge { bytes_max: usize },
    #[error("the body holds more than {max} messages; send them in several requests", max = super::records::RECORDS_MAX)]
    TooMany,
    #[error("too much waits to be written; send the request again in a moment")]
    Busy,
    #[error(
        "the journal takes no writes since {since}: {reason}; nothing of this request is counted as accepted, send it again later",
        since = .0.since,
        reason = .0.reason
    )]
    Shedding(Shedding),
    /// It may have been written and not be told any more.
    #[error("the process is ending; send the request again when it runs again")]
    Ending,
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Reject;

    #[test]
    fn every_refusal_counts_and_some_are_told() {
        let mut answer = Answer::default();
        answer.add(Outcome::Refused(Reject::TooLarge));
        assert!(answer.is_all_refused());
        answer.add(Outcome::Taken);
        for _ in 0..2 * REFUSALS_MAX {
            answer.add(Outcome::Refused(Reject::NonFinite));
        }
        answer.add(Outcome::Duplicate);
        assert_eq!((answer.received, answer.accepted, answer.duplicate), (203, 1, 1));
        assert_eq!(answer.reasons, BTreeMap::from([(Reason::NonFinite, 200), (Reason::TooLarge, 1)]));
        let told: Vec<u64> = answer.rejected.iter().map(|refusal| refusal.index).collect();
        assert_eq!(told, std::iter::once(0).chain(2..101).collect::<Vec<_>>());
        assert!(!answer.is_all_refused());
    }
}
