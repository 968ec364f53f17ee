//! What was sent as the share that every rollup counts, for rows that come from files. The one function for it is
//! `model`'s; here it is only applied to columns.

use crate::columns::share;
use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{DataFusionError, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use model::Utilization;
use std::sync::Arc;

/// Of CPU as sent.
pub(crate) fn share_of_cpu() -> ScalarUDF {
    ScalarUDF::from(Share { of: Of::Cpu, signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable) })
}

/// Of total and free.
pub(crate) fn share_of_capacity() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Float64; 2], Volatility::Immutable);
    ScalarUDF::from(Share { of: Of::Capacity, signature })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Cpu,
    Capacity,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Share {
    of: Of,
    signature: Signature,
}

impl ScalarUDFImpl for Share {
    fn name(&self) -> &str {
        match self.of {
            Of::Cpu => "share_of_cpu",
            Of::Capacity => "share_of_capacity",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Float64)
    }

    /// Every message has all that it is computed from.
    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Result<FieldRef, DataFusionError> {
        Ok(Arc::new(Field::new(self.name(), DataType::Float64, false)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let numbers = |column: &ArrayRef| column.as_primitive::<Float64Type>().clone();
        let shares: Float64Array = match (self.of, columns.as_slice()) {
            (Of::Cpu, [cpu]) => numbers(cpu).unary(|cpu| share(Utilization::of_cpu(cpu))),
            (Of::Capacity, [total, free]) => {
                let pairs = numbers(total)
                    .values()
                    .iter()
                    .zip(numbers(free).values().iter())
                    .map(|(total, free)| share(Utilization::of_capacity(*total, *free)))
                    .collect::<Vec<f64>>();
                Float64Array::from(pairs)
            }
            _ => return exec_err!("{} takes other columns", self.name()),
        };
        Ok(ColumnarValue::Array(Arc::new(shares)))
    }
}
