//! The tables `minute` to `year`: per service and bucket the views up to the watermark and the realtime minutes above
//! it. Cells of the views go straight into columns; only those that realtime minutes belong to are merged on the way.

use crate::columns::{self, RollupRows};
use crate::error::Result;
use crate::fold::{Buckets, cell};
use crate::sql::asked::Asked;
use crate::sql::moment::{Moment, Taken};
use crate::sql::scan::{Output, Scan, Source};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use handover::Cut;
use model::{Granularity, HealthRollup, Span, Time, TimeRange};
use std::fmt;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct RollupTable(pub(crate) Granularity);

#[async_trait]
impl TableProvider for RollupTable {
    fn schema(&self) -> SchemaRef {
        columns::rollups_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(Asked::served(filters, TableProviderFilterPushDown::Exact))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let (granularity, taken, asked) = (self.0, Moment::of(session).await?, Asked::of(filters));
        // a condition on `time` speaks of the start of buckets
        let starts = |range: TimeRange| TimeRange::new(granularity.ceil(range.from), granularity.ceil(range.to)).ok();
        let buckets = asked.range(taken.floors.of(granularity)).and_then(starts);
        let schema = columns::rollups_schema();
        let schema = projection.map_or(Ok(schema.clone()), |columns| schema.project(columns).map(Arc::new))?;
        let source = Rollups { granularity, taken, asked, buckets, schema, limit };
        Ok(Arc::new(Scan::new(source, columns::rollups_schema(), projection)?))
    }
}

/// The rollups of one granularity in a cut.
#[derive(Debug)]
struct Rollups {
    granularity: Granularity,
    taken: Arc<Taken>,
    asked: Asked,
    /// The buckets that are asked for and kept.
    buckets: Option<TimeRange>,
    /// The columns that are asked for.
    schema: SchemaRef,
    limit: Option<usize>,
}

impl Source for Rollups {
    const NAME: &'static str = "RollupScan";

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rollups { granularity, asked, .. } = self;
        write!(f, "table={granularity}, {asked}, reads={granularity} views and realtime minutes")?;
        let floor = self.taken.floors.of(*granularity);
        if floor > Time::MIN {
            write!(f, ", kept from {floor}")?;
        }
        self.limit.map_or(Ok(()), |limit| write!(f, ", limit={limit}"))
    }

    fn read(&self, output: &mut Output) -> Result<(), DataFusionError> {
        let Some(range) = self.buckets else { return Ok(()) };
        let span = Span { granularity: self.granularity, range };
        let (names, pieces) = self.taken.read(|cut| -> Result<_> {
            let names = self.asked.names(cut)?;
            let pieces = cut.pieces(&span, names.as_deref(), &|service| self.asked.is_wanted(service))?;
            Ok((names, pieces))
        })?;
        let mut left = self.limit.unwrap_or(usize::MAX);
        for range in pieces {
            if left == 0 || output.is_closed() {
                break;
            }
            let rows = self.piece(names.as_deref(), range, left, output)?;
            left -= rows.num_rows();
            if !send(&rows, output) {
                break;
            }
        }
        Ok(())
    }
}

impl Rollups {
    /// The rows of a piece of the span, at most `most` of them. The cut is given back before anybody reads them.
    fn piece(
        &self,
        names: Option<&[String]>,
        range: TimeRange,
        most: usize,
        output: &Output,
    ) -> Result<RecordBatch, DataFusionError> {
        let mut rows = RollupRows::new(self.schema.clone());
        let mut push = |service: &str, bucket: Time, rollup: &HealthRollup| {
            if rows.len() < most {
                rows.push(service, bucket, rollup);
            }
        };
        let (view_cells, realtime_cells) = self.taken.read(|cut| -> Result<_> {
            let (mut above, realtime_cells) = self.above(cut, &range);
            let span = Span { granularity: self.granularity, range };
            let view_cells = cut.view_rollups(&span, names, &mut |service, bucket, rollup| match above
                .get_mut(service)
                .and_then(|buckets| buckets.remove(&bucket))
            {
                None => push(service, bucket, rollup),
                Some(mut merged) => {
                    merged.merge(rollup);
                    push(service, bucket, &merged);
                }
            })?;
            // what is in no view yet
            for (service, buckets) in above {
                buckets.iter().for_each(|(bucket, rollup)| push(&service, *bucket, rollup));
            }
            Ok((view_cells, realtime_cells))
        })?;
        output.count("view_cells", view_cells);
        output.count("realtime_cells", realtime_cells);
        let rows = rows.finish()?;
        output.memory.try_resize(rows.get_array_memory_size())?;
        Ok(rows)
    }

    /// The buckets of the realtime minutes that are asked for, and how many minutes there were.
    fn above(&self, cut: &Cut, range: &TimeRange) -> (Buckets, u64) {
        let mut above = Buckets::new();
        let wanted = |service: &str| self.asked.is_wanted(service);
        let minutes = cut.realtime_rollups(range, &wanted, &mut |service, minute, rollup| {
            cell(&mut above, service, self.granularity.floor(minute)).merge(rollup);
        });
        (above, minutes)
    }
}

/// False once nobody reads on.
fn send(rows: &RecordBatch, output: &Output) -> bool {
    let mut starts = (0..rows.num_rows()).step_by(output.batch_rows);
    starts.all(|start| output.send(rows.slice(start, output.batch_rows.min(rows.num_rows() - start))))
}
