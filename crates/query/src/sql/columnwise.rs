//! Functions that compute whole columns of one type from columns of that type, which is all there is to say of most.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::hash::{Hash, Hasher};

/// A function of as many columns as `compute` takes; no two have one name.
pub(crate) fn columnwise<const N: usize>(
    name: &'static str,
    compute: fn(&[ArrayRef]) -> Result<ArrayRef>,
) -> ScalarUDF {
    ScalarUDF::from(Columnwise { name, signature: Signature::any(N, Volatility::Immutable), compute })
}

#[derive(Debug)]
struct Columnwise {
    name: &'static str,
    signature: Signature,
    compute: fn(&[ArrayRef]) -> Result<ArrayRef>,
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
        Ok(types[0].clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        Ok(ColumnarValue::Array((self.compute)(&columns)?))
    }
}
