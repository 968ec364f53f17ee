//! Values as clients send them, where the library reads them otherwise than PostgreSQL does or not at all.

use crate::postgres::array;
use crate::postgres::failure::{self, state};
use datafusion::arrow::array::{ArrayRef, StringArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::util::display::FormatOptions;
use datafusion::common::ScalarValue;
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::error::PgWireResult;
use query::sql::with_seconds;
use std::sync::Arc;
use uuid::Uuid;

/// What cannot be read is an error and no NULL.
const STRICT: CastOptions<'static> = CastOptions { safe: false, format_options: FormatOptions::new() };

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

/// A `numeric`: exact where one is needed or a text, else the nearest double.
pub(super) fn numeric(text: Option<&str>, needed: Option<&DataType>) -> PgWireResult<ScalarValue> {
    let kind = needed.filter(|kind| kind.is_decimal() || kind.is_string()).unwrap_or(&DataType::Float64);
    let text = text.map(str::trim);
    let value = cast_with_options(&StringArray::from(vec![text]), kind, &STRICT).map_err(|_| {
        let text = text.unwrap_or_default();
        if text.parse::<f64>().is_ok_and(f64::is_finite) {
            failure::error(state::NUMERIC_VALUE_OUT_OF_RANGE, format!("{text} is too large for what is made of it"))
        } else {
            failure::error(state::INVALID_TEXT_REPRESENTATION, format!("{text:?} is no number that can be read here"))
        }
    })?;
    ScalarValue::try_from_array(&value, 0).map_err(failure::of_statement)
}

/// A `numeric` in the binary format, as text: how many digits to the base of 10,000 it has, the power of the first, a
/// sign, how many places behind the point it shows, and the digits.
pub(super) fn numeric_spelt(bytes: &[u8]) -> PgWireResult<String> {
    let mut words = bytes.chunks(2).map(|word| word.try_into().map_or(u16::MAX, u16::from_be_bytes));
    let mut word = || words.next().unwrap_or(u16::MAX);
    let (count, power, sign, places) = (word(), i32::from(word().cast_signed()), word(), usize::from(word()));
    let digits: Vec<u16> = words.collect();
    let is_sound = digits.len() == usize::from(count) && digits.iter().all(|digit| *digit < 10_000);
    let minus = match sign {
        0xC000 => return Ok("NaN".to_owned()),
        0xD000 => return Ok("Infinity".to_owned()),
        0xF000 => return Ok("-Infinity".to_owned()),
        0 if is_sound => "",
        0x4000 if is_sound => "-",
        _ => {
            let problem = "a numeric parameter is not in the binary format";
            return Err(failure::error(state::PROTOCOL_VIOLATION, problem));
        }
    };
    let spell = |index: i32| {
        let digit = usize::try_from(index).ok().and_then(|index| digits.get(index));
        format!("{:04}", digit.copied().unwrap_or(0))
    };
    let whole: String = (0..=power).map(spell).collect();
    let mut fraction: String = (power + 1..).take(places.div_ceil(4)).map(spell).collect();
    fraction.truncate(places);
    let point = if places > 0 { "." } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Ok(format!("{minus}{whole}{point}{fraction}"))
}

/// A text that is to be an instant, as one that is written in a statement; `None` where the engine cannot read it.
pub(super) fn instant(text: &str, needed: &DataType) -> Option<ScalarValue> {
    let text = with_seconds(text).unwrap_or_else(|| text.trim().to_owned());
    let value = cast_with_options(&StringArray::from(vec![text]), needed, &STRICT).ok()?;
    ScalarValue::try_from_array(&value, 0).ok()
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
        Type::FLOAT8_ARRAY | Type::NUMERIC_ARRAY => DataType::Float64,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY | Type::NAME_ARRAY | Type::UUID_ARRAY => {
            DataType::Utf8
        }
        Type::DATE_ARRAY => DataType::Date32,
        Type::TIMESTAMP_ARRAY => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ_ARRAY => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => return None,
    };
    Some(match needed {
        // 1.5 is among no whole numbers, but it may be looked for there
        Some(DataType::List(field)) if own.is_floating() && field.data_type().is_integer() => own,
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
    let values = match texts.len() {
        0 => new_null_array(element, 0),
        _ => cast_with_options(&texts, element, &STRICT)
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
    use datafusion_postgres::pgwire::error::ErrorInfo;

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
    fn a_numeric_is_exact_where_one_is_needed() {
        let bytes = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        let check = |words: &[u16], expect: &str| {
            assert_eq!(numeric_spelt(&bytes(words)).expect("it is a numeric"), expect, "{words:?}");
        };
        check(&[2, 0, 0, 2, 2, 5000], "2.50");
        check(&[2, 0, 0x4000, 1, 2, 5000], "-2.5");
        check(&[1, 0xFFFE, 0, 5, 1000], "0.00001");
        check(&[1, 2, 0, 0, 1], "100000000");
        check(&[0, 0, 0, 0], "0");
        check(&[0, 0, 0xC000, 0], "NaN");
        for words in [&[][..], &[1, 0, 0, 0], &[1, 0, 0, 0, 10_000], &[0, 0, 1, 0], &[1, 0, 0, 0, 1, 2]] {
            assert!(numeric_spelt(&bytes(words)).is_err(), "{words:?}");
        }
        let read = |text, kind: &DataType| numeric(Some(text), Some(kind)).expect("a number");
        assert_eq!(read("0.1", &DataType::Int64), ScalarValue::Float64(Some(0.1)));
        assert_eq!(read("1e40", &DataType::Float64), ScalarValue::Float64(Some(1e40)));
        assert_eq!(read("2.50", &DataType::Utf8), ScalarValue::Utf8(Some("2.50".to_owned())));
        // the library would be wrong by some powers of ten
        let exact = ScalarValue::Decimal128(Some(9_007_199_254_740_993_500_000_000_000_000_000), 38, 18);
        assert_eq!(read("9007199254740993.5", &DataType::Decimal128(38, 18)), exact);
        let fails = |text, kind: &DataType, state: &str| {
            let error = numeric(Some(text), Some(kind)).expect_err("it is not read");
            assert_eq!(ErrorInfo::from(error).code, state, "{text}");
        };
        fails("123456", &DataType::Decimal128(4, 2), "22003");
        fails("1e30", &DataType::Decimal128(38, 18), "22003");
        fails("NaN", &DataType::Decimal128(38, 18), "22P02");
        fails("x", &DataType::Float64, "22P02");
        assert_eq!(numeric(None, None).expect("a null"), ScalarValue::Float64(None));
    }

    #[test]
    fn instants_are_read_as_those_that_are_written() {
        let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let expect = ScalarValue::TimestampMicrosecond(Some(1_795_255_800_000_000), Some("UTC".into()));
        for text in ["2026-11-21 10:10", "2026-11-21T10:10Z", "2026-11-21 10:10 UTC", "2026-11-21 11:10:00+01"] {
            assert_eq!(instant(text, &kind), Some(expect.clone()), "{text}");
        }
        assert_eq!(instant("tomorrow", &kind), None);
    }

    #[test]
    fn days_of_jdbc_are_instants() {
        assert_eq!(begin_of_day("2026-11-21 +05:30").as_deref(), Some("2026-11-21 00:00:00+05:30"));
        for text in ["2026-11-21", "2026-11-21 12:00:00+00", "12:00:00 +00"] {
            assert_eq!(begin_of_day(text), None, "{text}");
        }
    }
}
