//! Parts of a difference of two times: of so many days and a rest, as PostgreSQL counts them. The engine would give the
//! whole difference in hours or minutes, and cut it off where 32 bits end.

use super::{Place, rewrite};
use crate::sql::columnwise::columnwise_to;
use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationNanosecondType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
    TimeUnit,
};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, ScalarUDF};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

const DAY_NS: i64 = 86_400_000_000_000;
const MINUTE_NS: i64 = 60_000_000_000;

#[derive(Debug)]
pub(super) struct Spans;

impl AnalyzerRule for Spans {
    fn name(&self) -> &str {
        "spans"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite(plan, &|expression, place| Ok(of_days(expression, place)))
    }
}

fn of_days(expression: Expr, place: &Place) -> Transformed<Expr> {
    let Expr::ScalarFunction(ScalarFunction { func, mut args }) = expression else {
        return Transformed::no(expression);
    };
    let is_so = func.name() == "date_part"
        && args.len() == 2
        && matches!(args[1].get_type(&place.schema), Ok(DataType::Duration(_)));
    if is_so && let Some(difference) = args.pop() {
        if let Some(seconds) = below_a_second(&args[0]) {
            return Transformed::yes(seconds.call(vec![difference]));
        }
        let days = columnwise_to(DataType::Interval(IntervalUnit::MonthDayNano), "justify_hours", justify_hours);
        args.push(days.call(vec![difference]));
        return Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }));
    }
    Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args }))
}

/// The seconds of a difference that make no minute, where the part counts them in a unit below a second.
fn below_a_second(part: &Expr) -> Option<ScalarUDF> {
    let Expr::Literal(part, _) = part else { return None };
    let part = part.try_as_str()??.to_lowercase();
    match part.strip_suffix('s').unwrap_or(&part) {
        "millisecond" | "msec" => Some(columnwise_to(DataType::Float64, "milliseconds", seconds_in::<1_000_000>)),
        "microsecond" | "usec" => Some(columnwise_to(DataType::Float64, "microseconds", seconds_in::<1_000>)),
        _ => None,
    }
}

/// In units of so many nanoseconds.
fn seconds_in<const UNIT: u32>(differences: &[ArrayRef]) -> Result<ArrayRef> {
    let of_minute = |difference: i64| (difference % MINUTE_NS) as f64 / f64::from(UNIT);
    Ok(Arc::new(nanoseconds(differences)?.unary::<_, Float64Type>(of_minute)))
}

/// A difference as days and what is left of them, both before or both after zero.
fn justify_hours(differences: &[ArrayRef]) -> Result<ArrayRef> {
    let split = |difference: i64| IntervalMonthDayNano::new(0, (difference / DAY_NS) as i32, difference % DAY_NS);
    Ok(Arc::new(nanoseconds(differences)?.unary::<_, IntervalMonthDayNanoType>(split)))
}

fn nanoseconds(differences: &[ArrayRef]) -> Result<PrimitiveArray<DurationNanosecondType>> {
    Ok(cast(&differences[0], &DataType::Duration(TimeUnit::Nanosecond))?.as_primitive().clone())
}
