//! The batch layer: every sealed message and ledger row in two Delta tables, and the pass that folds messages into
//! rollups. The tables are the source of truth for all that is older than the journals, so everything here that a
//! journal segment may be deleted for is on disk, file and folder synced, before it is called done.
//!
//! Layout, in reading order:
//! - [`master`]: the two tables as one; seal, and say what is sealed
//! - `table`, `log`: one Delta table; its commits and marks
//! - `store`, `durable`: every write through Delta, or beside it, survives a power cut
//! - `columns`, `sort`, `files`: messages as Parquet files, one per day, sorted by service and time
//! - [`ledger`]: ledger rows as Parquet
//! - `compact`, `remove`: many small files of a finished day into few; what nobody names off the disk
//! - [`contents`]: everything that a version consists of, for a backup
//! - [`retained`], [`retain`]: rollups of messages that are no longer kept; how messages come to that
//! - [`read`]: messages of one file back as columns, without DataFusion
//! - [`aggregate`]: files of messages into rollups of every granularity, with DataFusion

pub mod aggregate;
mod columns;
mod compact;
pub mod contents;
mod durable;
mod error;
mod files;
pub mod ledger;
mod log;
pub mod master;
pub mod read;
mod remove;
pub mod retain;
pub mod retained;
mod sort;
mod store;
mod table;

#[cfg(test)]
mod tests;

pub use aggregate::{Aggregation, Limits, aggregate};
pub use columns::schema as messages_schema;
pub use compact::Compaction;
pub use contents::Contents;
pub use error::{Error, Result};
pub use files::check as check_file;
pub use ledger::{LedgerFiles, SealedLedgerRow, read_ledger, slice_ledger};
pub use log::{SealCommit, SealedSegment};
pub use master::{DataFile, Master, Sealed, Sealing, SegmentContent, Snapshot, Versions};
pub use read::read_file;
pub use remove::{LostFile, Removed};
pub use retain::{Dropped, Dropping};
pub use retained::{Retained, RetainedFolder};
