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
//! - [`retain`]: messages and buckets that are no longer kept
//! - `rebuild`: views from the master dataset alone
//! - [`backup`], [`restore`]: a copy that can be moved elsewhere, and a data folder out of it
//! - [`starts`], [`quarantine`]: what each start found, on record; what came into quarantine meanwhile
//! - [`verify`]: the proof that views ⊕ generations equal one pass over raw
//!
//! Invariant: the watermark and the rollups it stands for are written by one transaction, and a generation is given up
//! only after that transaction; so no crash and no order of steps puts a message on both sides or on none.

pub mod backup;
pub mod current;
pub mod cut;
mod error;
pub mod handover;
pub mod missing;
mod plans;
pub mod probe;
mod publish;
pub mod quarantine;
pub mod raw;
mod rebuild;
mod reclaim;
pub mod reconcile;
pub mod restore;
pub mod retain;
mod seal;
pub mod starts;
pub mod store;
pub mod verify;

pub use backup::BackedUp;
pub use current::{Current, Progress};
pub use cut::{Cut, CutOptions};
pub use error::{Error, Result};
pub use handover::{Handover, Options, Outcome, Prepared, Rolls, ViewsFound};
pub use missing::Missing;
pub use probe::Probe;
pub use quarantine::Quarantine;
pub use reconcile::Reconciled;
pub use restore::{Restored, check_whole, restore};
pub use retain::Retention;
pub use starts::{Start, Starts};
pub use store::{Access, JournalStanding, Standing, Store};
pub use verify::{Difference, Verification};

#[cfg(test)]
mod tests;
