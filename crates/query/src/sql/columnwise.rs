//! Functions that compute whole columns from columns, which is all there is to say of most.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::hash::{Hash, Hasher};

type Compute = fn(&[ArrayRef]) -> Result<ArrayRef>;

/// A function of as many columns as `compute` takes, and of their type; no two have one name.
pub(crate) fn columnwise<const N: usize>(name: &'static str, compute: Compute) -> ScalarUDF {
    function(name, N, None, compute)
}

/// The same of one column, whose values become others of the type `result`.
pub(crate) fn columnwise_to(result: DataType, name: &'static str, compute: Compute) -> ScalarUDF {
    function(name, 1, Some(result), compute)
}

fn function(name: &'static str, columns: usize, result: Option<DataType>, compute: Compute) -> ScalarUDF {
    ScalarUDF::from(Columnwise { name, signature: Signature::any(columns, Volatility::Immutable), result, compute })
}

#[derive(Debug)]
struct Columnwise {
    name: &'static str,
    signature: Signature,
    /// `None`: as its columns.
    result: Option<DataType>,
    compute: Compute,
}

impl PartialEq for Columnwise {
    fn eq(&self, other: &Columnwise) -> bool {
        self.name == other.name
    }
}

impl Eq for Columnwise {}

impl Hash for Columnwise {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Columnwise {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(self.result.as_ref().unwrap_or(&types[0]).clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        Ok(ColumnarValue::Array((self.compute)(&columns)?))
    }
}
