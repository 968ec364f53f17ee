//! Where the messages of a body begin and end: a strict array element by element, everything else as a file of JSON is
//! cut, so that one broken message costs itself and not its neighbours.

use super::Untaken;
use crate::import::{Ends, json_records};
use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Messages in one body.
pub(super) const RECORDS_MAX: usize = 1 << 17;
/// What an error shows of a body.
const SHOWN_CHARS: usize = 20;

/// What a request says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One message, an array, or several messages one behind the other: told by what it begins with.
    Any,
    /// One message a line: no message goes on behind its line, and a first line that is no JSON is a message like any
    /// other, refused alone.
    Lines,
}

fn text(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii()
}

/// Whether the body can hold messages at all.
pub(super) fn check(body: &[u8], form: Form) -> Result<(), Untaken> {
    match (text(body).first(), form) {
        (None, _) => Err(Untaken::Empty),
        (Some(b'{' | b'['), _) | (_, Form::Lines) => Ok(()),
        (Some(_), Form::Any) => {
            Err(Untaken::NotJson(String::from_utf8_lossy(text(body)).chars().take(SHOWN_CHARS).collect()))
        }
    }
}

/// Hands out the body's messages in order.
pub(super) fn split(body: &[u8], form: Form) -> Result<Vec<&[u8]>, Untaken> {
    let text = text(body);
    let mut problem = "there is nothing but what stands between messages".to_owned();
    if text.first() == Some(&b'[') {
        match elements(text) {
            Ok(elements) if elements.len() > RECORDS_MAX => return Err(Untaken::TooMany),
            Ok(elements) => return Ok(elements),
            // what is wrong is the matter of one message, which is found by cutting
            Err(error) => problem = format!("the array cannot be read: {error}"),
        }
    }
    let ends = (form == Form::Lines).then_some(Ends::ObjectOrLine);
    let mut pieces = json_records(text, 0, ends).map(|record| &text[record]);
    let records: Vec<&[u8]> = pieces.by_ref().take(RECORDS_MAX).collect();
    match records {
        // an upload that broke off must not look like one that had nothing to say
        records if records.is_empty() => Err(Untaken::NoMessage(problem)),
        _ if pieces.next().is_some() => Err(Untaken::TooMany),
        records => Ok(records),
    }
}

/// The elements of an array that is strictly JSON; one more than allowed where there are too many.
fn elements(text: &[u8]) -> serde_json::Result<Vec<&[u8]>> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let elements = deserializer.deserialize_seq(Elements)?;
    deserializer.end()?;
    Ok(elements)
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de [u8]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = array.next_element::<&'de RawValue>()? {
            if elements.len() <= RECORDS_MAX {
                elements.push(element.get().as_bytes());
            }
        }
        Ok(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<&str> {
        let records = split(body.as_bytes(), Form::Any).expect(body).into_iter();
        records.map(|record| std::str::from_utf8(record).expect("it was text")).collect()
    }

    #[test]
    fn bodies_fall_into_their_messages() {
        let check = |body: &str, expect: &[&str]| assert_eq!(texts(body), expect, "{body}");
        check("{\"a\":1}", &["{\"a\":1}"]);
        check(" \n{\n \"a\": {\"b\": [1]}\n}\n\0", &["{\n \"a\": {\"b\": [1]}\n}"]);
        check("[]", &[]);
        check("[{\"a\":1}, 5, \"x,{\",\n {\"b\":2}]", &["{\"a\":1}", "5", "\"x,{\"", "{\"b\":2}"]);
        check("{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}", &["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]);
        check("\u{feff}{\"a\":1}{\"b\":2}", &["{\"a\":1}", "{\"b\":2}"]);
        check("{\"a\":1}\nnonsense\n{\"b\":2}", &["{\"a\":1}", "nonsense", "{\"b\":2}"]);
        // not strictly an array, as some senders write them
        check("[{\"a\":1,},\n{\"b\":2},]", &["{\"a\":1,}", "{\"b\":2}"]);
        check("[{\"a\":1},\n{\"b\":2", &["{\"a\":1}", "{\"b\":2"]);
    }

    #[test]
    fn a_line_costs_no_other_line() {
        let lines = ["{\"a\":[\"x\",", " {\"b\":2}", "{\"c\":{\"d\":", "nonsense", "{\"e\":5}"];
        let told = split(lines.join("\n").as_bytes(), Form::Lines).map(|records| records.len());
        assert_eq!(told, Ok(lines.len()));
        assert_eq!(texts(&format!("{{}}\n{}", lines.join("\n"))).len(), 1 + lines.len());
    }

    #[test]
    fn a_body_without_a_message_says_so() {
        let check = |body: &str, form, words: &str| match split(body.as_bytes(), form) {
            Err(Untaken::NoMessage(problem)) => assert!(problem.contains(words), "{problem}"),
            other => panic!("{other:?}"),
        };
        check("[", Form::Any, "EOF");
        check("[,,,", Form::Any, "column 2");
        check(&"[".repeat(100_000), Form::Any, "EOF");
        check("[[", Form::Lines, "EOF");
        check(",", Form::Lines, "between");
    }

    #[test]
    fn there_is_a_limit_on_messages() {
        let array = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        let lines = |count: usize| "{}\n".repeat(count);
        for body in [array, lines] {
            assert_eq!(split(body(RECORDS_MAX).as_bytes(), Form::Any).map(|records| records.len()), Ok(RECORDS_MAX));
            for over in [1, 2, 100] {
                assert_eq!(split(body(RECORDS_MAX + over).as_bytes(), Form::Any), Err(Untaken::TooMany), "{over} over");
            }
        }
    }

    #[test]
    fn what_is_no_json_at_all_is_told() {
        assert_eq!(check(b" \r\n", Form::Any), Err(Untaken::Empty));
        assert_eq!(check(b"", Form::Lines), Err(Untaken::Empty));
        let refused = check("checkout,1795219200,0.5,16,8\u{fc}".as_bytes(), Form::Any);
        assert_eq!(refused, Err(Untaken::NotJson("checkout,1795219200,".to_owned())));
        assert_eq!(check(b"nonsense\n{}", Form::Lines), Ok(()));
        assert_eq!(check(b"\xef\xbb\xbf {}", Form::Any), Ok(()));
    }
}
