//! The line of keys, and what lies over a screen: help, the list of orders, what is being typed.

use super::reversed;
use crate::top::fleet::Order;
use crate::top::keys;
use crate::top::state::{Overlay, State, View};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

pub(super) fn draw(frame: &mut Frame<'_>, view: Rect, below: Rect, state: &State) {
    match &state.overlay {
        Overlay::Help => help(frame, view, state),
        Overlay::Sort(chosen) => orders(frame, view, *chosen),
        Overlay::None | Overlay::Search(_) | Overlay::Filter => {}
    }
    frame.render_widget(Paragraph::new(last_line(state)), below);
}

fn last_line(state: &State) -> Line<'_> {
    match &state.overlay {
        Overlay::Search(text) => typing("Search", text, "F3 next  Enter done"),
        Overlay::Filter => typing("Filter", &state.fleet.filter, "Enter done  Esc all"),
        Overlay::Sort(_) => line_of(&[("↑↓", "Choose"), ("Enter", "Order"), ("Esc", "Cancel")]),
        Overlay::Help => line_of(&[("any key", "Back")]),
        Overlay::None => of_view(state),
    }
}

fn typing<'a>(what: &'a str, text: &'a str, hint: &'a str) -> Line<'a> {
    Line::from(vec![Span::styled(what, reversed()), Span::raw(format!(" {text}█  {hint}"))])
}

fn of_view(state: &State) -> Line<'_> {
    match state.view {
        View::Fleet => line_of(&[
            ("F1", "Help"),
            ("Enter", "Charts"),
            ("F3", "Search"),
            ("F4", "Filter"),
            ("F6", "Order"),
            ("Space", "Tag"),
            ("Tab", "Screen"),
            ("F10", "Quit"),
        ]),
        View::Service => line_of(&[
            ("F1", "Help"),
            ("1-4", "Range"),
            ("←→", "Time"),
            ("n", "Now"),
            ("↑↓", "Service"),
            ("Esc", "Fleet"),
            ("F10", "Quit"),
        ]),
        View::Pipeline => {
            line_of(&[("F1", "Help"), ("↑↓", "Move"), ("Tab", "Screen"), ("Esc", "Fleet"), ("F10", "Quit")])
        }
    }
}

fn line_of<'a>(keys: &[(&'a str, &'a str)]) -> Line<'a> {
    let spans = keys.iter().flat_map(|(key, name)| [Span::raw(*key), Span::styled(format!("{name} "), reversed())]);
    Line::from(spans.collect::<Vec<_>>())
}

fn help(frame: &mut Frame<'_>, view: Rect, state: &State) {
    let lines = keys::help(state.view).map(|(key, what)| match key {
        "" => Line::raw(what),
        key => Line::raw(format!("{key:<23} {what}")),
    });
    window(frame, view, " Keys ", lines.collect(), 72);
}

fn orders(frame: &mut Frame<'_>, view: Rect, chosen: usize) {
    let style = |line| if line == chosen { reversed() } else { Style::new() };
    let lines =
        Order::ALL.iter().enumerate().map(|(line, order)| Line::styled(format!(" {:<22}", order.name()), style(line)));
    window(frame, view, " Order by ", lines.collect(), 26);
}

/// In the middle, as large as its text where there is room.
fn window(frame: &mut Frame<'_>, view: Rect, title: &str, lines: Vec<Line<'_>>, width: u16) {
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2).min(view.height);
    let width = width.min(view.width);
    let (x, y) = (view.x + (view.width - width) / 2, view.y + (view.height - height) / 2);
    let area = Rect { x, y, width, height };
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(title)), area);
}
