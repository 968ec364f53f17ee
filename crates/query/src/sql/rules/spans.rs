//! Parts of a difference of two times: of so many days and a rest, as PostgreSQL counts them. The engine would give the
//! whole difference in hours or minutes, and cut it off where 32 bits end.

use super::{Place, rewrite};
use arrow::array::{AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationNanosecondType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
    TimeUnit,
};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
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
        let signature = Signature::any(1, Volatility::Immutable);
        if let Some(unit) = below_a_second(&args[0]) {
            let rest = ScalarUDF::from(SecondsIn { signature, unit });
            return Transformed::yes(rest.call(vec![difference]));
        }
        args.push(ScalarUDF::from(Days { signature }).call(vec![difference]));
        return Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }));
    }
    Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args }))
}

/// Nanoseconds of the unit that a part counts seconds in, where it is smaller than one.
fn below_a_second(part: &Expr) -> Option<u32> {
    let Expr::Literal(part, _) = part else { return None };
    let part = part.try_as_str()??.to_lowercase();
    match part.strip_suffix('s').unwrap_or(&part) {
        "millisecond" | "msec" => Some(1_000_000),
        "microsecond" | "usec" => Some(1_000),
        _ => None,
    }
}

fn nanoseconds(arguments: &ScalarFunctionArgs) -> Result<PrimitiveArray<DurationNanosecondType>> {
    let differences = ColumnarValue::values_to_arrays(&arguments.args)?;
    Ok(cast(&differences[0], &DataType::Duration(TimeUnit::Nanosecond))?.as_primitive().clone())
}

/// A difference as days and what is left of them, both before or both after zero.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Days {
    signature: Signature,
}

impl ScalarUDFImpl for Days {
    fn name(&self) -> &str {
        "justify_hours"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let split = |difference: i64| IntervalMonthDayNano::new(0, (difference / DAY_NS) as i32, difference % DAY_NS);
        let spans = nanoseconds(&arguments)?.unary::<_, IntervalMonthDayNanoType>(split);
        Ok(ColumnarValue::Array(Arc::new(spans)))
    }
}

/// The seconds of a difference that make no minute, in a unit below a second.
#[derive(Debug, PartialEq, Eq, Hash)]
struct SecondsIn {
    signature: Signature,
    /// Nanoseconds.
    unit: u32,
}

impl ScalarUDFImpl for SecondsIn {
    fn name(&self) -> &str {
        "seconds_in"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let of_minute = |difference: i64| (difference % MINUTE_NS) as f64 / f64::from(self.unit);
        let seconds = nanoseconds(&arguments)?.unary::<_, Float64Type>(of_minute);
        Ok(ColumnarValue::Array(Arc::new(seconds)))
    }
}
