//! `vitals check`: what the collector would do with messages, and how it would read them.

mod verdict;

use crate::arguments::{Check, ReportFormat};
use crate::config::Config;
use crate::exit::Exit;
use crate::input;
use crate::render;
use crate::tuning;
use model::{Clock, Reason, SystemClock};
use serde::Serialize;
use std::fmt::Write as _;
use verdict::{Fate, Verdict};

/// Far more than anybody looks at, and little enough to be held in memory.
const BYTES_MAX: u64 = 16 << 20;
const ARRAY: &str = "a datagram carries one message: send those of an array one by one";

const CSV: &str = "this is CSV: a datagram carries JSON, files of CSV come in through vitals import";

#[derive(Serialize)]
struct Report {
    accepted: usize,
    rejected: usize,
    /// Reasons for which messages may be refused all the same.
    not_judged: Vec<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    messages: Vec<Verdict>,
}

pub(super) fn run(arguments: &Check, config: &Config) -> anyhow::Result<Exit> {
    let instead = "give it some of the messages, or take all of them in with vitals import";
    let text = input::read_all(&arguments.file, BYTES_MAX, instead)?;
    let now = arguments.now.unwrap_or_else(|| SystemClock.now());
    let mut check = collector::check::Check::new(&tuning::collector(config)?, arguments.source);
    let found = collector::check::messages(&text);
    anyhow::ensure!(!found.is_empty(), "{} holds no message", input::name(&arguments.file));
    let messages: Vec<Verdict> =
        found.into_iter().map(|at| Verdict::new(&text, at.clone(), check.judge(&text[at], now))).collect();
    let rejected = messages.iter().filter(|message| matches!(message.fate, Fate::Rejected { .. })).count();
    let report = Report {
        accepted: messages.len() - rejected,
        rejected,
        not_judged: check.not_judged().to_vec(),
        note: note(&text),
        messages,
    };
    render::print(&match arguments.format {
        ReportFormat::Json => render::json(&report)?,
        ReportFormat::Table => in_lines(&report),
    })?;
    Ok(if rejected == 0 { Exit::Fine } else { Exit::Refused })
}

fn note(text: &[u8]) -> Option<&'static str> {
    let is_array = text.trim_ascii_start().starts_with(b"[");
    is_array.then_some(ARRAY).or_else(|| collector::check::is_csv(text).then_some(CSV))
}

fn in_lines(report: &Report) -> String {
    let mut text = String::new();
    for (index, message) in report.messages.iter().enumerate() {
        if report.messages.len() > 1 {
            write!(text, "message {}, line {}: ", index + 1, message.line).expect("text");
        }
        text.push_str(&message.in_lines());
    }
    if report.messages.len() > 1 {
        let (accepted, rejected) = (render::count(report.accepted as u64), render::count(report.rejected as u64));
        writeln!(text, "{accepted} accepted, {rejected} rejected").expect("text");
    }
    text.extend(report.note.into_iter().flat_map(|note| ["note: ", note, "\n"]));
    let reasons: Vec<&str> = report.not_judged.iter().map(|reason| reason.name()).collect();
    writeln!(text, "not judged, as it depends on other messages or their sender: {}", reasons.join(", "))
        .expect("text");
    text
}
