//! Whole numbers that become too large are an error, as in PostgreSQL; the engine would go on with what is left of them.

use super::{Place, rewrite};
use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
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
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if may_overflow(&left, op, &right, place) => {
            let signature = Signature::any(2, Volatility::Immutable);
            Transformed::yes(ScalarUDF::from(Checked { operator: op, signature }).call(vec![*left, *right]))
        }
        other => Transformed::no(other),
    }
}

/// Of one type of whole numbers, as they are once types were made to fit.
fn may_overflow(left: &Expr, operator: Operator, right: &Expr, place: &Place) -> bool {
    matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply)
        && matches!((left.get_type(&place.schema), right.get_type(&place.schema)),
            (Ok(left), Ok(right)) if left == right && left.is_integer())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operator: Operator,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operator {
            Operator::Plus => "+",
            Operator::Minus => "-",
            _ => "*",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [left, right] = &arrays[..] else { return exec_err!("{} takes two numbers", self.name()) };
        Ok(ColumnarValue::Array(match self.operator {
            Operator::Plus => add(left, right)?,
            Operator::Minus => sub(left, right)?,
            _ => mul(left, right)?,
        }))
    }
}
