//! A line per service, in columns that become fewer where there is little room.

use super::{age, bars, bold, dim, of_standing, reversed};
use crate::chart::Measure;
use crate::render;
use crate::top::fleet::{Line as Service, Standing};
use crate::top::state::{Link, State};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// What fits beside each other. Widths without the blank before a column; 0: left out.
#[derive(Debug, PartialEq, Eq)]
struct Columns {
    name: usize,
    standing: bool,
    measures: usize,
    bar: usize,
    messages: bool,
    graph: usize,
}

const NAME: usize = 14;
const STANDING: usize = 6;
const SEEN: usize = 4;
/// Mean and peak in percent.
const NUMBERS: usize = 7;
const MESSAGES: usize = 7;
const BAR_MIN: usize = 3;
const BAR_MAX: usize = 10;
const GRAPH_MAX: usize = crate::top::fleet::HOUR;

impl Columns {
    fn of(width: usize) -> Columns {
        let least = NAME + 1 + SEEN + 3 * (1 + NUMBERS);
        let standing = width > least + STANDING;
        let messages = width > least + STANDING + 1 + MESSAGES;
        let taken = least + usize::from(standing) * (1 + STANDING) + usize::from(messages) * (1 + MESSAGES);
        let mut free = width.saturating_sub(taken);
        let mut take = |wanted: usize| {
            let taken = wanted.min(free);
            free -= taken;
            taken
        };
        let room = width.saturating_sub(taken);
        let more = take((room / 6).min(18));
        // one more than the bar, for the blank behind it
        let each = room * 2 / 9;
        let bar = if each > BAR_MIN { take(3 * each.min(BAR_MAX + 1)) / 3 - 1 } else { 0 };
        let graph = take(GRAPH_MAX + 1).saturating_sub(1);
        let measures = if width >= least { 3 } else { width.saturating_sub(8 + 1 + SEEN) / (1 + NUMBERS) };
        let measures = measures.min(3);
        let name = match width >= least {
            true => NAME + more + free,
            false => width.saturating_sub(1 + SEEN + measures * (1 + NUMBERS)),
        };
        Columns { name, standing, measures, bar, messages, graph }
    }
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    if state.fleet.all().is_empty() {
        return nobody(frame, area, state);
    }
    let columns = Columns::of(usize::from(area.width));
    let mut lines = vec![heading(&columns, state)];
    let (first, rows) = (state.fleet.first, usize::from(area.height).saturating_sub(1));
    for (place, service) in state.fleet.shown().enumerate().skip(first).take(rows) {
        let line = line(service, &columns, state);
        let line = if place == state.fleet.cursor { line.style(reversed()) } else { line };
        lines.push(if state.is_stale() { line.patch_style(dim()) } else { line });
    }
    if state.fleet.shown().len() == 0 {
        lines.push(Line::raw(format!("no service is called like {:?}; Esc shows all", state.fleet.filter)));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// What to do where nothing was ever sent, once that is known.
fn nobody(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let known = state.answered.is_some();
    let text = match state.link {
        _ if known => {
            "No service has been seen yet. Send a first message:\n\n  vitals send --service hello --cpu 0.4\n\n\
             or let this machine's agent send:\n\n  vitals agent"
        }
        Link::Lost(..) => "Nothing to show yet: nobody answers. This screen waits for a daemon.",
        Link::NotReady(..) => "Nothing to show yet: no questions are answered now. This screen waits.",
        Link::Looking | Link::Answering => "",
    };
    let indented: Vec<Line<'_>> =
        std::iter::once("").chain(text.lines()).map(|line| Line::raw(format!("  {line}"))).collect();
    frame.render_widget(Paragraph::new(indented), area);
}

fn heading<'a>(columns: &Columns, state: &State) -> Line<'a> {
    let mut text = format!("{:<width$}", "SERVICE", width = columns.name);
    if columns.standing {
        text.push_str(" STATE ");
    }
    text.push_str(" SEEN");
    for measure in Measure::ALL.into_iter().take(columns.measures) {
        let label = if measure == Measure::Disk { "DSK" } else { measure.title() };
        text.push_str(&match columns.bar {
            0 => format!(" {label} max"),
            bar => format!(" {label:<room$}avg max", room = bar + 1),
        });
    }
    if columns.messages {
        text.push_str(&format!(" {:>MESSAGES$}", "MSG/MIN"));
    }
    if columns.graph > 0 {
        let ago = if columns.graph < "DISK, LAST HOUR".len() { " 1H" } else { ", LAST HOUR" };
        let title = format!("{}{ago}", state.fleet.order.measure().title());
        text.push_str(&format!(" {:.width$}", title, width = columns.graph));
    }
    Line::styled(text, bold().patch(reversed()))
}

fn line<'a>(service: &Service, columns: &Columns, state: &State) -> Line<'a> {
    let standing = service.standing(state.as_of());
    let tag = if state.fleet.tagged.contains(&service.name) { "*" } else { "" };
    let style = if tag.is_empty() { Style::new() } else { bold() };
    let mut spans = vec![Span::styled(bars::fitted(&format!("{tag}{}", service.name), columns.name), style)];
    if columns.standing {
        spans.push(Span::styled(format!(" {:<STANDING$}", standing.name()), of_standing(standing, state)));
    }
    let seen = age(state.as_of().since(service.seen.last_received));
    spans.push(Span::raw(format!(" {seen:>SEEN$}")));
    for measure in Measure::ALL.into_iter().take(columns.measures) {
        spans.push(Span::raw(" "));
        spans.extend(numbers(service, measure, columns.bar, state));
    }
    if columns.messages {
        spans.push(Span::raw(format!(" {:>MESSAGES$}", render::count(service.per_minute))));
    }
    if columns.graph > 0 && standing != Standing::Gone {
        let measure = state.fleet.order.measure();
        let hour = state.fleet.hour(&service.name, state.as_of());
        let values: Vec<Option<f64>> = hour.into_iter().map(|row| row.map(|row| measure.of(row).avg)).collect();
        spans.push(Span::raw(format!(" {}", bars::graph(&values, 1.0, columns.graph))));
    }
    Line::from(spans)
}

/// Bar, mean and peak of the newest minute, or blanks.
fn numbers<'a>(service: &Service, measure: Measure, bar: usize, state: &State) -> Vec<Span<'a>> {
    let gap = usize::from(bar > 0);
    let Some(series) = service.minute.as_ref().map(|row| measure.of(row)) else {
        return vec![Span::raw(format!("{:>width$}", "-", width = bar + gap + NUMBERS))];
    };
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let color = super::colored(crate::chart::drawing::color(0, true), state.color);
    vec![
        Span::styled(format!("{}{}", bars::bar(series.avg, series.max, bar), " ".repeat(gap)), color),
        Span::raw(format!("{:>3} {:>3}", percent(series.avg), percent(series.max))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_take_more_than_there_is() {
        for width in 20..300 {
            let columns = Columns::of(width);
            let bar = columns.bar + usize::from(columns.bar > 0);
            let optional = |shown: bool, width: usize| if shown { width + 1 } else { 0 };
            let taken = columns.name
                + (1 + SEEN)
                + columns.measures * (1 + bar + NUMBERS)
                + optional(columns.standing, STANDING)
                + optional(columns.messages, MESSAGES)
                + optional(columns.graph > 0, columns.graph);
            assert!(taken <= width && columns.name >= 8.min(width), "{width}: {columns:?} takes {taken}");
        }
        let at = Columns::of(80);
        assert!(at.bar >= 3 && at.graph >= 5 && at.standing && at.messages && at.measures == 3, "{at:?}");
    }
}
