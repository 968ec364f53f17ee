//! Functions of time that the engine computes in nanoseconds, for all times there are: one message of the year 1 would
//! else have `date_trunc` fail for every other. Our calendar repeats itself every 400 years, which are whole weeks, so such
//! a time is taken into our centuries and what becomes of it is taken back.

use super::{Place, rewrite};
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, FieldRef, IntervalUnit, TimeUnit, TimestampMicrosecondType as Microseconds};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};
use datafusion::optimizer::analyzer::AnalyzerRule;
use std::sync::Arc;

const DAY: i64 = 86_400_000_000;
/// 400 years.
const CYCLE: i64 = 146_097 * DAY;
const CYCLE_MONTHS: i32 = 4_800;
/// The first day of 1800, and the span that nanoseconds reach without doubt.
const BASE: i64 = -62_091 * DAY;
const NEAR: std::ops::Range<i64> = -106_000 * DAY..106_000 * DAY;

#[derive(Debug)]
pub(super) struct Centuries;

impl AnalyzerRule for Centuries {
    fn name(&self) -> &str {
        "centuries"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite(plan, &|expression, place| Ok(of_all_centuries(expression, place)))
    }
}

fn of_all_centuries(expression: Expr, place: &Place) -> Transformed<Expr> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expression else { return Transformed::no(expression) };
    let kinds: Vec<DataType> = args.iter().filter_map(|argument| argument.get_type(&place.schema).ok()).collect();
    let is_so = match (func.name(), &kinds[..]) {
        ("date_trunc", [DataType::Utf8, time]) => is_of_microseconds(time),
        ("date_bin", [DataType::Interval(IntervalUnit::MonthDayNano), time]) => is_of_microseconds(time),
        ("to_char", [time, DataType::Utf8]) => is_of_microseconds(time),
        _ => false,
    };
    if !is_so || args.len() != kinds.len() {
        return Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args }));
    }
    let signature = Signature::any(args.len(), func.signature().volatility);
    let func = Arc::new(ScalarUDF::from(Repeated { inner: func.as_ref().clone(), signature }));
    Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args }))
}

fn is_of_microseconds(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(TimeUnit::Microsecond, _))
}

/// A function of microseconds, which it can compute and would have made nanoseconds of. Where its second argument is a
/// time, its answers repeat themselves with the calendar.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Repeated {
    inner: ScalarUDF,
    signature: Signature,
}

impl ScalarUDFImpl for Repeated {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (times, is_one) = match &arguments.args[1] {
            ColumnarValue::Array(times) => (times.clone(), false),
            ColumnarValue::Scalar(time) => (time.to_array()?, true),
        };
        let Some(times) = times.as_primitive_opt::<Microseconds>() else {
            return self.inner.invoke_with_args(arguments);
        };
        if times.iter().flatten().all(|time| NEAR.contains(&time)) || !divides_cycle(&arguments.args[0]) {
            return self.inner.invoke_with_args(arguments);
        }
        let near: PrimitiveArray<Microseconds> = times.unary(|time| time - cycles(time) * CYCLE);
        let near: ArrayRef = Arc::new(near.with_data_type(times.data_type().clone()));
        arguments.args[1] = match is_one {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&near, 0)?),
            false => ColumnarValue::Array(near),
        };
        match self.inner.invoke_with_args(arguments)? {
            ColumnarValue::Scalar(value) => {
                let back = back(&value.to_array()?, times)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&back, 0)?))
            }
            ColumnarValue::Array(values) => Ok(ColumnarValue::Array(back(&values, times)?)),
        }
    }
}

/// How many times 400 years a time is away from ours.
fn cycles(time: i64) -> i64 {
    if NEAR.contains(&time) { 0 } else { (i128::from(time) - i128::from(BASE)).div_euclid(i128::from(CYCLE)) as i64 }
}

/// What was computed of the times that were taken near, as far away as those were.
fn back(values: &ArrayRef, times: &PrimitiveArray<Microseconds>) -> Result<ArrayRef> {
    let Some(near) = values.as_primitive_opt::<Microseconds>() else {
        return exec_err!("a time became {}", values.data_type());
    };
    let far = near.iter().zip(times).map(|(value, time)| value?.checked_add(cycles(time?) * CYCLE));
    Ok(Arc::new(far.collect::<PrimitiveArray<Microseconds>>().with_data_type(values.data_type().clone())))
}

/// Whether buckets as long as this begin anew every 400 years; what is no span does.
fn divides_cycle(span: &ColumnarValue) -> bool {
    match span {
        ColumnarValue::Scalar(ScalarValue::IntervalMonthDayNano(Some(span))) => {
            let fixed = i128::from(span.days) * i128::from(DAY) * 1000 + i128::from(span.nanoseconds);
            match (span.months, fixed) {
                (0, fixed) => fixed > 0 && i128::from(CYCLE) * 1000 % fixed == 0,
                (months, 0) => CYCLE_MONTHS.checked_rem(months) == Some(0),
                _ => false,
            }
        }
        ColumnarValue::Scalar(ScalarValue::Utf8(_)) => true,
        _ => false,
    }
}
