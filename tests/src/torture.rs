//! Torture: the real program with `tests/preload` between it and its file calls, ended at any point of its life, and
//! what must hold afterwards: it starts with no human, everything accepted is there exactly once, the answers are those
//! of an independent reader of the files, `verify` is clean.
//!
//! Layout, in reading order:
//! - `plan`: what a round does, thrown from seed and number
//! - `life`: one life of the program, with load and jobs, until the fault ends it or it is stopped
//! - `recording`, `disk`, `image`: what it did to its files, and what a power cut may leave of that
//! - `segment`, `master`, `reader`: which messages a folder holds, by readers that share no code with the product
//! - `check`: the start afterwards, and what must hold
//! - `round`, `report`: all of it together, many times, counted
//!
//! A seed repeats what a round tries; threads and clocks see to it that no two rounds are the same to the byte.

mod check;
mod dice;
mod disk;
mod image;
mod life;
mod load;
mod master;
mod plan;
mod process;
mod reader;
mod recording;
mod report;
mod round;
mod segment;
mod starter;

pub use plan::Kind;
pub use report::Report;
pub use round::{Options, ROUND, run};

use crate::inputs::Heartbeat;

/// What tells a message from every other one.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    sender: String,
    sequence: i64,
}

/// A message as it was sent, or as it was found.
type Fact = (Key, Heartbeat);
