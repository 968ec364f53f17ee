//! What the engine does not take into account where rows may be missing: a query in the place of a value may have no row,
//! and is NULL then; and a column that both sides of an outer join have is that of the side which has a row.

use super::rewrite;
use crate::sql::columnwise::columnwise;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{JoinConstraint, JoinType, Result, not_impl_err};
use datafusion::logical_expr::{
    Aggregate, Expr, Join, LogicalPlan, LogicalPlanBuilder, Projection, Subquery, SubqueryAlias,
};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Absent;

impl AnalyzerRule for Absent {
    fn name(&self) -> &str {
        "absent"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        plan.apply_with_subqueries(|plan| check_join(plan).map(|()| TreeNodeRecursion::Continue))?;
        rewrite(plan, &|expression, _| or_null(expression))
    }
}

/// A value that is never NULL in any row, as one that may be; the engine would answer `IS NULL` without looking.
fn or_null(expression: Expr) -> Result<Transformed<Expr>> {
    let Expr::ScalarSubquery(Subquery { subquery, outer_ref_columns, spans }) = expression else {
        return Ok(Transformed::no(expression));
    };
    let columns = subquery.schema().columns();
    let [column] = &columns[..] else {
        return Ok(Transformed::no(Expr::ScalarSubquery(Subquery { subquery, outer_ref_columns, spans })));
    };
    if subquery.schema().field(0).is_nullable() || has_one_row(&subquery) {
        return Ok(Transformed::no(Expr::ScalarSubquery(Subquery { subquery, outer_ref_columns, spans })));
    }
    let perhaps = columnwise::<1>("or_null", |values| Ok(values[0].clone()));
    let value = perhaps.call(vec![Expr::Column(column.clone())]).alias(column.name());
    let plan = LogicalPlanBuilder::from(subquery).project([value])?.build()?;
    Ok(Transformed::yes(Expr::ScalarSubquery(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans })))
}

/// Whether it is sure to have a row.
fn has_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(Aggregate { group_expr, .. }) => group_expr.is_empty(),
        LogicalPlan::EmptyRelation(nothing) => nothing.produce_one_row,
        LogicalPlan::Projection(Projection { input, .. }) | LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => {
            has_one_row(input)
        }
        _ => false,
    }
}

fn check_join(plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Join(Join { join_type: JoinType::Right | JoinType::Full, join_constraint, .. })
            if *join_constraint == JoinConstraint::Using =>
        {
            not_impl_err!(
                "RIGHT and FULL JOIN with USING or NATURAL are not known here; write ON a.x = b.x, and coalesce(a.x, b.x)"
            )
        }
        _ => Ok(()),
    }
}
