//! Where something stands in a journal. Order comes from positions, never from a clock.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The identity of a journal; it stays when the folder is moved or renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JournalId(pub Uuid);

impl JournalId {
    /// A new identity, from the operating system's randomness.
    pub fn random() -> JournalId {
        JournalId(Uuid::new_v4())
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JournalId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<JournalId, uuid::Error> {
        text.parse().map(JournalId)
    }
}

/// Per journal, the number of the last segment that is done: sealed, or published. Segments are numbered from 1; a
/// journal that is not in it has none done.
pub type Marks = BTreeMap<JournalId, u64>;
