//! A date and an interval make a time of day, as in PostgreSQL; the engine would leave the hours out.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{ExprSchemable, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

#[derive(Debug)]
pub(super) struct Dates;

impl ExprPlanner for Dates {
    fn plan_binary_op(&self, mut raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let types = (raw.left.get_type(schema), raw.right.get_type(schema));
        let time = DataType::Timestamp(TimeUnit::Microsecond, None);
        match (&raw.op, types) {
            (BinaryOperator::Plus | BinaryOperator::Minus, (Ok(DataType::Date32), Ok(DataType::Interval(_)))) => {
                raw.left = cast(raw.left, time);
            }
            (BinaryOperator::Plus, (Ok(DataType::Interval(_)), Ok(DataType::Date32))) => {
                raw.right = cast(raw.right, time);
            }
            _ => {}
        }
        // the other planners see what became of it
        Ok(PlannerResult::Original(raw))
    }
}
