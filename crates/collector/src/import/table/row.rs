//! A row of a table as the JSON of the wire. Numbers keep every digit: what is a whole number or a decimal in the table
//! is written as such, a float as the shortest text that reads back as the same bits, a 32-bit one widened first. What is
//! null is left out, and what is not finite is written as no JSON has it, for the decoder to refuse.

use super::columns::{self, Columns};
use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use arrow::record_batch::RecordBatch;
use model::Time;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

/// The columns of some rows, each in one of few forms.
pub(super) struct Rows {
    columns: [Option<Column>; columns::COUNT],
}

struct Column {
    values: Values,
    /// The structure that the column is a field of.
    parent: Option<ArrayRef>,
}

enum Values {
    Text(StringArray),
    /// Whole numbers and decimals, in digits.
    Digits(StringArray),
    Float(Float64Array),
    /// Since 1970, in so many nanoseconds.
    Instant(Int64Array, i128),
}

impl Rows {
    pub(super) fn of(batch: &RecordBatch, places: &Columns, path: &Path) -> Result<Rows> {
        let roots = places.roots();
        let column = |role| {
            let Some(place) = places.place(role) else { return Ok(None) };
            let at = roots.binary_search(&place.root).unwrap_or_else(|at| at);
            let root = batch.column(at).clone();
            let column = match place.field {
                Some(field) => Column { values: Values::of(root.as_struct().column(field))?, parent: Some(root) },
                None => Column { values: Values::of(&root)?, parent: None },
            };
            Ok(Some(column))
        };
        let columns: arrow::error::Result<Vec<Option<Column>>> = (0..columns::COUNT).map(column).collect();
        let columns = columns.map_err(|error| Error::Damaged { path: path.to_owned(), problem: error.to_string() })?;
        let columns = columns.try_into().unwrap_or_else(|_| unreachable!("there is one for each role"));
        Ok(Rows { columns })
    }

    /// When the message was received where it was taken in first.
    pub(super) fn received(&self, row: usize) -> Option<Time> {
        match &self.present(columns::RECEIVED, row)?.values {
            Values::Instant(values, unit) => micros(values.value(row), *unit),
            _ => None,
        }
    }

    pub(super) fn write(&self, row: usize, json: &mut Vec<u8>) {
        let text = match self.present(columns::EXTRA, row).map(|column| &column.values) {
            Some(Values::Text(texts)) => Some(texts.value(row)),
            _ => None,
        };
        let extra = text.map(Extra::of).unwrap_or_default();
        let mut object = Object::begin(json);
        for (key, role) in [("serviceName", columns::SERVICE), ("Timestamp", columns::TIME), ("CPU", columns::CPU)] {
            self.put(&mut object, key, role, row);
        }
        for (key, [total, free]) in [("RAM", columns::RAM), ("Disk", columns::DISK)] {
            let mut sizes = Object::begin(object.key(key));
            self.put(&mut sizes, "Total", total, row);
            self.put(&mut sizes, "Free", free, row);
            extra.inner(key).0.iter().for_each(|(key, value)| sizes.key(key).extend(value.get().bytes()));
            sizes.end();
        }
        for (key, role) in [("instance", columns::INSTANCE), ("sender", columns::SENDER), ("seq", columns::SEQUENCE)] {
            self.put(&mut object, key, role, row);
        }
        extra.outer().for_each(|(key, value)| object.key(key).extend(value.get().bytes()));
        if let Some(text) = text.filter(|text| serde_json::from_str::<Extra<'_>>(text).is_err()) {
            put_text(text, object.key("extra"));
        }
        object.end();
    }

    fn put(&self, object: &mut Object<'_>, key: &str, role: usize, row: usize) {
        let Some(column) = self.present(role, row) else { return };
        let into = object.key(key);
        match &column.values {
            Values::Text(texts) => put_text(texts.value(row), into),
            Values::Digits(digits) => into.extend(digits.value(row).bytes()),
            Values::Float(floats) => put_float(floats.value(row), role == columns::SEQUENCE, into),
            Values::Instant(values, unit) => put_instant(values.value(row), *unit, into),
        }
    }

