//! The process itself, as lines that can be scrolled.

use super::{age, alarm, bars, bold, dim};
use crate::render;
use crate::top::state::State;
use model::{Granularity, LedgerRowKind, Time};
use query::LedgerLine;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::time::Duration;
use web::Status;
use web::status::JournalLag;

const NAME: usize = 15;
const MINUTES: usize = 60;
/// Name, total and rate.
const BEFORE_GRAPH: usize = NAME + 1 + 15 + 1 + 10 + 2;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let lines = lines(state).into_iter().skip(state.pipeline.first);
    let shown: Vec<Line<'_>> =
        lines.map(|line| if state.is_stale() { line.patch_style(dim()) } else { line }).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// Everything there is to say.
pub(crate) fn lines(state: &State) -> Vec<Line<'static>> {
    let Some(status) = &state.pipeline.status else { return Vec::new() };
    let mut lines = intake(state, status);
    lines.push(Line::default());
    lines.extend(layers(state, status));
    lines.push(Line::default());
    lines.extend(jobs(state, status));
    lines.push(Line::default());
    lines.extend(tasks(state, status));
    lines.push(Line::default());
    lines.extend(coverage(state));
    lines
}

fn intake(state: &State, status: &Status) -> Vec<Line<'static>> {
    let mut lines = vec![heading(format!("{:<NAME$} {:>15} {:>10}  LAST HOUR", "INTAKE", "SINCE START", "PER SECOND"))];
    for (index, ((name, total), rate)) in
        state.pipeline.counts.named().into_iter().zip(state.pipeline.rates()).enumerate()
    {
        let total = total.map_or("unknown".to_owned(), render::count);
        let rate = rate.map_or(String::new(), |rate| format!("{rate:.1}"));
        let text = format!("{name:<NAME$} {total:>15} {rate:>10}  {}", graph(state, index));
        let lost = matches!(name, "shed" | "kernel dropped") && !matches!(total.as_str(), "0" | "unknown");
        lines.push(if lost { Line::styled(text, alarm(state.color)) } else { Line::raw(text) });
    }
    let reasons: Vec<String> = status.rejected.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    if !reasons.is_empty() {
        lines.push(named("reasons", reasons.join(", ")));
    }
    let buffer = render::count(status.receive_buffer_bytes as u64);
    lines.push(named("in flight", format!("{}, receive buffer {buffer} bytes per socket", status.in_flight)));
    if let Some(shedding) = &status.shedding {
        let text = format!("shedding since {}: {}", render::short_time(shedding.since), shedding.reason);
        lines.push(Line::styled(text, alarm(state.color)));
    }
    lines
}

/// Minutes of the ledger, the newest last, of one of the counts.
fn graph(state: &State, index: usize) -> String {
    let Some(ledger) = &state.pipeline.ledger else { return String::new() };
    let newest = Granularity::Minute.floor(state.now);
    let mut minutes: Vec<Option<f64>> = vec![None; MINUTES];
    for line in ledger {
        let LedgerLine::Minute { minute, received, accepted, duplicate, rejected, shed, kernel_dropped, .. } = line
        else {
            continue;
        };
        let ago = usize::try_from(newest.since(*minute).as_secs() / 60).unwrap_or(usize::MAX);
        let Some(place) = (MINUTES - 1).checked_sub(ago) else { continue };
        let rejected = rejected.values().sum();
        let counts = [*received, *accepted, *duplicate, rejected, *shed, kernel_dropped.unwrap_or(0)];
        *minutes[place].get_or_insert(0.0) += counts[index] as f64;
    }
    let most = minutes.iter().flatten().copied().fold(0.0, f64::max);
    let room = usize::from(state.size.0).saturating_sub(BEFORE_GRAPH);
    bars::graph(&minutes, most, room.min(MINUTES))
}

