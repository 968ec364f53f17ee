//! What is told of one message: as a document for programs, as lines for people.

use crate::render;
use collector::check::Judgement;
use model::decode::{Explanation, TimeForm};
use model::{Message, Reason, Time};
use serde::Serialize;
use std::ops::Range;

#[derive(Serialize)]
pub(super) struct Verdict {
    /// Where the message begins: the line, from 1, and the byte, from 0.
    pub(super) line: usize,
    byte: usize,
    #[serde(flatten)]
    pub(super) fate: Fate,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp_read_as: Option<TimeForm>,
    /// What a stricter reader would have refused.
    tolerated: Vec<String>,
}

#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub(super) enum Fate {
    Accepted(Box<Accepted>),
    Rejected { reason: Reason, detail: String },
}

/// The message as it would be kept.
#[derive(Serialize)]
pub(super) struct Accepted {
    service: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    time: Time,
    /// How long before its receipt the message's time lies; negative where it lies ahead.
    age_s: f64,
    cpu: f64,
    ram: Used,
    disk: Used,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i64>,
    /// Whether its sender would be answered.
    answered: bool,
    /// Unknown keys, kept beside the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<serde_json::Value>,
}

/// In GB, and the share in use as every answer counts it.
#[derive(Serialize)]
struct Used {
    total: f64,
    free: f64,
    utilization: f64,
}

impl Verdict {
    pub(super) fn new(text: &[u8], at: Range<usize>, judgement: Judgement<'_>) -> Verdict {
        let fate = match judgement.outcome {
            Ok(message) => Fate::Accepted(Box::new(Accepted::of(&message))),
            Err(reject) => Fate::Rejected { reason: reject.reason(), detail: reject.to_string() },
        };
        Verdict {
            line: 1 + text[..at.start].iter().filter(|byte| **byte == b'\n').count(),
            byte: at.start,
            fate,
            timestamp_read_as: judgement.explanation.time,
            tolerated: tolerated(&judgement.explanation),
        }
    }

    pub(super) fn in_lines(&self) -> String {
        let (head, mut lines) = match &self.fate {
            Fate::Accepted(message) => ("accepted".to_owned(), message.lines()),
            Fate::Rejected { reason, detail } => (format!("rejected as {reason}"), vec![("why", detail.clone())]),
        };
        if let Some(form) = self.timestamp_read_as {
            lines.push(("Timestamp", format!("read as {}", in_words(form))));
        }
        lines.extend(self.tolerated.iter().map(|oddity| ("tolerated", oddity.clone())));
        lines.iter().fold(head + "\n", |text, (name, value)| text + &format!("  {name:<10} {value}\n"))
    }
}

impl Accepted {
    fn of(message: &Message<'_>) -> Accepted {
        let health = message.health();
        Accepted {
            service: message.service.to_owned(),
            instance: message.instance.map(str::to_owned),
            time: message.time,
            age_s: (message.received.as_micros() - message.time.as_micros()) as f64 / 1e6,
            cpu: health.cpu.share(),
            ram: Used { total: message.ram_total, free: message.ram_free, utilization: health.ram.share() },
            disk: Used { total: message.disk_total, free: message.disk_free, utilization: health.disk.share() },
            sender: message.sender.map(str::to_owned),
            sequence: message.sequence,
            answered: message.asks().is_some(),
            extra: message.extra.and_then(|extra| serde_json::from_str(extra).ok()),
        }
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let instance = self.instance.as_ref().map_or(String::new(), |instance| format!(", instance {instance}"));
        let mut lines = vec![
            ("service", self.service.clone() + &instance),
            ("time", format!("{} ({})", self.time, age(self.age_s))),
            ("cpu", render::percent(self.cpu)),
            ("ram", self.ram.in_words()),
            ("disk", self.disk.in_words()),
        ];
        if self.answered {
            lines.push(("answer", "asked for; the sender is told when the message is synced".to_owned()));
        }
        if let Some(extra) = &self.extra {
            lines.push(("extra", extra.to_string()));
        }
        lines
    }
}

impl Used {
    fn in_words(&self) -> String {
        format!("{} used, {} of {} GB free", render::percent(self.utilization), self.free, self.total)
    }
}

fn age(seconds: f64) -> String {
    let amount = match seconds.abs() {
        amount if amount < 120.0 => format!("{amount:.1} s"),
        amount if amount < 7_200.0 => format!("{:.1} min", amount / 60.0),
        amount if amount < 172_800.0 => format!("{:.1} h", amount / 3_600.0),
        amount => format!("{:.1} days", amount / 86_400.0),
    };
    format!("{amount} {} receipt", if seconds < 0.0 { "after its" } else { "before its" })
}

fn in_words(form: TimeForm) -> &'static str {
    match form {
        TimeForm::Seconds => "seconds since 1970, by its size",
        TimeForm::Milliseconds => "milliseconds since 1970, by its size",
        TimeForm::Microseconds => "microseconds since 1970, by its size",
        TimeForm::Nanoseconds => "nanoseconds since 1970, by its size",
        TimeForm::Rfc3339 => "RFC 3339 text",
    }
}

fn tolerated(explanation: &Explanation) -> Vec<String> {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let mut oddities = Vec::new();
    if explanation.commas > 0 {
        let count = explanation.commas;
        oddities.push(format!("{count} comma{} before a closing brace", plural(count)));
    }
    if explanation.padding_bytes > 0 {
        let count = explanation.padding_bytes;
        oddities.push(format!("{count} byte{} of padding behind the message", plural(count)));
    }
    let spelled = explanation.keys.iter().map(|(written, documented)| format!("key {written:?} for {documented:?}"));
    oddities.extend(spelled);
    oddities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_in_words() {
        let check = |seconds, expect: &str| assert_eq!(age(seconds), expect);
        check(0.25, "0.2 s before its receipt");
        check(-90.0, "90.0 s after its receipt");
        check(5_400.0, "90.0 min before its receipt");
        check(86_400.0, "24.0 h before its receipt");
        check(-864_000.0, "10.0 days after its receipt");
    }
}
