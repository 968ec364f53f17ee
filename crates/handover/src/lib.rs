//! The hand-over: the protocol that moves messages from the realtime side to the batch side, and the cut that reads
//! both sides so that every message is on exactly one. `docs/handover.md` walks through it step by step.
//!
//! Layout, in reading order:
//! - [`store`]: the parts of a data folder, opened to read or to write
//! - [`current`]: which views answer, and whether there are any
//! - [`probe`]: whether the views can be opened at all, asked of a process that may die of it
//! - [`cut`], [`raw`]: one moment of all layers; the raw messages of that moment
//! - [`reconcile`], [`missing`]: what does not fit, and segments that are gone; the first step of each start and batch
//! - `seal`, `publish`, `reclaim`: the steps of the batch
//! - [`handover`]: the jobs that run the steps, one at a time
//! - `plans`: the runtime that the aggregation has for itself
//! - `rebuild`: views from the master dataset alone
//! - [`verify`]: the proof that views ⊕ generations equal one pass over raw
//!
//! Invariant: the watermark and the rollups it stands for are written by one transaction, and a generation is given up
//! only after that transaction; so no crash and no order of steps puts a message on both sides or on none.

pub mod current;
pub mod cut;
mod error;
pub mod handover;
pub mod missing;
mod plans;
pub mod probe;
mod publish;
pub mod raw;
mod rebuild;
mod reclaim;
pub mod reconcile;
mod seal;
pub mod store;
pub mod verify;

pub use current::{Current, Progress};
pub use cut::{Cut, CutOptions};
pub use error::{Error, Result};
pub use handover::{Handover, Options, Outcome, Rolls};
pub use missing::Missing;
pub use probe::Probe;
pub use reconcile::Reconciled;
pub use store::{Access, Store};
pub use verify::{Difference, Verification};

#[cfg(test)]
mod tests;
