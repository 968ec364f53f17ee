//! `vitals status --recovery`: what the last starts found of the life before. The record lies in the data folder, so it
//! can be read whether or not a process runs, also when none gets ready any more.

use crate::arguments::ReportFormat;
use crate::client::Client;
use crate::config::Config;
use crate::exit::Exit;
use crate::holder;
use crate::render;
use crate::tuning;
use crate::work::block_on;
use handover::ViewsFound;
use handover::starts::{self, JournalStart, Opened, Start};
use std::time::Duration;

pub(super) fn run(format: ReportFormat, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let starts: Vec<Start> = match server {
        Some(server) => block_on(async { Client::named(&server, config)?.get("starts", &Vec::new()).await })?,
        None => {
            let folder = tuning::folder(config);
            holder::must_exist(&folder)?;
            starts::read(&folder)
        }
    };
    render::print(&match format {
        ReportFormat::Json => render::json(&starts)?,
        ReportFormat::Table if starts.is_empty() => "no start is on record\n".to_owned(),
        ReportFormat::Table => starts.iter().map(report).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(Exit::Fine)
}

fn report(start: &Start) -> String {
    let before = match start.clean {
        None => "none on record",
        Some(true) => "stopped in order",
        Some(false) => "ended uncleanly",
    };
    let ready =
        start.ready_after_ms.map_or("not recorded: not yet, or never".to_owned(), |ms| format!("after {ms} ms"));
    let mut lines = vec![("the one before", before.to_owned()), ("ready", ready)];
    lines.extend(start.stopped.map(|at| ("stopped", render::short_time(at))));
    for (name, journal) in &start.journals {
        lines.extend(told(journal).into_iter().map(|line| ("journal", format!("{name}: {line}"))));
    }
    lines.extend(views(start).map(|views| ("views", views)));
    if start.orphans_removed > 0 {
        lines.push(("orphans", format!("{} files of an interrupted job removed", start.orphans_removed)));
    }
    lines.extend(start.quarantined.iter().map(|piece| ("quarantined", piece.clone())));
    lines.extend(start.reconciled.iter().map(|line| ("reconciled", line.clone())));
    let (process, at) = (start.process.name(), render::short_time(start.started));
    let head = format!("vitals {process}, started {at}, process {}, version {}\n", start.pid, start.version);
    lines.iter().fold(head, |text, (name, value)| text + &format!("  {name:<15} {value}\n"))
}

fn told(journal: &JournalStart) -> Vec<String> {
    let replayed = journal.replayed.map(|replayed| {
        let (segments, messages) = (render::count(replayed.segments), render::count(replayed.messages));
        let damaged =
            if replayed.damaged > 0 { format!(", {} pieces unreadable", replayed.damaged) } else { String::new() };
        format!("replayed {segments} segments, {messages} messages{damaged}")
    });
    journal.opened.as_ref().map(opened).into_iter().chain(replayed).collect()
}

fn opened(opened: &Opened) -> String {
    let Some(last_sign) = opened.last_sign else { return "new".to_owned() };
    let end = if opened.clean { "closed in order" } else { "not closed" };
    let (gap, torn) = (Duration::from_millis(opened.gap_ms), render::count(opened.torn_bytes));
    let last_sign = render::short_time(last_sign);
    format!("{end}, last sign of life {last_sign}, {gap:?} before the start; {torn} bytes of torn tail cut")
}

fn views(start: &Start) -> Option<String> {
    let rebuilt = start.rebuilt_messages.map(|messages| format!("rebuilt from {} messages", render::count(messages)));
    Some(match (start.views?, rebuilt) {
        (ViewsFound::Missing, None) => "missing or unreadable, to be rebuilt".to_owned(),
        (ViewsFound::Missing, Some(rebuilt)) => format!("missing or unreadable, {rebuilt}"),
        (ViewsFound::Sound, None) => "sound".to_owned(),
        (ViewsFound::New, None) => "new, as nothing was sealed".to_owned(),
        (ViewsFound::Sound | ViewsFound::New, Some(rebuilt)) => format!("there at the start, later {rebuilt}"),
    })
}