    /// The column, where it has a value in this row.
    fn present(&self, role: usize, row: usize) -> Option<&Column> {
        let column = self.columns[role].as_ref()?;
        let is_null = column.parent.as_ref().is_some_and(|parent| parent.is_null(row)) || column.values.is_null(row);
        (!is_null).then_some(column)
    }
}

impl Values {
    fn of(array: &ArrayRef) -> arrow::error::Result<Values> {
        let texts = || Ok::<_, arrow::error::ArrowError>(cast(array, &DataType::Utf8)?.as_string::<i32>().clone());
        let nanoseconds = |unit: &TimeUnit| match unit {
            TimeUnit::Second => 1_000_000_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Microsecond => 1_000,
            TimeUnit::Nanosecond => 1,
        };
        Ok(match array.data_type() {
            of if of.is_string() => Values::Text(texts()?),
            of if of.is_floating() => {
                Values::Float(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            DataType::Timestamp(unit, _) => {
                let values = cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone();
                Values::Instant(values, nanoseconds(unit))
            }
            _ => Values::Digits(texts()?),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Values::Text(texts) | Values::Digits(texts) => texts.is_null(row),
            Values::Float(floats) => floats.is_null(row),
            Values::Instant(values, _) => values.is_null(row),
        }
    }
}

/// What is finer than a microsecond is cut off downwards, as the decoder does.
fn micros(value: i64, unit: i128) -> Option<Time> {
    let micros = (i128::from(value) * unit).div_euclid(1_000);
    i64::try_from(micros).ok().and_then(Time::checked_from_micros)
}

fn put_instant(value: i64, unit: i128, json: &mut Vec<u8>) {
    match micros(value, unit) {
        Some(time) => json.extend(format!("\"{time}\"").bytes()),
        // outside the calendar, which the decoder says of any number of nanoseconds that large
        None => json.extend((i128::from(value) * unit).to_string().bytes()),
    }
}

/// Some writers make floats of whole numbers where any is null.
fn put_float(float: f64, whole: bool, json: &mut Vec<u8>) {
    let text = match float {
        _ if float.is_nan() => "NaN".to_owned(),
        _ if float.is_infinite() => if float > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        _ if whole && float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
        _ => format!("{float:?}"),
    };
    json.extend(text.bytes());
}

fn put_text(text: &str, json: &mut Vec<u8>) {
    json.extend(serde_json::Value::from(text).to_string().bytes());
}

/// A JSON object that is being written.
struct Object<'a> {
    json: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Object<'a> {
    fn begin(json: &'a mut Vec<u8>) -> Object<'a> {
        json.push(b'{');
        Object { json, empty: true }
    }

    /// Where the value of the next key goes.
    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.json.push(b',');
        }
        put_text(key, self.json);
        self.json.push(b':');
        self.json
    }

    fn end(self) {
        self.json.push(b'}');
    }
}

/// The unknown keys of a message in their order, as our own files keep them.
#[derive(Default)]
struct Extra<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Extra<'a> {
    /// Empty where the text is no JSON object.
    fn of(text: &'a str) -> Extra<'a> {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Those that stood inside `RAM` or `Disk`.
    fn inner(&self, key: &str) -> Extra<'a> {
        let value = self.0.iter().find(|(found, _)| found == key).map(|(_, value)| *value);
        value.map(|value| Extra::of(value.get())).unwrap_or_default()
    }

    fn outer(&self) -> impl Iterator<Item = &(Cow<'a, str>, &'a RawValue)> {
        let is_inner = |key: &str| ["RAM", "Disk"].contains(&key) && !self.inner(key).0.is_empty();
        self.0.iter().filter(move |(key, _)| !is_inner(key))
    }
}

impl<'de> Deserialize<'de> for Extra<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Extra<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extra<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Extra(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
