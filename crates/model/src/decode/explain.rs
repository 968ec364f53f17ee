//! How a message is read: what of it is tolerated, and what its time is taken for. For people who look at a message; the
//! decoder itself never asks.
//!
//! Invariant: every step is the decoder's own, so what is told here is what it does.

use super::json::{self, Object, Value};
use super::timestamp::TimeForm;
use super::{KEYS, without_padding};

/// What is remarkable about a message's bytes, accepted or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// Spaces, line breaks and NULs behind the message.
    pub padding_bytes: usize,
    /// Commas before a closing brace.
    pub commas: usize,
    /// Keys in another case, each with its documented spelling.
    pub keys: Vec<(String, &'static str)>,
    /// `None` where there is no time to be read.
    pub time: Option<TimeForm>,
}

/// Looks at the bytes of one datagram; what is no JSON object has no keys and no time.
pub fn explain(datagram: &[u8]) -> Explanation {
    let text = without_padding(datagram);
    let mut mended = Vec::new();
    let commas = json::mend_commas(text, &mut mended);
    let padding_bytes = datagram.len() - text.len();
    let Ok(object) = json::parse(&mended) else { return Explanation { padding_bytes, ..Explanation::default() } };
    let mut keys = object.misspelled(&KEYS);
    for sizes in ["RAM", "Disk"].into_iter().filter_map(|key| inner(&object, key)) {
        keys.extend(sizes.misspelled(&["Total", "Free"]));
    }
    let time = object.only("Timestamp").and_then(|raw| TimeForm::of(&json::value(raw).ok()?));
    Explanation { padding_bytes, commas, keys, time }
}

fn inner<'a>(object: &Object<'a>, key: &str) -> Option<Object<'a>> {
    match json::value(object.only(key)?) {
        Ok(Value::Object(inner)) => Some(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tolerated_is_told() {
        let strange =
            b"{\"ServiceName\":\"a\",\"Timestamp\":1795219200,\"cpu\":0.5,\"RAM\":{\"total\":2,\"Free\":1,},}\0\0 \n";
        let keys = [("ServiceName", "serviceName"), ("cpu", "CPU"), ("total", "Total")];
        let keys = keys.map(|(written, documented)| (written.to_owned(), documented)).to_vec();
        let time = Some(TimeForm::Seconds);
        assert_eq!(explain(strange), Explanation { padding_bytes: 4, commas: 2, keys, time });
        assert_eq!(explain(b"hello,}"), Explanation::default());
        assert_eq!(explain(br#"{"note":",}"}"#), Explanation::default());
    }

    #[test]
    fn the_unit_of_time_is_that_of_the_decoder() {
        let check = |timestamp: &str, expect| {
            let datagram = format!("{{\"Timestamp\":{timestamp}}}");
            assert_eq!(explain(datagram.as_bytes()).time, expect, "{timestamp}");
        };
        check("99999999999", Some(TimeForm::Seconds));
        check("100000000000", Some(TimeForm::Milliseconds));
        check("1795219200000.5", Some(TimeForm::Milliseconds));
        check("1795219200000000", Some(TimeForm::Microseconds));
        check("-1795219200000000000", Some(TimeForm::Nanoseconds));
        check("1.8e18", Some(TimeForm::Nanoseconds));
        check("\"2026-11-21T00:00:00Z\"", Some(TimeForm::Rfc3339));
        check("null", None);
        check("\"2026-11-21 00:00:00\"", None);
        check("1, \"timestamp\": 2", None);
    }
}
