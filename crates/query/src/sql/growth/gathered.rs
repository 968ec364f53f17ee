//! What is gathered of many rows into one value. While it is, it counts as memory of the statement; behind that each row
//! of a join with it would hold it again, so it is bounded like what a function makes.

use super::{Growth, bounded};
use arrow::datatypes::DataType;
use datafusion::common::{Column, Result, not_impl_err};
use datafusion::logical_expr::{
    Aggregate, ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, WindowFunctionDefinition,
};

/// Functions that gather.
const GATHERING: [&str; 2] = ["array_agg", "string_agg"];

/// The plan, with what it gathers bounded.
pub(super) fn bound(plan: LogicalPlan) -> Result<LogicalPlan> {
    if let LogicalPlan::Window(window) = &plan
        && window.window_expr.iter().any(gathers)
    {
        return not_impl_err!("array_agg and string_agg are not known here with OVER; they take GROUP BY");
    }
    match plan {
        LogicalPlan::Aggregate(aggregate) if aggregate.aggr_expr.iter().any(gathers) => bounded_columns(aggregate),
        other => Ok(other),
    }
}

fn bounded_columns(aggregate: Aggregate) -> Result<LogicalPlan> {
    let gathered: Vec<bool> = aggregate.aggr_expr.iter().map(gathers).collect();
    let plan = LogicalPlan::Aggregate(aggregate);
    let grouped = plan.schema().fields().len() - gathered.len();
    let column = |(index, (qualifier, field)): (usize, (Option<&_>, &std::sync::Arc<arrow::datatypes::Field>))| {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        match index.checked_sub(grouped).is_some_and(|index| gathered[index]) {
            true => value().call(vec![column]).alias_qualified(qualifier.cloned(), field.name()),
            false => column,
        }
    };
    let columns: Vec<Expr> = plan.schema().iter().enumerate().map(column).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn gathers(expression: &Expr) -> bool {
    let name = match expression {
        Expr::Alias(alias) => return gathers(&alias.expr),
        Expr::AggregateFunction(function) => function.func.name(),
        Expr::WindowFunction(function) => match &function.fun {
            WindowFunctionDefinition::AggregateUDF(function) => function.name(),
            WindowFunctionDefinition::WindowUDF(_) => return false,
        },
        _ => return false,
    };
    GATHERING.contains(&name)
}

fn value() -> ScalarUDF {
    let value = ScalarUDF::from(Gathered { signature: Signature::any(1, Volatility::Immutable) });
    bounded(&value).unwrap_or(value)
}

/// What is given to it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Gathered {
    signature: Signature,
}

impl ScalarUDFImpl for Gathered {
    fn name(&self) -> &str {
        Growth::GATHERED
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(arguments.args.swap_remove(0))
    }
}
