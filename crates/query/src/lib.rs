//! Questions and their answers: one cut, one plan over granularities, one merge, and how complete the answer is.
//!
//! Layout, in reading order:
//! - [`question`]: what can be asked
//! - [`answer`]: what comes back; the shapes that scripts rely on
//! - `plan`: a range as spans of buckets and raw edges
//! - `fold`: the merge of views, generations and raw messages
//! - `coverage`: what became of everything that arrived in those minutes
//! - [`given_up`]: whether anybody still waits
//! - [`ask`]: the questions answered from a store
//! - [`columns`]: what can be listed, as Arrow
//! - [`sql`]: the same as tables
//! - [`latest`]: every service as it is now
//! - [`fleet`]: every service, with all that was seen of it
//! - [`tail`]: messages as they are accepted

pub mod answer;
pub mod ask;
pub mod columns;
mod coverage;
mod error;
pub mod fleet;
mod fold;
pub mod given_up;
pub mod latest;
mod plan;
pub mod question;
pub mod sql;
pub mod tail;

pub use answer::{Answer, Coverage, LedgerLine, Row, Series, ServiceLine};
pub use ask::{answer, answer_unless, ledger, services};
pub use error::{Error, Result};
pub use fleet::{Fleet, fleet};
pub use given_up::GivenUp;
pub use latest::{LastMessage, Latest, Minute, ServiceNow, latest};
pub use question::{Layer, Question};
pub use tail::{Accepted, Tail, TailFilter};

#[cfg(test)]
mod tests;
