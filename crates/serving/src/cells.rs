//! Partial rows into cells: SQL sorts them side by side, [`HealthRollup::merge`] does the rest.
//!
//! Measured on 1,000 services by 1,440 minutes: sorting takes 0.4 s, grouping in SQL 1.0 s with the time of peak packed
//! into a key, 1.9 s with a struct, 1.3 s with an ordered `first`; and the merge stays the one of `model`.

use crate::session::Session;
use crate::{Result, schema};
use duckdb::arrow::array::{AsArray, Decimal128Array, Int32Array, Int64Array, StringArray};
use duckdb::arrow::array::{RecordBatch, TimestampMicrosecondArray};
use duckdb::arrow::datatypes::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use duckdb::types::Value;
use model::{Granularity, HealthRollup, Rollup, Time, TimeRange};

/// Called once per cell.
pub(crate) type Visit<'a> = dyn FnMut(&str, Time, &HealthRollup) + 'a;

/// Visits the cells of a range that `filter`, an SQL condition on service and bucket, lets through, by service and
/// bucket, and counts them.
pub(crate) fn visit(
    session: &Session,
    granularity: Granularity,
    range: TimeRange,
    filter: &str,
    visit: &mut Visit<'_>,
) -> Result<u64> {
    let mut run = Run { cell: None, cells: 0 };
    session.batches(&select(granularity, filter), [range.from, range.to].map(schema::timestamp), |batch| {
        let columns = Columns::of(batch).ok_or_else(|| session.damaged("a rollup table has other columns"))?;
        for row in 0..batch.num_rows() {
            let rollup = columns.rollup(row).ok_or_else(|| session.damaged("a rollup is out of bounds"))?;
            run.add(columns.service.value(row), columns.bucket(row), rollup, visit);
        }
        Ok(())
    })?;
    run.finish(visit);
    Ok(run.cells)
}

fn select(granularity: Granularity, filter: &str) -> String {
    let series = schema::rollup_columns(|s| format!("{s}_sum, {s}_min, {s}_max, {s}_max_at"));
    format!(
        "SELECT service, bucket, count, {series} FROM {table} WHERE bucket >= ? AND bucket < ? AND {filter} \
         ORDER BY service, bucket",
        table = schema::table(granularity)
    )
}

/// The cell whose partials are arriving.
struct Run {
    cell: Option<(String, Time, HealthRollup)>,
    cells: u64,
}

impl Run {
    fn add(&mut self, service: &str, bucket: Time, rollup: HealthRollup, visit: &mut Visit<'_>) {
        match &mut self.cell {
            Some((of, at, merged)) if *at == bucket && of == service => merged.merge(&rollup),
            Some((of, at, merged)) if of == service => {
                visit(of, *at, merged);
                self.cells += 1;
                (*at, *merged) = (bucket, rollup);
            }
            _ => {
                self.finish(visit);
                self.cell = Some((service.to_owned(), bucket, rollup));
            }
        }
    }

    fn finish(&mut self, visit: &mut Visit<'_>) {
        if let Some((service, bucket, rollup)) = self.cell.take() {
            visit(&service, bucket, &rollup);
            self.cells += 1;
        }
    }
}

/// The columns of one batch of partial rows.
struct Columns<'a> {
    service: &'a StringArray,
    bucket: &'a TimestampMicrosecondArray,
    count: &'a Int64Array,
    series: [Series<'a>; 3],
}

struct Series<'a> {
    sum: &'a Decimal128Array,
    min: &'a Int32Array,
    max: &'a Int32Array,
    max_at: &'a TimestampMicrosecondArray,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Columns<'a>> {
        Some(Columns {
            service: batch.column(0).as_string_opt::<i32>()?,
            bucket: batch.column(1).as_primitive_opt::<TimestampMicrosecondType>()?,
            count: batch.column(2).as_primitive_opt::<Int64Type>()?,
            series: [Series::of(batch, 3)?, Series::of(batch, 7)?, Series::of(batch, 11)?],
        })
    }

    fn bucket(&self, row: usize) -> Time {
        Time::from_micros(self.bucket.value(row))
    }

    fn rollup(&self, row: usize) -> Option<HealthRollup> {
        let count = u64::try_from(self.count.value(row)).ok()?;
        let [cpu, ram, disk] = &self.series;
        Some(HealthRollup {
            cpu: cpu.rollup(row, count)?,
            ram: ram.rollup(row, count)?,
            disk: disk.rollup(row, count)?,
        })
    }
}

impl<'a> Series<'a> {
    fn of(batch: &'a RecordBatch, first: usize) -> Option<Series<'a>> {
        Some(Series {
            sum: batch.column(first).as_primitive_opt::<Decimal128Type>()?,
            min: batch.column(first + 1).as_primitive_opt::<Int32Type>()?,
            max: batch.column(first + 2).as_primitive_opt::<Int32Type>()?,
            max_at: batch.column(first + 3).as_primitive_opt::<TimestampMicrosecondType>()?,
        })
    }

    fn rollup(&self, row: usize, count: u64) -> Option<Rollup> {
        Some(Rollup {
            count,
            sum: self.sum.value(row),
            min: u32::try_from(self.min.value(row)).ok()?,
            max: u32::try_from(self.max.value(row)).ok()?,
            max_at: Time::from_micros(self.max_at.value(row)),
        })
    }
}

/// A cell as a row of a rollup table.
pub(crate) fn row(service: &str, bucket: Time, rollup: &HealthRollup) -> Vec<Value> {
    let head = [Value::Text(service.to_owned()), schema::timestamp(bucket), Value::UBigInt(rollup.count())];
    let series = [rollup.cpu, rollup.ram, rollup.disk].into_iter().flat_map(|of| {
        [Value::HugeInt(of.sum), Value::UInt(of.min), Value::UInt(of.max), schema::timestamp(of.max_at)]
    });
    head.into_iter().chain(series).collect()
}
