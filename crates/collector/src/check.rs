//! What would become of a message, and how it would be read: the collector's own judgement without its port, its journal
//! and everything it remembers.
//!
//! Invariant: the rules are not told a second time here. Whatever needs a memory (rates, names, duplicates) is not judged,
//! and [`Check::not_judged`] says so.

use crate::Network;
use crate::admission::check_allowed;
use crate::import::{self, records};
use crate::settings::Settings;
use model::decode::{Explanation, explain};
use model::{Decoder, Message, Reason, Reject, Time};
use std::net::IpAddr;
use std::ops::Range;

/// Judges messages one by one, each as a datagram of its own.
#[derive(Debug)]
pub struct Check {
    decoder: Decoder,
    allow: Vec<Network>,
    /// Where the messages are to come from, as far as one cares.
    source: Option<IpAddr>,
    not_judged: Vec<Reason>,
}

/// What would become of one message.
#[derive(Debug)]
pub struct Judgement<'m> {
    pub outcome: Result<Message<'m>, Reject>,
    pub explanation: Explanation,
}

impl Check {
    pub fn new(settings: &Settings, source: Option<IpAddr>) -> Check {
        let unjudged = [
            (Reason::SourceNotAllowed, !settings.allow.is_empty() && source.is_none()),
            (Reason::RateLimit, settings.rate_limit.is_some()),
            (Reason::TooManyServices, true),
            (Reason::TooManyNewNames, settings.new_names_per_source_hour.is_some()),
            (Reason::TooManySenders, true),
        ];
        Check {
            decoder: Decoder::new(settings.rules.clone()),
            allow: settings.allow.clone(),
            source,
            not_judged: unjudged.into_iter().filter_map(|(reason, applies)| applies.then_some(reason)).collect(),
        }
    }

    /// The reasons for which a message may be refused all the same.
    pub fn not_judged(&self) -> &[Reason] {
        &self.not_judged
    }

    /// As if the datagram were received at `received`.
    pub fn judge(&mut self, datagram: &[u8], received: Time) -> Judgement<'_> {
        let allowed = self.source.map_or(Ok(()), |source| check_allowed(&self.allow, source));
        let outcome = allowed.and_then(|()| self.decoder.decode(datagram, received));
        Judgement { outcome, explanation: explain(datagram) }
    }
}

/// The messages in a text: the objects of an array, or those that follow one another, as an import finds them. A text that
/// holds one object, or that begins with none, is one message as it stands, but for the line break behind it.
pub fn messages(text: &[u8]) -> Vec<Range<usize>> {
    let found = records(text);
    let is_array = text.trim_ascii_start().starts_with(b"[");
    if is_array || found.len() > 1 {
        return found;
    }
    let whole = 0..without_line_break(text).len();
    [whole].into()
}

/// Whether the text is no message and a CSV file of messages.
pub fn is_csv(text: &[u8]) -> bool {
    import::is_csv(text)
}

fn without_line_break(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::decode::TimeForm;
    use std::path::Path;

    const SOUND: &str = r#"{"serviceName":"a","Timestamp":1795219200,"CPU":0.5,"RAM":{"Total":2,"Free":1},"Disk":{"Total":2,"Free":1}}"#;

    fn now() -> Time {
        "2026-11-21T00:00".parse().expect("a time")
    }

    #[test]
    fn the_verdict_is_the_collector_s() {
        let settings =
            Settings { allow: vec!["10.0.0.0/8".parse().expect("a network")], ..Settings::of(Path::new("x")) };
        let outcome = |source: Option<&str>, datagram: &str| {
            let mut check = Check::new(&settings, source.map(|source| source.parse().expect("an address")));
            let judged = check.judge(datagram.as_bytes(), now());
            assert_eq!(judged.explanation.time, Some(TimeForm::Seconds));
            judged.outcome.map(|message| message.health().ram.billionths()).map_err(|reject| reject.reason())
        };
        assert_eq!(outcome(None, SOUND), Ok(500_000_000));
        assert_eq!(outcome(Some("10.1.2.3"), SOUND), Ok(500_000_000));
        assert_eq!(outcome(Some("192.0.2.1"), SOUND), Err(Reason::SourceNotAllowed));
        assert_eq!(outcome(None, &SOUND.replace("1795219200", "1695219200")), Err(Reason::TooOld));
        assert_eq!(outcome(None, &SOUND.replace("0.5", "37.2")), Err(Reason::CpuAboveOne));
        let unjudged = |source| Check::new(&settings, source).not_judged().contains(&Reason::SourceNotAllowed);
        assert!(unjudged(None) && !unjudged(Some(IpAddr::from([10, 0, 0, 1]))));
    }

    #[test]
    fn a_text_holds_one_message_or_several() {
        let check = |text: &str, expect: &[&str]| {
            let found: Vec<&str> = messages(text.as_bytes()).into_iter().map(|at| &text[at]).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("{\"a\":1}\n", &["{\"a\":1}"]);
        check("{\n\"a\":1,\n} \0\0", &["{\n\"a\":1,\n} \0\0"]);
        check("\u{feff}{\"a\":1}", &["\u{feff}{\"a\":1}"]);
        check("hello\r\n", &["hello"]);
        check("hello\nworld", &["hello\nworld"]);
        check("", &[""]);
        check("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]);
        check("[{\"a\":1},\n{\"b\":2}]", &["{\"a\":1}", "{\"b\":2}"]);
        check("[{\"a\":1}]", &["{\"a\":1}"]);
        check("{\"a\":1\n{\"b\":2}", &["{\"a\":1", "{\"b\":2}"]);
        check("[]", &[]);
    }
}
