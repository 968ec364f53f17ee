//! The state as a picture. Each screen fits what it has to say into whatever size there is.

mod bars;
mod fleet;
mod overlay;
pub(crate) mod pipeline;
mod service;

use crate::render;
use crate::top::fleet::Standing;
use crate::top::state::{State, View};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::time::Duration;

pub(crate) fn draw(frame: &mut Frame<'_>, state: &State) {
    let area = frame.area();
    let head = u16::try_from(state.head()).unwrap_or(u16::MAX).min(area.height);
    let [above, view, keys] = cut(area, head);
    header(frame, above, state);
    match state.view {
        View::Fleet => fleet::draw(frame, view, state),
        View::Service => service::draw(frame, view, state),
        View::Pipeline => pipeline::draw(frame, view, state),
    }
    overlay::draw(frame, view, keys, state);
}

/// Above, middle, and the last line.
fn cut(area: Rect, head: u16) -> [Rect; 3] {
    let keys = area.height.saturating_sub(head).min(1);
    let view = area.height - head - keys;
    let part = |y, height| Rect { y: area.y + y, height, ..area };
    [part(0, head), part(head, view), part(head + view, keys)]
}

fn header(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let (server, version) = state.server.clone().unwrap_or_default();
    let up = state.pipeline.status.as_ref().map(|status| age(Duration::from_secs(status.uptime_s)));
    let up = up.map_or(String::new(), |up| format!("  up {up}"));
    let first = format!("vitals top {version}  {server}{up}");
    let time = format!("{} UTC", render::short_time(state.now));
    let mut lines = vec![both_ends(&first, &time, area.width, bold()), counts(state)];
    lines.extend(state.trouble().map(|trouble| Line::styled(trouble, alarm(state.color))));
    frame.render_widget(Paragraph::new(lines), area);
}

fn counts(state: &State) -> Line<'_> {
    if state.answered.is_none() {
        return Line::default();
    }
    let all = state.fleet.all();
    let count = |wanted| all.iter().filter(|line| line.standing(state.as_of()) == wanted).count();
    let mut spans = vec![Span::raw(format!("{} services", all.len()))];
    for standing in [Standing::Up, Standing::Late, Standing::Silent, Standing::Gone] {
        let number = count(standing);
        if number > 0 {
            let style = of_standing(standing, state);
            spans.extend([Span::raw("  "), Span::styled(format!("{number} {}", standing.name()), style)]);
        }
    }
    let a_minute: u64 = all.iter().map(|line| line.per_minute).sum();
    spans.push(Span::raw(format!("   {} messages/min", render::count(a_minute))));
    if let [Some(received), ..] = state.pipeline.rates() {
        spans.push(Span::raw(format!("   {received:.1} received/s")));
    }
    if state.view == View::Fleet {
        spans.push(Span::styled(format!("   {}", ordered(state)), dim()));
    }
    Line::from(spans)
}

/// Which services are listed, and how.
fn ordered(state: &State) -> String {
    let fleet = &state.fleet;
    let only = (!fleet.filter.is_empty()).then(|| format!("only {:?}", fleet.filter));
    let turned = fleet.reversed.then(|| "turned round".to_owned());
    let following = fleet.follow.then(|| "following".to_owned());
    let notes: Vec<String> =
        only.into_iter().chain([fleet.order.name().to_owned()]).chain(turned).chain(following).collect();
    notes.join(", ")
}

fn both_ends<'a>(left: &str, right: &str, width: u16, style: Style) -> Line<'a> {
    let room = usize::from(width).saturating_sub(left.chars().count() + right.chars().count());
    if room == 0 {
        return Line::styled(left.to_owned(), style);
    }
    Line::from(vec![Span::styled(left.to_owned(), style), Span::raw(" ".repeat(room)), Span::raw(right.to_owned())])
}

/// A length of time in at most four characters: `3s`, `59m`, `23h`, `99d`, `12y`.
pub(crate) fn age(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..31_536_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

/// Colours only ever repeat what words and signs say.
fn colored(color: Color, wanted: bool) -> Style {
    if wanted { Style::new().fg(color) } else { Style::new() }
}

fn of_standing(standing: Standing, state: &State) -> Style {
    match standing {
        Standing::Silent => colored(Color::Red, state.color).add_modifier(Modifier::BOLD),
        Standing::Late => colored(Color::Yellow, state.color),
        Standing::Up => colored(Color::Green, state.color),
        Standing::Gone => dim(),
    }
}

fn alarm(color: bool) -> Style {
    colored(Color::Red, color).add_modifier(Modifier::REVERSED)
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

fn reversed() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}
