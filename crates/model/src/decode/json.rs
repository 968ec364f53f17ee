//! The JSON of a message as fields, before any of them is judged.
//!
//! Values stay as they were written until a rule asks for them, so nothing here fails for a value's type: that would
//! hide which rule a message broke. Only text that is no JSON object fails.

use crate::Reject;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Number::Integer(integer) => integer as f64,
            Number::Float(float) => float,
        }
    }
}

/// A JSON value, read as far as a message needs it.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Number(Number),
    Text(Cow<'a, str>),
    Object(Object<'a>),
    Null,
    Other(&'static str),
}

impl Value<'_> {
    pub(super) fn not(&self, field: &'static str, expected: &'static str) -> Reject {
        let found = match self {
            Value::Number(_) => "another number",
            Value::Text(_) => "a text",
            Value::Object(_) => "an object",
            Value::Null => "null",
            Value::Other(kind) => kind,
        };
        Reject::WrongType { field, found, expected }
    }
}

/// The entries of a JSON object in their order, values as they were written.
#[derive(Debug)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The values of the known keys, in the order of `known` and whatever the keys' case, and the entries left over.
    pub(super) fn pick<const N: usize>(
        &self,
        known: [&'static str; N],
    ) -> Result<([Option<&'a RawValue>; N], Vec<Entry<'_>>), Reject> {
        let mut picked = [None; N];
        let mut extra: Vec<Entry<'_>> = Vec::new();
        for (key, value) in &self.0 {
            match known.iter().position(|known| known.eq_ignore_ascii_case(key)) {
                Some(place) if picked[place].is_some() => return Err(Reject::DuplicateKey(key.to_string())),
                Some(place) => picked[place] = Some(*value),
                None => extra.push((key, Cow::Borrowed(value.get()))),
            }
        }
        match repeated(&extra) {
            Some(key) => Err(Reject::DuplicateKey(key.to_owned())),
            None => Ok((picked, extra)),
        }
    }

    /// The keys that are spelled otherwise than documented, with that spelling.
    pub(super) fn misspelled(&self, known: &[&'static str]) -> Vec<(String, &'static str)> {
        let documented = |key: &str| known.iter().find(|known| known.eq_ignore_ascii_case(key) && **known != key);
        self.0.iter().filter_map(|(key, _)| Some((key.to_string(), *documented(key)?))).collect()
    }

    /// The value of a key, whatever its case, that is there once.
    pub(super) fn only(&self, key: &str) -> Option<&'a RawValue> {
        let mut values = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, value)| *value);
        values.next().filter(|_| values.next().is_none())
    }
}

/// A key that stands among the entries twice. Sorted, because a message of nothing but keys holds thousands of them.
fn repeated<'a>(entries: &[Entry<'a>]) -> Option<&'a str> {
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// A key and the text of its value.
pub(super) type Entry<'a> = (&'a str, Cow<'a, str>);

/// One JSON object of the entries; `None` where there are none.
pub(super) fn object_text(entries: &[Entry<'_>]) -> Option<String> {
    let texts = entries.iter().map(|(key, value)| format!("{}:{value}", serde_json::Value::from(*key)));
    (!entries.is_empty()).then(|| format!("{{{}}}", texts.collect::<Vec<_>>().join(",")))
}

/// Reads a value whose text has already been found to be JSON; only a number can still be out of range.
pub(super) fn value(raw: &RawValue) -> Result<Value<'_>, Reject> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'"') => Value::Text(serde_json::from_str::<Text<'_>>(text).map_err(not_json)?.0),
        Some(b'{') => Value::Object(serde_json::from_str(text).map_err(not_json)?),
        Some(b'n') => Value::Null,
        Some(b'[') => Value::Other("an array"),
        Some(b't' | b'f') => Value::Other("a boolean"),
        _ => Value::Number(number(text)?),
    })
}

/// Whole numbers stay exact up to 63 bits; everything else is the nearest f64.
pub(crate) fn number(text: &str) -> Result<Number, Reject> {
    match text.parse() {
        Ok(integer) => Ok(Number::Integer(integer)),
        Err(_) => match serde_json::from_str::<f64>(text) {
            Ok(float) => Ok(Number::Float(float)),
            Err(_) => Err(Reject::NonFinite),
        },
    }
}

fn not_json(error: serde_json::Error) -> Reject {
    Reject::NotJson(error.to_string())
}

pub(super) fn parse(text: &[u8]) -> Result<Object<'_>, Reject> {
    match serde_json::from_slice(text) {
        Ok(object) => Ok(object),
        Err(_) if !text.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok() => {
            Err(Reject::WrongType { field: "the message", found: "another JSON value", expected: "one JSON object" })
        }
        Err(error) if is_at_non_finite(text, &error) => Err(Reject::NonFinite),
        Err(error) => Err(not_json(error)),
    }
}

/// Whether parsing stopped at one of the words that some encoders write for what is no number.
fn is_at_non_finite(text: &[u8], error: &serde_json::Error) -> bool {
    let lines = text.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let at = (lines.map(<[u8]>::len).sum::<usize>() + error.column()).min(text.len());
    let around = &text[at.saturating_sub(3)..(at + 8).min(text.len())];
    let holds = |word: &[u8]| around.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    holds(b"nan") || holds(b"infinity")
}

/// Whether the text ends in the way of a sender that puts a comma before its last braces.
pub(super) fn ends_with_comma(text: &[u8]) -> bool {
    let Some((b'}', before)) = text.split_last() else { return false };
    before.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b',')
}

/// Copies the text with every comma that stands before a closing brace as a space; how many there were.
pub(super) fn mend_commas(text: &[u8], into: &mut Vec<u8>) -> usize {
    into.clear();
    into.extend_from_slice(text);
    let mut mended = 0;
    let (mut in_string, mut escaped, mut comma) = (false, false, None);
    for at in 0..into.len() {
        let byte = into[at];
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match (byte, comma) {
            (b'}', Some(comma)) => {
                into[comma] = b' ';
                mended += 1;
            }
            _ if byte.is_ascii_whitespace() => continue,
            _ => {}
        }
        comma = (byte == b',').then_some(at);
        in_string = byte == b'"';
    }
    mended
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::with_capacity(8);
                while let Some((Text(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A text that is borrowed unless it holds escapes; serde's own `Cow` always copies.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowing)
    }
}
