//! Rollups as Arrow columns: the state and the result of the aggregate, and the columns of the files it ends in.

use crate::columns::{timestamp, timestamps};
use arrow::array::{ArrayRef, AsArray, Decimal128Array, Int32Array, Int64Array};
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Field, Fields, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use model::{HealthRollup, Rollup, Time};
use std::sync::Arc;

const SERIES: [&str; 3] = ["cpu", "ram", "disk"];

/// Count, then sum, minimum, maximum and time of maximum of each series.
pub(crate) fn fields() -> Fields {
    let series = SERIES.iter().flat_map(|series| {
        let field = |part: &str, of| Field::new(format!("{series}_{part}"), of, false);
        let sum = DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0);
        [field("sum", sum), field("min", DataType::Int32), field("max", DataType::Int32), field("max_at", timestamp())]
    });
    std::iter::once(Field::new("count", DataType::Int64, false)).chain(series).collect()
}

pub(crate) fn encode(rollups: &[HealthRollup]) -> Result<Vec<ArrayRef>, ArrowError> {
    let series: [fn(&HealthRollup) -> &Rollup; 3] = [|of| &of.cpu, |of| &of.ram, |of| &of.disk];
    let counts = Int64Array::from_iter_values(rollups.iter().map(|rollup| rollup.count() as i64));
    let mut columns: Vec<ArrayRef> = vec![Arc::new(counts)];
    for of in series {
        let all = || rollups.iter().map(of);
        let sums = Decimal128Array::from_iter_values(all().map(|rollup| rollup.sum));
        columns.push(Arc::new(sums.with_precision_and_scale(DECIMAL128_MAX_PRECISION, 0)?));
        columns.push(Arc::new(Int32Array::from_iter_values(all().map(|rollup| billionths(rollup.min)))));
        columns.push(Arc::new(Int32Array::from_iter_values(all().map(|rollup| billionths(rollup.max)))));
        columns.push(timestamps(all().map(|rollup| rollup.max_at.as_micros())));
    }
    Ok(columns)
}

/// A share is at most 10⁹ billionths; only the minimum of nothing is more, and any larger number stands for it as well.
fn billionths(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// The inverse of `encode`.
///
/// # Panics
/// When the columns are not those of `fields`, which DataFusion checks before it calls.
pub(crate) fn decode(columns: &[ArrayRef]) -> Vec<HealthRollup> {
    let counts = columns[0].as_primitive::<Int64Type>();
    let series = |first: usize| {
        let sums = columns[first].as_primitive::<Decimal128Type>();
        let (min, max) =
            (columns[first + 1].as_primitive::<Int32Type>(), columns[first + 2].as_primitive::<Int32Type>());
        let max_at = columns[first + 3].as_primitive::<TimestampMicrosecondType>();
        move |row: usize| Rollup {
            count: counts.value(row) as u64,
            sum: sums.value(row),
            min: min.value(row) as u32,
            max: max.value(row) as u32,
            max_at: Time::from_micros(max_at.value(row)),
        }
    };
    let (cpu, ram, disk) = (series(1), series(5), series(9));
    (0..counts.len()).map(|row| HealthRollup { cpu: cpu(row), ram: ram(row), disk: disk(row) }).collect()
}
