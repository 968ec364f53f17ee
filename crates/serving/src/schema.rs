//! Tables and columns of a view file. `docs/format/views.md` draws them.

use duckdb::types::{TimeUnit, Value};
use model::{Granularity, Time};

/// The format of the tables, stored in each file. A file of another format is rebuilt, never converted.
pub const FORMAT: i64 = 2;

/// The series of a health message, in the order of the columns.
pub(crate) const SERIES: [&str; 3] = ["cpu", "ram", "disk"];

/// The table of one granularity is called like it.
pub(crate) const fn table(granularity: Granularity) -> &'static str {
    granularity.name()
}

pub(crate) fn create_all() -> String {
    let rollups: String = Granularity::ALL.into_iter().map(|granularity| create_rollups(table(granularity))).collect();
    rollups + SMALL_TABLES
}

/// The tables beside the rollups.
pub(crate) const fn small_tables() -> [&'static str; 6] {
    ["versions", "watermark", "published", "unfolded", "services", "ledger"]
}

fn create_rollups(table: &str) -> String {
    let series: String = SERIES
        .iter()
        .map(|s| {
            format!(
                ", {s}_sum DECIMAL(38, 0) NOT NULL, {s}_min INTEGER NOT NULL, {s}_max INTEGER NOT NULL, \
                 {s}_max_at TIMESTAMP NOT NULL"
            )
        })
        .collect();
    format!("CREATE TABLE {table}(service VARCHAR NOT NULL, bucket TIMESTAMP NOT NULL, count BIGINT NOT NULL{series});")
}

const SMALL_TABLES: &str = r#"
    CREATE TABLE services(service VARCHAR NOT NULL, first_seen TIMESTAMP NOT NULL, last_seen TIMESTAMP NOT NULL,
        last_received TIMESTAMP NOT NULL, count BIGINT NOT NULL);
    CREATE TABLE ledger(kind VARCHAR NOT NULL, source VARCHAR NOT NULL, "from" TIMESTAMP NOT NULL,
        "to" TIMESTAMP NOT NULL, segment BIGINT, damaged_journal VARCHAR, clean BOOLEAN, accepted BIGINT,
        duplicate BIGINT, shed BIGINT, kernel_dropped BIGINT, rejected VARCHAR);
    CREATE TABLE published(journal VARCHAR NOT NULL, segment BIGINT NOT NULL, messages BIGINT NOT NULL,
        damaged BOOLEAN NOT NULL);
    CREATE TABLE watermark(journal VARCHAR NOT NULL, segment BIGINT NOT NULL);
    CREATE TABLE versions(format BIGINT NOT NULL, messages BIGINT NOT NULL, ledger BIGINT NOT NULL);
    CREATE TABLE unfolded(granularity VARCHAR NOT NULL, bucket TIMESTAMP NOT NULL);
    CREATE TABLE floors(granularity VARCHAR NOT NULL, "from" TIMESTAMP NOT NULL);
"#;

/// The columns of a rollup table in order, each series' columns as `of_series` writes them.
pub(crate) fn rollup_columns(of_series: impl Fn(&str) -> String) -> String {
    SERIES.map(of_series).join(", ")
}

/// A time as a parameter.
pub(crate) fn timestamp(time: Time) -> Value {
    Value::Timestamp(TimeUnit::Microsecond, time.as_micros())
}
