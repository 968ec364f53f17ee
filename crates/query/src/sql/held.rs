//! What a window function holds counts as memory of its statement. The engine holds all rows of a window over everything
//! (`OVER ()`) without counting them: a statement over many would take all memory of the process that collects.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, internal_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{ReplaceChildrenOptions, replace_children_if_necessary};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::StreamExt;
use std::fmt;
use std::sync::Arc;

type Result<T> = std::result::Result<T, DataFusionError>;

/// Puts what counts under what holds.
#[derive(Debug)]
pub(crate) struct Holding;

impl PhysicalOptimizerRule for Holding {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| match (node.is::<WindowAggExec>(), node.children().first()) {
            (true, Some(input)) => {
                let held: Arc<dyn ExecutionPlan> = Arc::new(Held { input: Arc::clone(input) });
                Ok(Transformed::yes(replace_children_if_necessary(node, vec![held])?))
            }
            _ => Ok(Transformed::no(node)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "Holding"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Rows that somebody holds until there are no more.
#[derive(Debug)]
struct Held {
    input: Arc<dyn ExecutionPlan>,
}

impl Held {
    fn over(mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Held { input })),
            None => internal_err!("rows that are held come from somewhere"),
        }
    }
}

impl DisplayAs for Held {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldExec")
    }
}

impl ExecutionPlan for Held {
    fn name(&self) -> &str {
        "HeldExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Held::over(children)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Held::over(children)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new("HeldExec").register(context.memory_pool());
        let (mut rows, mut longest) = (0, 0);
        let batches = self.input.execute(partition, context)?.map(move |batch| {
            let batch = batch?;
            let before = rows * longest;
            rows += batch.num_rows();
            longest = longest.max(longest_value(&batch));
            // once as it comes, once when all are put together, and the longest value for each row where it wins
            memory.try_grow(2 * batch.get_array_memory_size() + (rows * longest - before))?;
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// Bytes of the longest text.
fn longest_value(batch: &RecordBatch) -> usize {
    let of = |column: &Arc<dyn Array>| match column.data_type() {
        DataType::Utf8 => {
            column.as_string::<i32>().value_offsets().windows(2).map(|ends| ends[1].abs_diff(ends[0])).max()
        }
        DataType::Utf8View => column.as_string_view().lengths().max(),
        _ => None,
    };
    batch.columns().iter().filter_map(of).max().unwrap_or(0) as usize
}
