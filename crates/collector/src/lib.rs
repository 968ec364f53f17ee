//! Every way in: from datagrams and files to messages in a journal, with a count of everything that did not get there.
//!
//! Layout, in reading order:
//! - [`Settings`]: what a collector is told
//! - [`Collector`], [`Handle`]: its life, and what others ask of it
//! - `socket`, `drops`: the port, batched receive, what the kernel dropped
//! - `receiver`: one socket's thread
//! - `road`: from bytes to a frame, whichever way they came
//! - `acknowledge`, `duplicates`, `recall`: answers to senders that ask, and what was taken already
//! - `admission`, `rate`, `network`, `services`, `names`: who may send what
//! - `batch`, `tally`: the frame that is being built, and the counts that go with it
//! - `intake`: the journal as the receivers share it, and the counts of this process
//! - `keeper`: sync, roll, signs of life
//! - [`rejects`]: the record of what was refused
//! - [`check`]: what would become of a message, and why
//! - [`import`]: files, each through a journal of its own
//!
//! Invariant: a message and its count stand in one frame, so the ledger on disk adds up whenever the process ends.

mod acknowledge;
mod admission;
mod batch;
pub mod check;
mod collector;
mod drops;
mod duplicates;
mod error;
pub mod import;
mod intake;
mod keeper;
mod names;
mod network;
mod rate;
mod recall;
mod receiver;
pub mod rejects;
mod road;
mod services;
mod settings;
mod socket;
mod status;
mod tally;

pub use collector::{Collector, Handle};
pub use error::{Error, Foreign, Result};
pub use network::Network;
pub use rejects::Rejected;
pub use settings::{RejectLimits, Settings};
pub use status::{RecoveryReport, Shedding, Status};

#[cfg(test)]
mod tests;
