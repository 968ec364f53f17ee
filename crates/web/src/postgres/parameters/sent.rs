//! Values as clients send them, where the library reads them otherwise than PostgreSQL does or not at all.

use crate::postgres::array;
use crate::postgres::failure::{self, state};
use datafusion::arrow::array::{ArrayRef, StringArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::error::PgWireResult;
use std::sync::Arc;
use uuid::Uuid;

/// What the library reads. Of another type it would leave a null out, and all behind it would move up.
const READ: [Type; 25] = [
    Type::BOOL,
    Type::CHAR,
    Type::INT2,
    Type::INT4,
    Type::INT8,
    Type::OID,
    Type::TEXT,
    Type::VARCHAR,
    Type::BYTEA,
    Type::FLOAT4,
    Type::FLOAT8,
    Type::NUMERIC,
    Type::TIMESTAMP,
    Type::TIMESTAMPTZ,
    Type::DATE,
    Type::TIME,
    Type::INTERVAL,
    Type::BOOL_ARRAY,
    Type::INT2_ARRAY,
    Type::INT4_ARRAY,
    Type::INT8_ARRAY,
    Type::FLOAT4_ARRAY,
    Type::FLOAT8_ARRAY,
    Type::TEXT_ARRAY,
    Type::VARCHAR_ARRAY,
];
/// What is a text in both formats.
const TEXTS: [Type; 3] = [Type::BPCHAR, Type::NAME, Type::JSON];

/// A value in the binary format that is a text to the engine, as that text.
pub(super) fn spelt(sent: &Type, bytes: &[u8]) -> Option<String> {
    match *sent {
        Type::UUID => Some(Uuid::from_slice(bytes).ok()?.to_string()),
        // behind the number of its version
        Type::JSONB => Some(std::str::from_utf8(bytes.strip_prefix(&[1])?).ok()?.to_owned()),
        _ => None,
    }
}

/// As what the library is to read a value; what it does not know is the text that it was sent as.
pub(super) fn read_as(sent: &Type, is_text: bool) -> PgWireResult<Type> {
    match READ.contains(sent) {
        true => Ok(sent.clone()),
        false if is_text || TEXTS.contains(sent) => Ok(Type::TEXT),
        false => {
            let problem = format!("a parameter of type {sent} in the binary format is not supported; send it as text");
            Err(failure::error(state::FEATURE_NOT_SUPPORTED, problem))
        }
    }
}

pub(super) fn text(bytes: &[u8]) -> PgWireResult<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        failure::error(state::CHARACTER_NOT_IN_REPERTOIRE, format!("a parameter is not in UTF-8: {error}"))
    })
}

/// What an array is of, where it is one that is read here: of what the statement needs, else of what is sent.
pub(super) fn element(sent: &Type, needed: Option<&DataType>) -> Option<DataType> {
    let own = match *sent {
        Type::BOOL_ARRAY => DataType::Boolean,
        Type::INT2_ARRAY => DataType::Int16,
        Type::INT4_ARRAY => DataType::Int32,
        Type::INT8_ARRAY => DataType::Int64,
        Type::FLOAT4_ARRAY => DataType::Float32,
        Type::FLOAT8_ARRAY => DataType::Float64,
        Type::NUMERIC_ARRAY => DataType::Decimal128(38, 9),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY | Type::NAME_ARRAY | Type::UUID_ARRAY => {
            DataType::Utf8
        }
        Type::DATE_ARRAY => DataType::Date32,
        Type::TIMESTAMP_ARRAY => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ_ARRAY => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => return None,
    };
    Some(match needed {
        Some(DataType::List(field) | DataType::LargeList(field)) => field.data_type().clone(),
        _ => own,
    })
}

/// The array that a text stands for.
pub(super) fn list(text: Option<&str>, element: &DataType) -> PgWireResult<ScalarValue> {
    let Some(text) = text else {
        return ScalarValue::try_new_null(&DataType::new_list(element.clone(), true)).map_err(failure::of_statement);
    };
    let texts: ArrayRef = Arc::new(array::elements(text)?.into_iter().collect::<StringArray>());
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let values = match texts.len() {
        0 => new_null_array(element, 0),
        _ => cast_with_options(&texts, element, &strict)
            .map_err(|error| failure::error(state::INVALID_TEXT_REPRESENTATION, error.to_string()))?,
    };
    Ok(SingleRowListArrayBuilder::new(values).with_nullable(true).build_list_scalar())
}

/// A day with the zone that JDBC writes behind it (`2026-11-21 +01`), as the instant at which it begins there.
pub(super) fn begin_of_day(text: &str) -> Option<String> {
    let (day, zone) = text.split_once(' ')?;
    let is_day = day.len() == 10 && !day.contains(':');
    (is_day && zone.starts_with(['+', '-'])).then(|| format!("{day} 00:00:00{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::Int64Type;

    #[test]
    fn lists_are_of_what_is_needed() {
        let values = |text: &str, element: &DataType| {
            let ScalarValue::List(list) = list(Some(text), element).expect("it is an array") else { panic!("a list") };
            list.value(0)
        };
        let texts = values("{\"a, b\",NULL}", &DataType::Utf8);
        assert_eq!(texts.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("a, b"), None]);
        let numbers = values("{1,-2}", &DataType::Int64);
        assert_eq!(numbers.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(1), Some(-2)]);
        assert_eq!(values("{}", &DataType::Int64).len(), 0);
        assert!(list(Some("{1,x}"), &DataType::Int64).is_err());
        assert!(list(None, &DataType::Int64).expect("a null").is_null());
    }

    #[test]
    fn days_of_jdbc_are_instants() {
        assert_eq!(begin_of_day("2026-11-21 +05:30").as_deref(), Some("2026-11-21 00:00:00+05:30"));
        for text in ["2026-11-21", "2026-11-21 12:00:00+00", "12:00:00 +00"] {
            assert_eq!(begin_of_day(text), None, "{text}");
        }
    }
}
