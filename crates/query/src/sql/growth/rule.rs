//! Bounds for functions that are not called by their names: the planner writes some by itself, for `ARRAY[…]` and others,
//! and `||` is none.

use super::allowance::Allowance;
use super::{Bounded, bounded, gathered, join};
use crate::sql::rules::rewrite;
use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, ScalarUDF};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct BoundedFunctions;

impl AnalyzerRule for BoundedFunctions {
    fn name(&self) -> &str {
        "bounded_functions"
    }

    fn analyze(&self, plan: LogicalPlan, options: &ConfigOptions) -> Result<LogicalPlan> {
        let plan = rewrite(plan, &|expression, place| Ok(within_bounds(expression, &place.schema)))?;
        Allowance::share(options, functions(&plan)?);
        plan.transform_up_with_subqueries(|plan| Ok(Transformed::yes(gathered::bound(plan)?))).data()
    }
}

fn within_bounds(expression: Expr, schema: &DFSchema) -> Transformed<Expr> {
    match expression {
        Expr::ScalarFunction(ScalarFunction { func, args }) => match bounded(&func) {
            Some(bounded) => Transformed::yes(call(bounded, args)),
            None => Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args })),
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right })
            if are_texts(&left, &right, schema) =>
        {
            let joined = join::join();
            Transformed::yes(call(bounded(&joined).unwrap_or(joined), vec![*left, *right]))
        }
        other => Transformed::no(other),
    }
}

/// How many functions of the plan make something.
fn functions(plan: &LogicalPlan) -> Result<u64> {
    let mut count = 0;
    plan.apply_with_subqueries(|plan| {
        plan.apply_expressions(|expression| {
            expression.apply(|expression| {
                let makes = |call: &ScalarFunction| call.func.inner().is::<Bounded>();
                count += u64::from(matches!(expression, Expr::ScalarFunction(call) if makes(call)));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(count)
}

fn call(function: ScalarUDF, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction { func: Arc::new(function), args })
}

/// Of one type, as they are once types were made to fit.
fn are_texts(left: &Expr, right: &Expr, schema: &DFSchema) -> bool {
    match (left.get_type(schema), right.get_type(schema)) {
        (Ok(left), Ok(right)) => {
            left == right && matches!(left, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        }
        _ => false,
    }
}
