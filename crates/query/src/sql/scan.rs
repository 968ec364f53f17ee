//! A leaf of a plan that reads from the cut on a thread that may block, and hands over batches as they are read.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions, SchedulingType};
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use std::fmt;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

type Result<T> = std::result::Result<T, DataFusionError>;

/// What is read, and what `EXPLAIN` says of it.
pub(crate) trait Source: fmt::Debug + Send + Sync + 'static {
    const NAME: &'static str;

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Reads everything into the output, or until that is closed.
    fn read(&self, output: &mut Output) -> Result<()>;
}

#[derive(Debug)]
pub(crate) struct Scan<S> {
    source: Arc<S>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl<S: Source> Scan<S> {
    /// The source's batches have the projected columns of the schema.
    pub(crate) fn new(source: S, schema: SchemaRef, projection: Option<&Vec<usize>>) -> Result<Scan<S>> {
        let schema = projection.map_or(Ok(schema.clone()), |columns| schema.project(columns).map(Arc::new))?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        // what comes through a channel gives way to others
        .with_scheduling_type(SchedulingType::Cooperative);
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(Scan { source: Arc::new(source), properties: Arc::new(properties), metrics })
    }
}

impl<S: Source> DisplayAs for Scan<S> {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", S::NAME)?;
        self.source.describe(f)
    }
}

impl<S: Source> ExecutionPlan for Scan<S> {
    fn name(&self) -> &str {
        S::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        // one batch ahead: the next is read while this one is looked at
        let mut stream = RecordBatchReceiverStreamBuilder::new(self.schema(), 1);
        let mut output = Output {
            sender: stream.tx(),
            rows: MetricBuilder::new(&self.metrics).output_rows(partition),
            metrics: self.metrics.clone(),
            partition,
            memory: MemoryConsumer::new(S::NAME).register(context.memory_pool()),
            batch_rows: context.session_config().batch_size(),
        };
        let source = self.source.clone();
        stream.spawn_blocking(move || source.read(&mut output));
        Ok(stream.build())
    }
}

/// Where a source's batches go.
#[derive(Debug)]
pub(crate) struct Output {
    sender: Sender<Result<RecordBatch>>,
    rows: Count,
    metrics: ExecutionPlanMetricsSet,
    partition: usize,
    /// What the source holds; the bound of all statements counts it.
    pub(crate) memory: MemoryReservation,
    /// The most rows that a batch should have.
    pub(crate) batch_rows: usize,
}

impl Output {
    /// Whether nobody reads any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Waits for the reader; false where there is none any more.
    pub(crate) fn send(&self, batch: RecordBatch) -> bool {
        self.rows.add(batch.num_rows());
        self.sender.blocking_send(Ok(batch)).is_ok()
    }

    /// Adds to a number that `EXPLAIN ANALYZE` shows.
    pub(crate) fn count(&self, name: &'static str, count: u64) {
        let counter = MetricBuilder::new(&self.metrics).counter(name, self.partition);
        counter.add(usize::try_from(count).unwrap_or(usize::MAX));
    }
}