fn layers(state: &State, status: &Status) -> Vec<Line<'static>> {
    let head = format!("{:<NAME$} {:>9} {:>11} {:>8} {:>8}", "JOURNALS", "WATERMARK", "UNPUBLISHED", "LAG", "ON DISK");
    let mut lines = vec![heading(head)];
    for journal in &status.journals {
        let JournalLag { name, watermark, unpublished, oldest_unpublished, segments } = journal;
        let lag = oldest_unpublished.map_or("-".to_owned(), |oldest| ago(state, oldest));
        let name = bars::fitted(name, NAME);
        lines.push(Line::raw(format!("{name} {watermark:>9} {unpublished:>11} {lag:>8} {segments:>8}")));
    }
    let (segments, above) = (render::count(status.segments), status.generations);
    lines.push(named("in all", format!("{above} generations above the watermark, {segments} segments on disk")));
    let (cells, most) = (status.cells as u64, status.cells_max as u64);
    let full = 100.0 * cells as f64 / most.max(1) as f64;
    lines.push(named(
        "realtime views",
        format!("{} of {} cells ({full:.1}%)", render::count(cells), render::count(most)),
    ));
    lines.push(named("durability", status.durability.clone()));
    lines
}

fn jobs(state: &State, status: &Status) -> Vec<Line<'static>> {
    let mut lines = vec![heading(format!("{:<NAME$} {:<20} {:<26} NEXT", "JOBS", "SCHEDULE", "LAST"))];
    for job in &status.jobs {
        let last = match &job.last {
            _ if job.running => "running".to_owned(),
            None => "never ran".to_owned(),
            Some(last) => format!("{} ago, {} ms, {}", ago(state, last.started), last.took_ms, last.outcome),
        };
        let next = job.next.map_or(String::new(), |next| format!("in {}", age(next.since(state.now))));
        let text = format!("{:<NAME$} {:<20} {last:<26} {next}", job.name, job.schedule);
        lines.push(if job.failures > 0 { Line::styled(text, alarm(state.color)) } else { Line::raw(text) });
    }
    lines
}

fn tasks(state: &State, status: &Status) -> Vec<Line<'static>> {
    let mut lines = vec![heading("TASKS".to_owned())];
    let (running, dead): (Vec<_>, Vec<_>) = status.tasks.iter().partition(|task| task.running);
    let names: Vec<&str> = running.iter().map(|task| task.name.as_str()).collect();
    lines.push(named("running", names.join(", ")));
    for task in dead {
        let why = task.last_error.as_deref().unwrap_or("for an unknown reason");
        lines.push(Line::styled(format!("{} has died: {why}", task.name), alarm(state.color)));
    }
    for task in status.tasks.iter().filter(|task| task.running && task.restarts > 0) {
        lines.push(named(&task.name, format!("started again {} times", task.restarts)));
    }
    lines
}

/// What the last hour's answers are missing, as far as the ledger knows.
fn coverage(state: &State) -> Vec<Line<'static>> {
    let mut lines = vec![heading("COVERAGE OF THE LAST HOUR".to_owned())];
    let Some(ledger) = &state.pipeline.ledger else {
        lines.push(Line::raw("asking…"));
        return lines;
    };
    let warnings: Vec<String> = ledger.iter().filter_map(missing).collect();
    if warnings.is_empty() {
        lines.push(Line::raw("complete: nothing is known to be missing"));
    }
    lines.extend(warnings.into_iter().rev().map(|warning| Line::styled(warning, alarm(state.color))));
    lines
}

fn missing(line: &LedgerLine) -> Option<String> {
    let clock = |time: Time| time.to_chrono().format("%H:%M:%S").to_string();
    match line {
        LedgerLine::Minute { minute, source, shed, kernel_dropped, .. } => {
            let dropped = kernel_dropped.unwrap_or(0);
            (*shed > 0 || dropped > 0)
                .then(|| format!("{} {source}: {shed} shed, {dropped} dropped by the kernel", clock(*minute)))
        }
        LedgerLine::Span(row) => {
            let what = match &row.kind {
                LedgerRowKind::Gap { clean: true } => "nobody listened".to_owned(),
                LedgerRowKind::Gap { clean: false } => "ended uncleanly, counts not known".to_owned(),
                LedgerRowKind::Damage { segment, .. } => format!("segment {segment} is damaged"),
                LedgerRowKind::Counts(_) => return None,
            };
            Some(format!("{} to {} {}: {what}", clock(row.from), clock(row.to), row.source))
        }
    }
}

fn ago(state: &State, time: Time) -> String {
    age(state.now.since(time).max(Duration::ZERO))
}

fn heading(text: String) -> Line<'static> {
    Line::styled(text, bold().patch(super::reversed()))
}

fn named(name: &str, value: String) -> Line<'static> {
    Line::from(vec![Span::raw(format!("{name:<NAME$} ")), Span::raw(value)])
}
