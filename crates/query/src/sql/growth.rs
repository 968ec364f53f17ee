//! What functions may make. They compute outside of the bound of memory, a whole batch at once and without a pause: one
//! `repeat` in a statement could take all memory of the process that collects. So those that can make much of little
//! are asked beforehand how much it will be, and are run on as many rows at once as come to a moderate piece.

pub(crate) mod allowance;
mod estimate;
mod gathered;
mod join;
mod rule;
mod size;

pub(crate) use estimate::Growth;
pub(crate) use rule::BoundedFunctions;

use allowance::Allowance;
use arrow::array::ArrayRef;
use arrow::compute::concat;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::config::ConfigOptions;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use estimate::Estimate;
use size::bytes;
use std::sync::Arc;

/// Bytes of one value that a function makes.
pub(crate) const VALUE_BYTES_MAX: u64 = 1 << 20;
/// Bytes that are expected of the rows that a function is run on at once.
const PIECE_BYTES: u64 = 16 << 20;

/// Puts functions that ask first in the place of those that do not.
pub(crate) fn bound(state: &mut SessionState) -> Result<()> {
    let known: Vec<Arc<ScalarUDF>> = state.scalar_functions().values().cloned().collect();
    for function in known {
        if let Some(bounded) = bounded(&function) {
            state.register_udf(Arc::new(bounded))?;
        }
    }
    Ok(())
}

/// The function within its bounds; `None` where it needs none, or has them.
pub(crate) fn bounded(function: &ScalarUDF) -> Option<ScalarUDF> {
    let growth = Growth::of(function.name()).filter(|_| !function.inner().is::<Bounded>())?;
    Some(ScalarUDF::from(Bounded { inner: function.clone(), growth }))
}

/// A function that is as it was, except for how much it makes.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: ScalarUDF,
    growth: Growth,
}

impl Bounded {
    /// Of constants one value is made, however many rows there are.
    fn constant(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.growth.estimate(&arguments.args)?.of_row(0)?.check(self.name())?;
        let options = arguments.config_options.clone();
        let value = self.inner.invoke_with_args(ScalarFunctionArgs { number_rows: 1, ..arguments })?;
        let value = match value {
            ColumnarValue::Array(array) if array.len() == 1 => ScalarValue::try_from_array(&array, 0)?,
            ColumnarValue::Scalar(value) => value,
            ColumnarValue::Array(_) => return exec_err!("{} makes more than one value of constants", self.name()),
        };
        let made = bytes(&*value.to_array()?);
        self.check_value(made)?;
        Allowance::made(&options, made)?;
        Ok(ColumnarValue::Scalar(value))
    }

    /// The values of the rows, piece by piece.
    fn rows(&self, arguments: &ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (rows, estimate) = (arguments.number_rows, self.growth.estimate(&arguments.args)?);
        let allowed = Allowance::of_batch(&arguments.config_options);
        let (mut pieces, mut made, mut work) = (Vec::new(), 0, 0);
        let mut begin = 0;
        while begin < rows {
            let end = self.piece(&estimate, begin, rows, &mut work)?;
            let piece = self.run(arguments, begin, end)?;
            made += bytes(&*piece);
            if made > allowed {
                let allowed =
                    if allowed < 1 << 20 { format!("{} KiB", allowed >> 10) } else { format!("{} MiB", allowed >> 20) };
                return exec_err!(
                    "{} makes more than {allowed} of {rows} rows; ask for fewer or smaller values",
                    self.name()
                );
            }
            pieces.push(piece);
            begin = end;
        }
        let pieces: Vec<_> = pieces.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(match pieces.len() {
            0 => arrow::array::new_empty_array(arguments.return_field.data_type()),
            _ => concat(&pieces)?,
        }))
    }

    /// Where the rows that are run at once end.
    fn piece(&self, estimate: &Estimate, begin: usize, rows: usize, work: &mut u64) -> Result<usize> {
        let (mut end, mut expected) = (begin, 0);
        while end < rows {
            let of_row = estimate.of_row(end)?;
            of_row.check(self.name())?;
            *work = work.saturating_add(of_row.steps);
            estimate::check_steps(*work, self.name())?;
            expected += of_row.bytes;
            if expected > PIECE_BYTES && end > begin {
                break;
            }
            end += 1;
        }
        Ok(end)
    }

    fn run(&self, arguments: &ScalarFunctionArgs, begin: usize, end: usize) -> Result<ArrayRef> {
        let of_rows = |argument: &ColumnarValue| match argument {
            ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(begin, end - begin)),
            scalar @ ColumnarValue::Scalar(_) => scalar.clone(),
        };
        let args = arguments.args.iter().map(of_rows).collect();
        let piece = ScalarFunctionArgs { args, number_rows: end - begin, ..arguments.clone() };
        let made = self.inner.invoke_with_args(piece)?.into_array(end - begin)?;
        if bytes(&*made) > VALUE_BYTES_MAX {
            (0..made.len()).try_for_each(|row| self.check_value(bytes(&*made.slice(row, 1))))?;
        }
        Ok(made)
    }

    fn check_value(&self, made: u64) -> Result<()> {
        // what a value is kept with comes on top of it
        if made > VALUE_BYTES_MAX + 64 {
            return exec_err!("{} makes a value of {made} bytes; it may have 1 MiB", self.name());
        }
        Ok(())
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(arguments)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn with_updated_config(&self, options: &ConfigOptions) -> Option<ScalarUDF> {
        let inner = self.inner.inner().with_updated_config(options)?;
        Some(ScalarUDF::from(Bounded { inner, growth: self.growth }))
    }

    fn is_strict(&self) -> bool {
        self.inner.inner().is_strict()
    }

    // it is not simplified: that may put an unbounded function in its place

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match arguments.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_))) {
            true => self.constant(arguments),
            false => self.rows(&arguments),
        }
    }
}
