//! `EXISTS` as a value, which the engine knows as a condition alone: whether a query gives more rows than none.

use super::{Place, rewrite};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::functions_aggregate::count::count;
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, Subquery, binary_expr, lit};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Existing;

impl AnalyzerRule for Existing {
    fn name(&self) -> &str {
        "existing"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite(plan, &counted)
    }
}

fn counted(expression: Expr, place: &Place) -> Result<Transformed<Expr>> {
    let Expr::Exists(Exists { subquery, negated }) = expression else { return Ok(Transformed::no(expression)) };
    if place.is_condition {
        return Ok(Transformed::no(Expr::Exists(Exists { subquery, negated })));
    }
    let rows = count(lit(1_i64)).alias("rows");
    let Subquery { subquery, outer_ref_columns, spans } = subquery;
    let plan = LogicalPlanBuilder::from(subquery).aggregate(Vec::<Expr>::new(), [rows])?;
    let compared = if negated { Operator::Eq } else { Operator::Gt };
    let plan = plan.project([binary_expr(datafusion::prelude::col("rows"), compared, lit(0_i64))])?.build()?;
    Ok(Transformed::yes(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans })))
}
