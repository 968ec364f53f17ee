//! The tabular form of everything that can be listed, as Arrow: the same columns in SQL, CSV and Arrow IPC. Times are
//! microseconds in UTC; shares run from 0 to 1; counts are 64-bit integers with a sign, as PostgreSQL has no others.
//!
//! Layout: `rollups` rows of an answer and of the tables `minute` to `year`; `messages` raw messages; `lists` services
//! and the ledger.

mod lists;
mod messages;
mod rollups;

pub use lists::{ledger, ledger_schema, services, services_schema};
pub(crate) use messages::share;
pub use messages::{messages, messages_schema};
pub use rollups::{RollupRows, rollups_schema, rows, summary_schema};

use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// Microseconds since 1970 in UTC, as Arrow says it.
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A column of times from microseconds since 1970.
pub fn times(micros: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone("UTC"))
}

/// A count as the columns have it; none comes near the end of 63 bits.
pub fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Of name, type and whether it may be missing.
fn schema(fields: impl IntoIterator<Item = (impl Into<String>, DataType, bool)>) -> SchemaRef {
    let fields = fields.into_iter().map(|(name, of, optional)| Field::new(name.into(), of, optional));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests;
