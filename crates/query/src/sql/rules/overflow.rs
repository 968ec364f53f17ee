//! Whole numbers that become too large are an error, as in PostgreSQL; the engine would go on with what is left of them.

use super::{Place, rewrite};
use crate::sql::columnwise::columnwise;
use arrow::compute::kernels::numeric::{add, mul, neg, sub};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, ScalarUDF};
use datafusion::optimizer::analyzer::AnalyzerRule;

#[derive(Debug)]
pub(super) struct Overflow;

impl AnalyzerRule for Overflow {
    fn name(&self) -> &str {
        "overflow"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite(plan, &|expression, place| Ok(checked(expression, place)))
    }
}

fn checked(expression: Expr, place: &Place) -> Transformed<Expr> {
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if are_whole(&left, &right, place) => match function(op) {
            Some(function) => Transformed::yes(function.call(vec![*left, *right])),
            None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
        },
        Expr::Negative(number) if are_whole(&number, &number, place) => {
            let negative = columnwise::<1>("negative", |numbers| Ok(neg(&numbers[0])?));
            Transformed::yes(negative.call(vec![*number]))
        }
        other => Transformed::no(other),
    }
}

/// What may become too large, as a function that says so.
fn function(operator: Operator) -> Option<ScalarUDF> {
    Some(match operator {
        Operator::Plus => columnwise::<2>("+", |numbers| Ok(add(&numbers[0], &numbers[1])?)),
        Operator::Minus => columnwise::<2>("-", |numbers| Ok(sub(&numbers[0], &numbers[1])?)),
        Operator::Multiply => columnwise::<2>("*", |numbers| Ok(mul(&numbers[0], &numbers[1])?)),
        _ => return None,
    })
}

/// Of one type of whole numbers, as they are once types were made to fit.
fn are_whole(left: &Expr, right: &Expr, place: &Place) -> bool {
    matches!((left.get_type(&place.schema), right.get_type(&place.schema)),
        (Ok(left), Ok(right)) if left == right && left.is_integer())
}
