//! A number that is made whole is rounded, as in PostgreSQL; the engine would cut off what is behind the point. So
//! `(0.57 * 100)::int` is 57, and not the 56 of 56.99999999999999.

use super::{Place, rewrite};
use crate::sql::columnwise::columnwise;
use arrow::array::AsArray;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, exec_err};
use datafusion::functions::math::expr_fn::round;
use datafusion::logical_expr::expr::{Cast, TryCast};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, ScalarUDF};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Rounding;

impl AnalyzerRule for Rounding {
    fn name(&self) -> &str {
        "rounding"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite(plan, &|expression, place| {
            Ok(match expression {
                Expr::Cast(Cast { expr, field }) if field.data_type().is_integer() => {
                    rounded(*expr, place).update_data(|expr| Expr::Cast(Cast { expr: Box::new(expr), field }))
                }
                Expr::TryCast(TryCast { expr, field }) if field.data_type().is_integer() => {
                    rounded(*expr, place).update_data(|expr| Expr::TryCast(TryCast { expr: Box::new(expr), field }))
                }
                other => Transformed::no(other),
            })
        })
    }
}

/// What is to become whole.
fn rounded(expression: Expr, place: &Place) -> Transformed<Expr> {
    match expression.get_type(&place.schema) {
        Ok(kind) if kind.is_decimal() => Transformed::yes(round(vec![expression])),
        Ok(DataType::Float32 | DataType::Float64) if is_written(&expression) => {
            Transformed::yes(round(vec![expression]))
        }
        Ok(DataType::Float32 | DataType::Float64) => Transformed::yes(round_to_even().call(vec![expression])),
        _ => Transformed::no(expression),
    }
}

/// Whether it is computed of written numbers alone: those are exact in PostgreSQL, and their halves go away from zero.
fn is_written(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(..) => true,
        Expr::Negative(inner) => is_written(inner),
        Expr::BinaryExpr(BinaryExpr { left, right, .. }) => is_written(left) && is_written(right),
        _ => false,
    }
}

/// The nearest whole number, of two the even one: what PostgreSQL does with `double precision`.
fn round_to_even() -> ScalarUDF {
    columnwise::<1>("round_to_even", |numbers| {
        Ok(match numbers[0].data_type() {
            DataType::Float32 => {
                Arc::new(numbers[0].as_primitive::<Float32Type>().unary::<_, Float32Type>(f32::round_ties_even))
            }
            DataType::Float64 => {
                Arc::new(numbers[0].as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::round_ties_even))
            }
            other => return exec_err!("{other} is not rounded to even"),
        })
    })
}
