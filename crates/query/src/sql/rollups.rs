//! The tables `minute` to `year`: per service and bucket the views up to the watermark and the realtime minutes above
//! it, merged by the one fold that answers go through.

use crate::columns::{self, RollupRows};
use crate::error::Result;
use crate::fold::{Cells, Fold, Wanted};
use crate::question::Layer;
use crate::sql::asked::Asked;
use crate::sql::moment::{Moment, Taken};
use crate::sql::scan::{Output, Scan, Source};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use model::{Granularity, HealthRollup, Span, Split, Time, TimeRange};
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
        let source = Rollups { granularity, taken, asked, buckets, projection: projection.cloned(), limit };
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
    projection: Option<Vec<usize>>,
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
            let cells = self.fold(names.as_deref(), range, output)?;
            if !self.send(&cells, &mut left, output)? {
                break;
            }
        }
        Ok(())
    }
}

/// What a cell costs while a piece is folded: its key, its rollup and their places in two maps.
const CELL_BYTES: usize = size_of::<HealthRollup>() * 2 + 160;

impl Rollups {
    /// The cells of a piece of the span. The cut is given back before anybody reads them.
    fn fold(&self, names: Option<&[String]>, range: TimeRange, output: &Output) -> Result<Cells, DataFusionError> {
        let split = Split { spans: vec![Span { granularity: self.granularity, range }], edges: Vec::new() };
        let asked = self.asked.clone();
        let wanted = Wanted::named(names.map(<[_]>::to_vec), move |service| asked.is_wanted(service));
        let every = Some(self.granularity);
        let (cells, read) = self.taken.read(|cut| Fold::new(cut, &wanted, every).run(&split, Layer::Merged))?;
        output.count("view_cells", read.view_cells.values().sum());
        output.count("realtime_cells", read.realtime_cells);
        output.memory.try_resize(cells.len() * CELL_BYTES)?;
        Ok(cells)
    }

    /// False once nobody reads on.
    fn send(&self, cells: &Cells, left: &mut usize, output: &Output) -> Result<bool, DataFusionError> {
        let mut rows = RollupRows::new(true);
        let mut cells = cells.iter().take(*left).peekable();
        while let Some(((service, bucket), rollup)) = cells.next() {
            rows.push(service, *bucket, rollup);
            *left -= 1;
            if rows.len() == output.batch_rows || cells.peek().is_none() {
                let batch = rows.finish()?;
                let batch = self.projection.as_ref().map_or(Ok(batch.clone()), |columns| batch.project(columns))?;
                if !output.send(batch) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
