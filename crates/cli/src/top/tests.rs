//! What is shown for what was answered and typed.

use super::draw::draw;
use super::snapshot::{Answers, History, News, Snapshot};
use super::state::{Event, Next, State, View};
use model::{Granularity, Seen, Time};
use query::answer::{Row, Series, ServiceLine};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

mod screens;
mod typing;

const NOW: &str = "2026-11-21T12:56:07Z";

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

fn minute(service: &str, bucket: &str, cpu: f64, count: u64) -> Row {
    let bucket = time(bucket);
    let max_at = bucket.saturating_add(Duration::from_secs(5));
    let of = |avg: f64| Series { avg, min: avg / 2.0, max: (avg + 0.1).min(1.0), max_at };
    Row { service: service.to_owned(), bucket: Some(bucket), count, cpu: of(cpu), ram: of(0.5), disk: of(0.25) }
}

/// A service whose last message was received so many seconds ago.
fn service(name: &str, ago: u64) -> ServiceLine {
    let seen = time(NOW).saturating_sub(Duration::from_secs(ago));
    let first_seen = time("2026-11-01");
    ServiceLine {
        service: name.to_owned(),
        seen: Seen { first_seen, last_seen: seen, last_received: seen, count: 1234 },
    }
}

fn status(received: u64, uptime_s: u64) -> web::Status {
    let text = serde_json::json!({
        "ready": true, "received": received, "accepted": received.saturating_sub(3), "duplicate": 0,
        "rejected": {"not_json": 2, "too_old": 1}, "shed": 0, "shedding": null, "kernel_dropped": null, "in_flight": 4,
        "watermark": {"collector": 42},
        "journals": [{"name": "collector", "watermark": 42, "unpublished": 3, "oldest_unpublished": "2026-11-21T12:55:50Z", "segments": 16},
            {"name": "import-c9606f89e6199ef7", "watermark": 2, "unpublished": 0, "oldest_unpublished": null, "segments": 1}], "segments": 17, "generations": 3, "cells": 1200, "cells_max": 4_000_000,
        "receive_buffer_bytes": 67_108_864, "durability": "interval", "uptime_s": uptime_s, "version": "0.1.0",
        "jobs": [{"name": "batch", "schedule": "* * * * *", "next": "2026-11-21T12:57:00Z", "running": false, "failures": 0,
            "last": {"started": "2026-11-21T12:56:00Z", "took_ms": 453, "outcome": "ok", "rows": 9, "segments": 6, "expired": 6}}],
        "tasks": [
            {"name": "collecting", "running": true, "restarts": 0, "last_error": null, "last_death": null},
            {"name": "answering", "running": true, "restarts": 2, "last_error": "x", "last_death": "2026-11-21T12:00:00Z"}],
        "recovery": []
    });
    serde_json::from_value(text).expect("a status")
}

fn answers() -> Answers {
    let minutes = vec![
        minute("billing", "2026-11-21T12:55", 0.85, 60),
        minute("billing", "2026-11-21T12:56", 0.9, 7),
        minute("checkout", "2026-11-21T12:55", 0.3, 59),
    ];
    let hour =
        (10..=56).map(|at| minute("billing", &format!("2026-11-21T12:{at}"), f64::from(at) / 60.0, 60)).collect();
    let services = [("billing", 1), ("checkout", 8), ("crawler", 800_000), ("mail", 130), ("search", 4_000)];
    let services = services.map(|(name, ago)| service(name, ago)).to_vec();
    Answers { services, minutes, hour, ..Answers::default() }
}

fn answered(at: &str, status: web::Status, answers: Result<Answers, String>) -> Event {
    let snapshot = Snapshot { at: time(at), server: "127.0.0.1:3501".to_owned(), status, answers };
    Event::News(Box::new(News::Answered(Box::new(snapshot))))
}

fn no_answer(why: &str) -> Event {
    Event::News(Box::new(News::NoAnswer(why.to_owned())))
}

/// A fleet of five, on a screen of this size, without colours.
fn fleet(columns: u16, rows: u16) -> State {
    let mut state = State::new(false, (columns, rows), time(NOW));
    state.update(answered(NOW, status(1000, 60), Ok(answers())));
    state
}

/// With one service's history, around as many minutes as there are averages.
fn history(state: &State, averages: &[f64]) -> Answers {
    let (service, range, every) = state.wanted().window.expect("the screen of a service");
    let mut rows = Vec::new();
    let mut bucket = range.from;
    for avg in averages {
        rows.push(minute(&service, &bucket.to_string(), *avg, 60));
        bucket = Granularity::Minute.next(bucket);
    }
    Answers { history: Some(History { service, range, every, rows }), ..answers() }
}

fn typed(state: &mut State, keys: &[KeyCode]) -> Next {
    let press = |key: &KeyCode| state.update(Event::Key(KeyEvent::new(*key, KeyModifiers::NONE)));
    keys.iter().map(press).last().unwrap_or(Next::Go)
}

fn letters(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

/// What stands on the screen, without blanks at the ends of lines.
fn screen(state: &State) -> String {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal in memory");
    terminal.draw(|frame| draw(frame, state)).expect("drawn");
    let buffer = terminal.backend().buffer();
    let lines = buffer.content.chunks(usize::from(columns).max(1));
    let line = |cells: &[ratatui::buffer::Cell]| cells.iter().map(|cell| cell.symbol()).collect::<String>();
    lines.map(|cells| format!("{}\n", line(cells).trim_end())).collect()
}

#[track_caller]
fn check(state: &State, expect: &str) {
    let shown = screen(state);
    assert!(shown == expect, "shown:\n{shown}\nexpected:\n{expect}");
}
