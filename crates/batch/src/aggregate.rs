//! The aggregation: files of messages into the rollups of every granularity, one Parquet file each, in one pass.
//!
//! DataFusion reads the files and groups by service and minute with an aggregate of our own, within a memory limit; what
//! does not fit is spilled. It returns the minutes in order of service and time, so every coarser bucket is complete when
//! the next one begins: the rest is a fold over a stream, in the memory of one bucket per granularity.

mod fold;
mod function;
pub(crate) mod rollups;
mod source;

use crate::{Result, columns};
use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use datafusion::common::exec_err;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::functions_aggregate::expr_fn::{max, min};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext, col};
use fold::Fold;
pub(crate) use fold::{rollups_schema, services_schema};
use futures::StreamExt;
use model::{Granularity, Time};
use source::MessageFiles;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a sort sets aside for merging the pieces it spilled.
const MERGE_BYTES_MAX: usize = 10 << 20;

/// How much an aggregation may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory for groups and for sorting, at least 16 MiB; beyond it both spill to disk. Reading comes on top.
    pub memory_bytes: usize,
    /// How many threads' worth of work a plan is split into.
    pub partitions: usize,
}

/// The files an aggregation wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregation {
    /// From fine to coarse. Columns: service, bucket (its start), count, then for cpu, ram and disk `_sum`, `_min`,
    /// `_max` in billionths and `_max_at`; ordered by service and bucket.
    pub rollups: Vec<(Granularity, PathBuf)>,
    /// Columns: service, first_seen and last_seen (the messages' own time), last_received, count; ordered by service.
    pub services: PathBuf,
    /// How many messages were folded.
    pub rows: u64,
}

/// Folds the messages of `files` into new files in the folder `out`, which is the caller's to delete.
///
/// Without a message the files are there and empty. They are for handing over and are not synced. The plan computes on
/// the caller's runtime and keeps its threads busy: give it a runtime of its own.
pub async fn aggregate(files: &[PathBuf], out: &Path, limits: &Limits) -> Result<Aggregation> {
    let mut fold = Fold::create(out)?;
    if !files.is_empty() {
        let mut minutes = minutes(files, out, limits)?.execute_stream().await?;
        while let Some(batch) = minutes.next().await {
            fold.push(&batch?)?;
        }
    }
    fold.finish()
}

/// Per service and minute, in that order: the rollup and what the list of services needs.
fn minutes(files: &[PathBuf], out: &Path, limits: &Limits) -> Result<DataFrame> {
    let health = ["time", "cpu", "ram_total", "ram_free", "disk_total", "disk_free"].map(col).to_vec();
    let group = vec![col("service"), minute_of().call(vec![col("time")]).alias("bucket")];
    let values = vec![
        function::health_rollup().call(health).alias("health"),
        min(col("time")).alias("first_seen"),
        max(col("time")).alias("last_seen"),
        max(col("received")).alias("last_received"),
    ];
    let order = ["service", "bucket"].map(|column| col(column).sort(true, false)).to_vec();
    let messages = context(out, limits)?.read_table(Arc::new(MessageFiles::new(files)?))?;
    Ok(messages.aggregate(group, values)?.sort(order)?)
}

/// Everything is new in it: a cache that outlived the call could show files as they were.
fn context(spill: &Path, limits: &Limits) -> Result<SessionContext> {
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![spill.to_owned()]));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory_bytes)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    // one sort for all partitions: several at once, each merging what it spilled, take the memory from one another and
    // from the merge above them, which cannot spill, and the plan fails
    let config = SessionConfig::new()
        .with_target_partitions(limits.partitions.max(1))
        .with_repartition_sorts(false)
        .with_sort_spill_reservation_bytes(MERGE_BYTES_MAX.min(limits.memory_bytes / 8));
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// The start of the minute, by the one calendar that all layers share.
fn minute_of() -> ScalarUDF {
    let floor = |micros| Granularity::Minute.floor(Time::from_micros(micros)).as_micros();
    let apply = move |args: &[ColumnarValue]| match args {
        [ColumnarValue::Array(times)] => {
            let minutes = times.as_primitive::<TimestampMicrosecondType>().unary::<_, TimestampMicrosecondType>(floor);
            Ok(ColumnarValue::Array(Arc::new(minutes.with_timezone("UTC"))))
        }
        _ => exec_err!("minute takes a column of times"),
    };
    let time = columns::timestamp();
    create_udf("minute", vec![time.clone()], time, Volatility::Immutable, Arc::new(apply))
}

#[cfg(test)]
mod tests;
