//! Journals: append-only logs of checksummed frames, the only thing that stands between a datagram and its loss.
//!
//! A journal is a folder with numbered segment files, a `LOCK` and exactly one writer at a time; any number of readers,
//! in any process, follow it by reading the files. `docs/format/journal.md` draws every byte.
//!
//! Layout, in reading order:
//! - [`frames`]: what a frame says (messages with their ledger, start, stop, done), as bytes and back
//! - `frame`, `segment`: the checksummed envelope, and the header of a file
//! - [`read`]: from a segment's bytes to frames, telling a torn tail from rot
//! - [`follow`]: the same over the segments of a journal, with damage as a ledger row
//! - [`write`]: append, sync, roll; refuses everything after a failed sync
//! - `recover`: what opening does with the files of a former life
//! - [`folder`]: journals and segments of a data folder, closing a dead writer's journal, reclaim
//! - [`ended`]: journals that are never written again, and what comes after them
//! - [`lock`], [`pins`]: who writes, and who still reads
//!
//! Invariant: segment numbers are never reused, and the newest file is never removed, so a number names one content
//! for ever.

pub mod ended;
mod error;
pub mod folder;
pub mod follow;
mod frame;
pub mod frames;
pub mod lock;
pub mod pins;
pub mod read;
mod recover;
mod segment;
mod sync;
pub mod write;

pub use error::{Error, Result};
pub use folder::JournalFolder;
pub use follow::{Closed, Follower, Position, closed};
pub use frames::Frame;
pub use pins::{Pin, Pins};
pub use read::{Damage, Read, SegmentReader, has_frames};
pub use recover::Recovery;
pub use sync::{replace_file, sync_folder};
pub use write::{Durability, Writer, WriterOptions};

#[cfg(test)]
mod tests;
