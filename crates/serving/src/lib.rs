//! The batch views: rollups by (service, bucket) in a DuckDB file. Parquet in, plain rollups out; no other room knows
//! that it is DuckDB.
//!
//! A key may have several partial rollups. Publishing only inserts; reading merges, with [`model::Rollup::merge`] and
//! nothing else, what SQL has brought side by side; folding replaces the partials of a key by their merge now and then.
//! Views are disposable: whatever is wrong with a file, the caller builds a new one beside it.
//!
//! Layout, in reading order:
//! - [`FORMAT`]: of the tables and columns, which `schema` names and `docs/format/views.md` draws
//! - [`Views`]: one open file, from opening to checkpoint
//! - [`Publication`]: what one transaction adds
//! - [`Reading`]: one consistent snapshot
//! - [`Folded`]: what folding did
//!
//! Invariant: no primary keys, no indexes, no updates; they cost 15 times the space, or seconds per publication.

mod cells;
mod connect;
mod error;
mod fold;
mod input;
mod ledger;
mod publish;
mod reading;
mod retain;
mod schema;
mod session;
mod slices;
mod state;
mod views;

pub use connect::Limits;
pub use error::{Error, Result};
pub use fold::Folded;
pub use publish::{Publication, PublishedSegment};
pub use reading::{Reading, SLICE_ROWS, ServiceSeen};
pub use schema::FORMAT;
pub use slices::slices;
pub use state::{State, Versions};
pub use views::Views;

#[cfg(test)]
mod fixture;
