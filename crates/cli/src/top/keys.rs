//! What each key does, as close to htop as the screens allow.

use crate::top::draw::pipeline;
use crate::top::fleet::Order;
use crate::top::state::{Next, Overlay, State, View};
use crate::top::window::Span;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Keys and what they do, as the help shows them; a line without keys explains the picture.
type Help = &'static [(&'static str, &'static str)];

const EVERYWHERE: Help =
    &[("F1 h ?", "this help"), ("Tab", "next screen: fleet, service, pipeline"), ("F10 q Ctrl-C", "quit")];
const FLEET: Help = &[
    ("↑ ↓ PgUp PgDn Home End", "move"),
    ("Enter", "charts of the service"),
    ("F3 /", "search a name; again for the next"),
    ("F4 \\", "only names that hold a text"),
    ("F6 >", "choose the order"),
    ("P M D", "order by CPU, RAM (memory), disk"),
    ("N L W", "order by name, longest not seen, worst"),
    ("I", "turn the order round"),
    ("Space U", "tag, so that it stays above; untag all"),
    ("F", "follow: the cursor stays with its service"),
    ("", ""),
    ("", "up: heard within 1 minute, late: 5 minutes, silent: 1 week, else gone"),
    ("", "bar: mean of the newest minute, with │ at its peak"),
];
const SERVICE: Help = &[
    ("1 2 3 4 + -", "1 hour, 6 hours, 24 hours, 7 days"),
    ("← →", "half a screen back or forth in time"),
    ("n End", "now"),
    ("↑ ↓", "previous or next service"),
    ("Esc Backspace", "back to the fleet"),
    ("", ""),
    ("", "line: mean of each bucket, ░ from least to highest, ▲ peak"),
];
const PIPELINE: Help = &[
    ("↑ ↓ PgUp PgDn Home", "move"),
    ("Esc Backspace", "back to the fleet"),
    ("", ""),
    ("", "per second: since the answer before"),
    ("", "last hour: minute by minute, the highest fills the line"),
];

/// For one screen.
pub(crate) fn help(view: View) -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = match view {
        View::Fleet => FLEET,
        View::Service => SERVICE,
        View::Pipeline => PIPELINE,
    };
    EVERYWHERE.iter().chain(own).copied()
}

pub(crate) fn pressed(state: &mut State, key: KeyEvent) -> Next {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return if key.code == KeyCode::Char('c') { Next::End } else { Next::Go };
    }
    if key.code == KeyCode::F(10) {
        return Next::End;
    }
    match state.overlay.clone() {
        Overlay::None => return in_view(state, key.code),
        // whatever is pressed
        Overlay::Help => state.overlay = Overlay::None,
        Overlay::Sort(line) => choosing(state, line, key.code),
        Overlay::Search(text) => searching(state, text, key.code),
        Overlay::Filter => filtering(state, key.code),
    }
    Next::Go
}

fn in_view(state: &mut State, key: KeyCode) -> Next {
    match key {
        KeyCode::Char('q') => return Next::End,
        KeyCode::F(1) | KeyCode::Char('h' | '?') => state.overlay = Overlay::Help,
        KeyCode::Tab => turn(state, [View::Service, View::Pipeline, View::Fleet]),
        KeyCode::BackTab => turn(state, [View::Pipeline, View::Fleet, View::Service]),
        _ => match state.view {
            View::Fleet => in_fleet(state, key),
            View::Service => in_service(state, key),
            View::Pipeline => in_pipeline(state, key),
        },
    }
    Next::Go
}

/// To what comes after fleet, service and pipeline. There is no screen of one service where none was ever seen.
fn turn(state: &mut State, [fleet, service, pipeline]: [View; 3]) {
    let to = match state.view {
        View::Fleet => fleet,
        View::Service => service,
        View::Pipeline => pipeline,
    };
    if to == View::Service {
        enter(state);
        if state.view != View::Service {
            state.view = if state.view == View::Fleet { View::Pipeline } else { View::Fleet };
        }
    } else {
        state.view = to;
    }
}

/// The charts of the service that the cursor is on.
fn enter(state: &mut State) {
    if let Some(name) = state.fleet.selected().map(|line| line.name.clone()) {
        state.window.choose(&name);
        state.view = View::Service;
    }
}

