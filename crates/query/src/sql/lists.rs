//! Tables that are made whole when they are scanned: services and ledger of the cut, and lists of other rooms.

use crate::answer::{LedgerLine, ServiceLine};
use crate::sql::asked::Asked;
use crate::sql::moment::Moment;
use crate::{columns, coverage};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use model::Time;
use std::fmt;
use std::sync::Arc;

type Reason = Box<dyn std::error::Error + Send + Sync>;

/// A table from another room: read whole for each scan, on a thread that may block.
#[derive(Clone)]
pub struct List {
    pub name: &'static str,
    pub schema: SchemaRef,
    pub read: Arc<dyn Fn() -> Result<RecordBatch, Reason> + Send + Sync>,
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for List {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let read = self.read.clone();
        whole(self.schema(), projection, limit, move || read().map_err(DataFusionError::External)).await
    }
}

/// Every service that was ever seen.
#[derive(Debug)]
pub(crate) struct ServiceTable;

#[async_trait]
impl TableProvider for ServiceTable {
    fn schema(&self) -> SchemaRef {
        columns::services_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let taken = Moment::of(session).await?;
        let read = move || {
            let services = taken.read(|cut| cut.services()).map_err(crate::Error::from)?;
            let lines: Vec<_> = services.into_iter().map(|(service, seen)| ServiceLine { service, seen }).collect();
            Ok(columns::services(&lines)?)
        };
        whole(self.schema(), projection, limit, read).await
    }
}

/// What became of everything that arrived.
#[derive(Debug)]
pub(crate) struct LedgerTable;

#[async_trait]
impl TableProvider for LedgerTable {
    fn schema(&self) -> SchemaRef {
        columns::ledger_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Only the rows of a span of time are read; rows that merely touch it are left out by a filter above.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(Asked::served(filters, TableProviderFilterPushDown::Inexact))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let taken = Moment::of(session).await?;
        let range = Asked::of(filters).range(Time::MIN);
        let read = move || {
            let rows = range.map(|range| taken.read(|cut| coverage::rows(&taken.store, cut, &range)));
            let rows = rows.transpose()?.unwrap_or_default();
            let lines: Vec<_> = rows.into_iter().map(LedgerLine::from).collect();
            Ok(columns::ledger(&lines)?)
        };
        whole(self.schema(), projection, limit, read).await
    }
}

/// The batch that `read` makes, in memory.
async fn whole(
    schema: SchemaRef,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
    read: impl FnOnce() -> Result<RecordBatch, DataFusionError> + Send + 'static,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let read = tokio::task::spawn_blocking(read).await;
    let batch = read.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
    let batch = batch.slice(0, limit.unwrap_or(usize::MAX).min(batch.num_rows()));
    Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], schema, projection.cloned())?)
}
