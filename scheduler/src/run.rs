//! One run that has ended, as history keeps it.

use crate::Outcome;
use model::Time;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const OK: &str = "ok";
/// Bytes of a failure's reason that are kept; a reason can quote a whole query or path list.
const REASON_MAX: usize = 2000;

/// A run that has ended. A run cut off by a crash leaves none, so that its job is due again at the next start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub name: String,
    pub started: Time,
    pub took_ms: u64,
    /// `ok`, or `failed: ` and the reason.
    pub outcome: String,
    pub rows: u64,
    pub segments: u64,
    pub expired: u64,
}

impl Run {
    pub(crate) fn new(name: &str, started: Time, took: Duration, result: Result<Outcome, String>) -> Run {
        let (counts, outcome) = match result {
            Ok(counts) => (counts, OK.to_owned()),
            Err(reason) => (Outcome::default(), format!("failed: {}", shortened(&reason))),
        };
        Run {
            name: name.to_owned(),
            started,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            outcome,
            rows: counts.rows,
            segments: counts.segments,
            expired: counts.expired,
        }
    }

    pub fn is_ok(&self) -> bool {
        self.outcome == OK
    }

    /// When it ended, by its own start and length.
    pub(crate) fn ended(&self) -> Time {
        self.started.saturating_add(Duration::from_millis(self.took_ms))
    }
}

fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_bounded_between_two_characters() {
        let run = |reason: &str| Run::new("batch", Time::MIN, Duration::ZERO, Err(reason.to_owned()));
        assert_eq!(run("disk full").outcome, "failed: disk full");
        assert_eq!(run(&"€".repeat(1000)).outcome, format!("failed: {}", "€".repeat(666)));
        assert!(!run("ok").is_ok());
    }
}
