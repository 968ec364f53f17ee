//! The words of Vitals as types, and the rules that make a message. No I/O, no async, no clock of its own.
//!
//! Layout, in reading order:
//! - [`time`]: instants in microseconds, UTC, and where "now" comes from
//! - [`units`]: durations and sizes as people write them
//! - [`utilization`]: shares as billionths, the one place where a sent number becomes one
//! - [`rollup`]: what is kept of a series in a bucket, and the merge that every layer relies on
//! - [`seen`]: when a service was seen, and what was heard of it last
//! - [`granularity`], [`range`]: calendar buckets, and the split of a range into them
//! - [`floors`]: from when on messages and buckets are kept, and what a range widens to below
//! - [`columns`]: messages as they travel between rooms
//! - [`ledger`]: what became of everything that arrived, per minute and source
//! - [`data_folder`]: where things lie on disk
//! - [`position`]: journals and marks in them
//! - [`decode`], [`reject`]: from bytes to a message, or to the reason why not

pub mod columns;
pub mod data_folder;
pub mod decode;
pub mod floors;
pub mod granularity;
pub mod ledger;
pub mod position;
pub mod range;
pub mod reject;
pub mod rollup;
pub mod seen;
pub mod time;
pub mod units;
pub mod utilization;

pub use columns::{Message, Messages, TextColumn};
pub use data_folder::DataFolder;
pub use decode::{CpuUnit, DUPLICATE_WINDOW, Decoder, MESSAGE_BYTES_MAX, NAME_BYTES_MAX, Rules, is_name};
pub use floors::{Floors, Kept, Left};
pub use granularity::Granularity;
pub use ledger::{Counts, LedgerRow, LedgerRowKind, TOLD_WITHIN};
pub use position::{JournalId, Marks};
pub use range::{RangeWords, Span, Split, TimeRange};
pub use reject::{Reason, Reject};
pub use rollup::{Health, HealthRollup, Rollup};
pub use seen::{Heard, Seen};
pub use time::{Clock, SystemClock, Time};
pub use utilization::{BILLION, Utilization};
