//! What statements mean here and not to the engine by itself: as PostgreSQL does it, or as it can be computed at all.
//!
//! - `absent`: where there is no row
//! - `centuries`: functions of time, for all times there are
//! - `dates`: what a date and an interval come to
//! - `existing`: `EXISTS` as a value
//! - `instants`: times are microseconds, and may have no seconds
//! - `overflow`: numbers that become too large
//! - `rounding`: numbers become whole by rounding
//! - `spans`: parts of a difference of two times

mod absent;
mod centuries;
mod dates;
mod existing;
mod instants;
mod overflow;
mod rounding;
mod spans;

pub use instants::with_seconds;

use crate::sql::growth::BoundedFunctions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::Analyzer;
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

type Rule = Arc<dyn AnalyzerRule + Send + Sync>;

/// The rules of the engine among ours: those that look at what was written come first, and the bounds see what has been
/// made of it.
pub(crate) fn all() -> Vec<Rule> {
    let written: [Rule; 5] = [
        Arc::new(rounding::Rounding),
        Arc::new(instants::Instants),
        Arc::new(centuries::Centuries),
        Arc::new(existing::Existing),
        Arc::new(absent::Absent),
    ];
    let typed: [Rule; 3] = [Arc::new(overflow::Overflow), Arc::new(spans::Spans), Arc::new(BoundedFunctions)];
    written.into_iter().chain(Analyzer::new().rules).chain(typed).collect()
}

/// What decides on types has to be known before rules are applied.
pub(crate) fn planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![Arc::new(dates::Dates)]
}

/// Where an expression stands.
pub(crate) struct Place {
    /// The columns that it sees.
    pub(crate) schema: DFSchema,
    /// Whether it chooses rows and is no value of one.
    is_condition: bool,
}

/// The plan with each expression, innermost first, as `change` makes it of it; columns of answers keep their names.
pub(crate) fn rewrite(
    plan: LogicalPlan,
    change: &dyn Fn(Expr, &Place) -> Result<Transformed<Expr>>,
) -> Result<LogicalPlan> {
    let changed = |plan: LogicalPlan| {
        let mut schema = merge_schema(&plan.inputs());
        if let LogicalPlan::TableScan(scan) = &plan {
            schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
        }
        let is_condition = matches!(plan, LogicalPlan::Filter(_) | LogicalPlan::Join(_));
        let (place, names) = (Place { schema, is_condition }, NamePreserver::new(&plan));
        let named = |expression: Expr| {
            let name = names.save(&expression);
            let changed = expression.transform_up(|expression| change(expression, &place))?;
            Ok(changed.update_data(|expression| name.restore(expression)))
        };
        let plan = plan.map_expressions(|expression| match expression {
            // it is no column, but each in it is one
            Expr::GroupingSet(_) => expression.map_children(named),
            expression => named(expression),
        })?;
        // what is below may have other types now
        let is_same = !plan.transformed && matches!(plan.data, LogicalPlan::Values(_));
        if is_same { Ok(plan) } else { plan.map_data(with_schema) }
    };
    plan.transform_up_with_subqueries(changed).data()
}

/// The plan with the types of what its expressions have become.
fn with_schema(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Values(values) => LogicalPlanBuilder::values(values.values)?.build(),
        other => other.recompute_schema(),
    }
}
