//! Rows as the library encodes them, where that is not what PostgreSQL's clients read.

use super::failure::{self, state};
use bytes::{BufMut, BytesMut};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion_postgres::arrow_pg::datatypes::encode_recordbatch;
use datafusion_postgres::pgwire::api::results::{FieldFormat, FieldInfo};
use datafusion_postgres::pgwire::error::{PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::data::DataRow;
use std::sync::Arc;

/// The rows of a batch, in the formats of the fields.
pub(super) fn rows(
    fields: &Arc<Vec<FieldInfo>>,
    batch: &RecordBatch,
) -> PgWireResult<impl Iterator<Item = PgWireResult<DataRow>>> {
    let batch = in_utc(batch).map_err(|error| failure::error(state::INTERNAL_ERROR, error.to_string()))?;
    let endless: Vec<usize> = (0..fields.len())
        .filter(|index| fields[*index].format() == FieldFormat::Text && has_infinity(batch.column(*index)))
        .collect();
    Ok(encode_recordbatch(fields.clone(), batch).map(move |row| match row {
        Ok(row) if !endless.is_empty() => spelt_out(&row, &endless),
        row => row,
    }))
}

/// Times of other zones as the same instants in UTC: of a zone the text format would name whole hours alone.
fn in_utc(batch: &RecordBatch) -> Result<RecordBatch, datafusion::arrow::error::ArrowError> {
    let columns = batch.columns().iter().map(|column| match shown_as(column.data_type()) {
        Some(data_type) => cast(column, &data_type),
        None => Ok(column.clone()),
    });
    let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Vec<Field> =
        fields.map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone())).collect();
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())), columns)
}

/// `None`: as it is.
fn shown_as(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Timestamp(unit, Some(zone)) if &**zone != "UTC" => {
            Some(DataType::Timestamp(*unit, Some("UTC".into())))
        }
        DataType::List(field) => {
            let element = shown_as(field.data_type())?;
            Some(DataType::List(Arc::new(field.as_ref().clone().with_data_type(element))))
        }
        _ => None,
    }
}

fn has_infinity(column: &ArrayRef) -> bool {
    match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().iter().flatten().any(f64::is_infinite),
        DataType::Float32 => column.as_primitive::<Float32Type>().iter().flatten().any(f32::is_infinite),
        _ => false,
    }
}

/// Infinities as PostgreSQL spells them; drivers know no other word.
fn spelt_out(row: &DataRow, endless: &[usize]) -> PgWireResult<DataRow> {
    let mut spelt = DataRow::new(BytesMut::with_capacity(row.data.len() + 8), row.field_count);
    let too_long = |_| PgWireError::from(std::io::Error::from(std::io::ErrorKind::InvalidData));
    for (index, value) in values(row).enumerate() {
        let value = match value {
            Some(b"inf") if endless.contains(&index) => Some(&b"Infinity"[..]),
            Some(b"-inf") if endless.contains(&index) => Some(&b"-Infinity"[..]),
            value => value,
        };
        let length = value.map_or(Ok(-1), |value| i32::try_from(value.len())).map_err(too_long)?;
        spelt.data.put_i32(length);
        spelt.data.put_slice(value.unwrap_or_default());
    }
    Ok(spelt)
}

/// The values of a row: each is its length, -1 for a null, and its bytes.
pub(super) fn values(row: &DataRow) -> impl Iterator<Item = Option<&[u8]>> {
    let mut rest = &row.data[..];
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = i32::from_be_bytes(*length);
        let (value, after) = after.split_at_checked(usize::try_from(length).unwrap_or(0))?;
        rest = after;
        Some((length >= 0).then_some(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Float64Array, Int32Array, TimestampMicrosecondArray};
    use datafusion_postgres::arrow_pg::datatypes::arrow_schema_to_pg_fields;
    use datafusion_postgres::pgwire::api::portal::Format;

    fn check(column: ArrayRef, format: &Format, expect: &[u8]) {
        let other: ArrayRef = Arc::new(Int32Array::from(vec![None]));
        let batch = RecordBatch::try_from_iter([("value", column), ("other", other)]).expect("a batch");
        let fields = Arc::new(arrow_schema_to_pg_fields(&batch.schema(), format, None).expect("types are known"));
        let row = rows(&fields, &batch).expect("rows").next().expect("a row").expect("a row that can be written");
        let found: Vec<Option<&[u8]>> = values(&row).collect();
        assert_eq!(found, [Some(expect), None], "{:?}", String::from_utf8_lossy(found[0].unwrap_or_default()));
    }

    #[test]
    fn a_time_of_any_zone_is_the_same_instant_in_utc() {
        let micros = 1_795_262_400_000_000;
        for zone in ["UTC", "Asia/Kolkata", "America/St_Johns", "+05:45"] {
            let column = TimestampMicrosecondArray::from(vec![micros]).with_timezone(zone);
            check(Arc::new(column.clone()), &Format::UnifiedText, b"2026-11-21 12:00:00.000000+00");
            let since_2000 = micros - 946_684_800_000_000;
            check(Arc::new(column), &Format::UnifiedBinary, &since_2000.to_be_bytes());
        }
    }

    #[test]
    fn infinity_has_its_name() {
        for (value, expect) in
            [(f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity"), (f64::NAN, "NaN"), (0.25, "0.25")]
        {
            check(Arc::new(Float64Array::from(vec![value])), &Format::UnifiedText, expect.as_bytes());
            check(Arc::new(Float64Array::from(vec![value])), &Format::UnifiedBinary, &value.to_be_bytes());
        }
    }
}
