//! One service over a range: a chart per series, as many as fit.

use super::{age, bold, colored, dim, of_standing};
use crate::chart::drawing::{BELOW, Chart, PEAK, color};
use crate::chart::{Curve, Measure};
use crate::render;
use crate::top::state::State;
use crate::top::window::Span as Shown;
use model::Time;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Of a chart with its title; lower ones say too little.
const CHART_MIN: u16 = 4;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let mut above = area;
    above.height = area.height.min(1);
    frame.render_widget(Paragraph::new(title(state)), above);
    let below = Rect { y: area.y + above.height, height: area.height - above.height, ..area };
    let range = state.window.range(state.now);
    let Some(history) = state.window.current(state.now) else {
        let text = if state.is_stale() { "  no answer for this range yet" } else { "  asking…" };
        frame.render_widget(Paragraph::new(text), below);
        return;
    };
    if history.rows.is_empty() {
        let text = "  no messages in this range; ← goes back in time, n to now, 4 shows seven days";
        frame.render_widget(Paragraph::new(text), below);
        return;
    }
    let room = below.height.saturating_sub(BELOW);
    let charts = (room / CHART_MIN).clamp(1, 3);
    let height = room / charts;
    for (place, measure) in (0..charts).zip(Measure::ALL) {
        let curves = Curve::all(&history.rows, history.every, measure);
        let Some(curve) = curves.first() else { continue };
        let times = place == charts - 1;
        let part = Rect { y: below.y + place * height, height: height + if times { BELOW } else { 0 }, ..below };
        let part = part.intersection(below);
        let line = numbers(measure, curve, state);
        let line = if state.is_stale() { line.patch_style(dim()) } else { line };
        frame.render_widget(Paragraph::new(line), Rect { height: part.height.min(1), ..part });
        let plot = Rect { y: part.y + 1, height: part.height.saturating_sub(1), ..part };
        frame.render_widget(Chart { range, curves: &curves, color: state.color, times }, plot);
    }
}

fn title(state: &State) -> Line<'_> {
    let window = &state.window;
    let name = window.service.as_deref().unwrap_or_default();
    let mut spans = vec![Span::styled(name, bold()), Span::raw("  ")];
    if let Some(line) = state.fleet.find(name) {
        let standing = line.standing(state.as_of());
        spans.push(Span::styled(standing.name(), of_standing(standing, state)));
        spans.push(Span::raw(format!(", seen {} ago ", age(state.as_of().since(line.seen.last_received)))));
    }
    for (number, span) in (1..).zip(Shown::ALL) {
        let style = if span == window.span() { super::reversed() } else { Style::new() };
        spans.extend([Span::styled(format!("{number}:{}", span.name), style), Span::raw(" ")]);
    }
    let range = window.range(state.now);
    let day = |time: Time| time.to_chrono().format("%m-%d").to_string();
    let clock = |time: Time| time.to_chrono().format("%H:%M").to_string();
    let (from, mut to) = (format!("{} {}", day(range.from), clock(range.from)), clock(range.to));
    if day(range.from) != day(range.to) {
        to = format!("{} {to}", day(range.to));
    }
    let live = if window.is_live() { "now" } else { "n: now" };
    spans.push(Span::raw(format!(" {from} to {to} ({live})")));
    Line::from(spans)
}

fn numbers<'a>(measure: Measure, curve: &Curve, state: &State) -> Line<'a> {
    let [mean, least, peak] = [curve.whole.avg, curve.whole.min, curve.whole.max].map(render::percent);
    let at = render::short_time(curve.peak_at);
    Line::from(vec![
        Span::styled(format!("{:<5}", measure.title()), bold()),
        Span::raw(format!("mean {mean}  least {least}  ")),
        Span::styled(PEAK, colored(color(0, true), state.color)),
        Span::raw(format!(" peak {peak} at {at}")),
    ])
}