fn in_fleet(state: &mut State, key: KeyCode) {
    let rows = state.rows();
    let page = rows.cast_signed();
    let order = |state: &mut State, order| {
        (state.fleet.order, state.fleet.reversed) = (order, false);
        state.arrange();
    };
    match key {
        KeyCode::Up => state.fleet.step(-1, rows),
        KeyCode::Down => state.fleet.step(1, rows),
        KeyCode::PageUp => state.fleet.step(-page, rows),
        KeyCode::PageDown => state.fleet.step(page, rows),
        KeyCode::Home => state.fleet.step(isize::MIN, rows),
        KeyCode::End => state.fleet.step(isize::MAX, rows),
        KeyCode::Enter => enter(state),
        KeyCode::F(3) | KeyCode::Char('/') => state.overlay = Overlay::Search(String::new()),
        KeyCode::F(4) | KeyCode::Char('\\') => state.overlay = Overlay::Filter,
        KeyCode::F(6) | KeyCode::Char('>' | '<' | '.' | ',') => {
            let line = Order::ALL.iter().position(|order| *order == state.fleet.order);
            state.overlay = Overlay::Sort(line.unwrap_or(0));
        }
        KeyCode::Char('P') => order(state, Order::Cpu),
        KeyCode::Char('M') => order(state, Order::Ram),
        KeyCode::Char('D') => order(state, Order::Disk),
        KeyCode::Char('N') => order(state, Order::Name),
        KeyCode::Char('L') => order(state, Order::Seen),
        KeyCode::Char('W') => order(state, Order::Worst),
        KeyCode::Char('I') => state.fleet.reversed = !state.fleet.reversed,
        KeyCode::Char(' ') => {
            state.fleet.tag();
            state.fleet.step(1, rows);
        }
        KeyCode::Char('U') => state.fleet.tagged.clear(),
        KeyCode::Char('F') => state.fleet.follow = !state.fleet.follow,
        KeyCode::Esc => state.fleet.filter.clear(),
        _ => return,
    }
    state.arrange();
}

fn in_service(state: &mut State, key: KeyCode) {
    let (now, rows, window) = (state.now, state.rows(), &mut state.window);
    match key {
        KeyCode::Char(digit @ '1'..='4') => window.span = usize::from(digit as u8 - b'1'),
        KeyCode::Char('-') => window.span = (window.span + 1).min(Span::ALL.len() - 1),
        KeyCode::Char('+' | '=') => window.span = window.span.saturating_sub(1),
        KeyCode::Left => window.back(now),
        KeyCode::Right => window.forth(now),
        KeyCode::End | KeyCode::Char('n') => window.live(),
        KeyCode::Up | KeyCode::Down => {
            if let Some(name) = &window.service {
                state.fleet.select(name);
            }
            state.fleet.step(if key == KeyCode::Up { -1 } else { 1 }, rows);
            enter(state);
        }
        KeyCode::Esc | KeyCode::Backspace => state.view = View::Fleet,
        _ => {}
    }
}

fn in_pipeline(state: &mut State, key: KeyCode) {
    let rows = state.rows();
    let last = pipeline::lines(state).len().saturating_sub(rows);
    let first = &mut state.pipeline.first;
    match key {
        KeyCode::Up => *first = first.saturating_sub(1),
        KeyCode::Down => *first += 1,
        KeyCode::PageUp => *first = first.saturating_sub(rows),
        KeyCode::PageDown => *first += rows,
        KeyCode::Home => *first = 0,
        KeyCode::Esc | KeyCode::Backspace => state.view = View::Fleet,
        _ => {}
    }
    *first = (*first).min(last);
}

fn choosing(state: &mut State, line: usize, key: KeyCode) {
    state.overlay = match key {
        KeyCode::Up => Overlay::Sort(line.saturating_sub(1)),
        KeyCode::Down => Overlay::Sort((line + 1).min(Order::ALL.len() - 1)),
        KeyCode::Enter => {
            (state.fleet.order, state.fleet.reversed) = (Order::ALL[line], false);
            state.arrange();
            Overlay::None
        }
        KeyCode::Esc | KeyCode::Char('q') => Overlay::None,
        _ => return,
    };
}

fn searching(state: &mut State, mut text: String, key: KeyCode) {
    let rows = state.rows();
    match key {
        KeyCode::Enter | KeyCode::Esc => {
            state.overlay = Overlay::None;
            return;
        }
        KeyCode::F(3) => {
            state.fleet.search(&text, 1, rows);
        }
        KeyCode::Backspace => drop(text.pop()),
        KeyCode::Char(letter) => {
            text.push(letter);
            state.fleet.search(&text, 0, rows);
        }
        _ => {}
    }
    state.overlay = Overlay::Search(text);
}

fn filtering(state: &mut State, key: KeyCode) {
    match key {
        KeyCode::Enter => state.overlay = Overlay::None,
        KeyCode::Esc => {
            state.overlay = Overlay::None;
            state.fleet.filter.clear();
        }
        KeyCode::Backspace => drop(state.fleet.filter.pop()),
        KeyCode::Char(letter) => state.fleet.filter.push(letter),
        _ => return,
    }
    state.arrange();
}
