//! The hand-over: the protocol that moves messages from the realtime side to the batch side, and the cut that reads
//! both sides so that every message is on exactly one. `docs/handover.md` walks through it step by step.
//!
//! Layout, in reading order:
//! - [`store`]: the parts of a data folder, opened to read or to write
//! - [`current`]: which views answer, and whether there are any
//! - [`cut`], [`raw`]: one moment of all layers; the raw messages of that moment
//! - `seal`, `publish`, `reclaim`: the steps of the batch
//! - [`handover`]: the jobs that run the steps, one at a time
//! - `plans`: the runtime that the aggregation has for itself
//! - `rebuild`: views from the master dataset alone
//! - [`backup`], [`restore`]: a copy that can be moved elsewhere, and a data folder out of it
//! - [`verify`]: the proof that views ⊕ generations equal one pass over raw
//!
//! Invariant: the watermark and the rollups it stands for are written by one transaction, and a generation is given up
//! only after that transaction; so no crash and no order of steps puts a message on both sides or on none.

pub mod backup;
pub mod current;
pub mod cut;
mod error;
pub mod handover;
mod plans;
mod publish;
pub mod raw;
mod rebuild;
mod reclaim;
pub mod restore;
mod seal;
pub mod store;
pub mod verify;

pub use backup::BackedUp;
pub use current::{Current, Progress};
pub use cut::{Cut, CutOptions};
pub use error::{Error, Result};
pub use handover::{Handover, Options, Outcome, Rolls};
pub use restore::{Restored, check_whole, restore};
pub use store::{Access, Store};
pub use verify::{Difference, Verification};

#[cfg(test)]
mod tests;
