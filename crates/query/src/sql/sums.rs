//! The sum of whole numbers and of decimals, which is an error where it does not fit, as in PostgreSQL; the engine's own
//! would go on with what is left of it. It is summed up in a wider type, by the engine's own accumulators.

use arrow::array::{ArrayRef, BooleanArray};
use arrow::compute::cast_with_options;
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, FieldRef};
use arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::common::format::DEFAULT_CAST_OPTIONS;
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};
use datafusion::scalar::ScalarValue;
use std::sync::Arc;

/// In place of the engine's function `sum`.
pub(super) fn sum() -> AggregateUDF {
    AggregateUDF::from(CheckedSum { inner: Sum::new() })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum {
    inner: Sum,
}

/// The type in which no number of rows makes a sum too large; `None` for what is summed up as it is.
fn wide(result: &DataType) -> Option<DataType> {
    match result {
        DataType::Int64 | DataType::UInt64 => Some(DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0)),
        DataType::Decimal128(_, scale) => Some(DataType::Decimal256(DECIMAL256_MAX_PRECISION, *scale)),
        _ => None,
    }
}

fn widened(field: &FieldRef, wide: &DataType) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(wide.clone()))
}

impl CheckedSum {
    /// What `make` makes of the arguments; where a wider type is needed, of those for it, and within `total`.
    fn checked<T>(
        arguments: AccumulatorArgs<'_>,
        make: impl FnOnce(AccumulatorArgs<'_>) -> Result<T>,
        total: impl FnOnce(T, Types) -> T,
    ) -> Result<T> {
        let Some(wide) = wide(arguments.return_type()) else { return make(arguments) };
        let fields: Vec<FieldRef> = arguments.expr_fields.iter().map(|field| widened(field, &wide)).collect();
        let return_field = widened(&arguments.return_field, &wide);
        let types = Types { result: arguments.return_type().clone(), wide };
        Ok(total(make(AccumulatorArgs { return_field, expr_fields: &fields, ..arguments })?, types))
    }
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        match wide(arguments.return_type()) {
            Some(wide) => {
                let return_field = widened(&arguments.return_field, &wide);
                self.inner.state_fields(StateFieldsArgs { return_field, ..arguments })
            }
            None => self.inner.state_fields(arguments),
        }
    }

    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Self::checked(arguments, |arguments| self.inner.accumulator(arguments), Total::within)
    }

    fn create_sliding_accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Self::checked(arguments, |arguments| self.inner.create_sliding_accumulator(arguments), Total::within)
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs<'_>) -> bool {
        self.inner.groups_accumulator_supported(arguments)
    }

    fn create_groups_accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        let totals = |inner, types| Box::new(Totals { inner, types }) as Box<dyn GroupsAccumulator>;
        Self::checked(arguments, |arguments| self.inner.create_groups_accumulator(arguments), totals)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.inner.reverse_expr()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }
}

/// What a sum is of, and what it is summed up in.
#[derive(Debug)]
struct Types {
    result: DataType,
    wide: DataType,
}

impl Types {
    fn widen(&self, values: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        values.iter().map(|values| Ok(cast_with_options(values, &self.wide, &DEFAULT_CAST_OPTIONS)?)).collect()
    }

    fn too_large(&self) -> DataFusionError {
        let name = match self.result {
            DataType::Decimal128(..) => "numeric of 38 digits",
            _ => "bigint",
        };
        let message = format!("the sum does not fit into a {name}; sum(x::double precision) does");
        ArrowError::ArithmeticOverflow(message).into()
    }
}

/// One sum.
#[derive(Debug)]
struct Total {
    inner: Box<dyn Accumulator>,
    types: Types,
}

impl Total {
    fn within(inner: Box<dyn Accumulator>, types: Types) -> Box<dyn Accumulator> {
        Box::new(Total { inner, types })
    }
}

impl Accumulator for Total {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(&self.types.widen(values)?)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(&self.types.widen(values)?)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.inner.evaluate()?.cast_to(&self.types.result).map_err(|_| self.types.too_large())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

/// The sums of all groups.
struct Totals {
    inner: Box<dyn GroupsAccumulator>,
    types: Types,
}

impl GroupsAccumulator for Totals {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.inner.update_batch(&self.types.widen(values)?, groups, filter, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let sums = self.inner.evaluate(emit)?;
        cast_with_options(&sums, &self.types.result, &DEFAULT_CAST_OPTIONS).map_err(|_| self.types.too_large())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.inner.merge_batch(states, groups, total)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(&self.types.widen(values)?, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
