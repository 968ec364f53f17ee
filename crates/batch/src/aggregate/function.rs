//! The aggregate `health_rollup(time, cpu, ram_total, ram_free, disk_total, disk_free)`: model's rollup, group by group.
//!
//! A peak's time from DataFusion's own functions (`first_value` with an order, or `max` of a struct) costs as much again
//! as the rest of the job; this one adds a message to its group's rollup and nothing else.

use super::rollups;
use crate::columns::timestamp;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray};
use arrow::datatypes::{DataType, FieldRef, Float64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use model::{Health, HealthRollup, Time, Utilization};
use std::sync::Arc;

pub(super) fn health_rollup() -> AggregateUDF {
    let mut arguments = vec![DataType::Float64; 6];
    arguments[0] = timestamp();
    AggregateUDF::new_from_impl(HealthRollups { signature: Signature::exact(arguments, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct HealthRollups {
    signature: Signature,
}

impl AggregateUDFImpl for HealthRollups {
    fn name(&self) -> &str {
        "health_rollup"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(rollups::fields()))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn state_fields(&self, _: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(rollups::fields().iter().cloned().collect())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        exec_err!("health_rollup needs a GROUP BY")
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups::default()))
    }
}

/// One rollup per group, by the group's number.
#[derive(Debug, Default)]
struct Groups {
    rollups: Vec<HealthRollup>,
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        group_count: usize,
    ) -> Result<()> {
        self.rollups.resize(group_count, HealthRollup::EMPTY);
        let message = messages(values);
        for (row, &group) in groups.iter().enumerate().filter(|(row, _)| passes(filter, *row)) {
            let (health, at) = message(row);
            self.rollups[group].add(health, at);
        }
        Ok(())
    }

    fn merge_batch(&mut self, state: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<()> {
        self.rollups.resize(group_count, HealthRollup::EMPTY);
        let partial = rollups::decode(state);
        partial.iter().zip(groups).for_each(|(rollup, &group)| self.rollups[group].merge(rollup));
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(rollups::encode(&emit.take_needed(&mut self.rollups))?)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(Arc::new(StructArray::try_new(rollups::fields(), self.state(emit)?, None)?))
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let message = messages(values);
        let alone = |row| {
            let mut rollup = HealthRollup::EMPTY;
            if passes(filter, row) {
                let (health, at) = message(row);
                rollup.add(health, at);
            }
            rollup
        };
        Ok(rollups::encode(&(0..values[0].len()).map(alone).collect::<Vec<_>>())?)
    }

    fn size(&self) -> usize {
        self.rollups.capacity() * size_of::<HealthRollup>()
    }
}

fn passes(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

/// The utilization and time of each row of the arguments.
fn messages(values: &[ArrayRef]) -> impl Fn(usize) -> (Health, Time) {
    let times = values[0].as_primitive::<TimestampMicrosecondType>();
    let number = |argument: usize| values[argument].as_primitive::<Float64Type>();
    let (cpu, ram_total, ram_free, disk_total, disk_free) = (number(1), number(2), number(3), number(4), number(5));
    move |row| {
        let health = Health {
            cpu: Utilization::of_cpu(cpu.value(row)),
            ram: Utilization::of_capacity(ram_total.value(row), ram_free.value(row)),
            disk: Utilization::of_capacity(disk_total.value(row), disk_free.value(row)),
        };
        (health, Time::from_micros(times.value(row)))
    }
}
