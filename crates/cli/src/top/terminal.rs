//! The screen and the keyboard. However the program ends, by a key, a signal, an error or a panic, the terminal is as it
//! was before.

use crate::top::state::Event;
use anyhow::Context;
use ratatui::crossterm::event::{self, Event as Typed, KeyEventKind};
use ratatui::{DefaultTerminal, Frame};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the keyboard is waited for before it is looked whether anybody still listens.
const KEY_WAIT: Duration = Duration::from_millis(100);

/// The terminal while it shows pictures; given back when the value is dropped, and by a hook when anything panics.
#[derive(Debug)]
pub(crate) struct Screen(DefaultTerminal);

impl Screen {
    pub(crate) fn take() -> anyhow::Result<Screen> {
        ratatui::try_init().map(Screen).context("cannot draw on this terminal")
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> anyhow::Result<(u16, u16)> {
        let size = self.0.size().context("cannot tell the size of this terminal")?;
        Ok((size.width, size.height))
    }

    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> anyhow::Result<()> {
        self.0.draw(draw).context("cannot draw on this terminal")?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // nothing is left to do for a terminal that is gone
        let _ = ratatui::try_restore();
        let _ = self.0.show_cursor();
    }
}

/// Keys and new sizes, read on a thread of their own until nobody listens or the keyboard is gone.
pub(crate) fn events(waiting: usize) -> mpsc::Receiver<anyhow::Result<Event>> {
    let (sender, receiver) = mpsc::channel(waiting);
    std::thread::spawn(move || {
        while !sender.is_closed() {
            let event = match next() {
                Ok(None) => continue,
                Ok(Some(event)) => Ok(event),
                Err(error) => Err(anyhow::Error::new(error).context("cannot read the keyboard")),
            };
            let ends = event.is_err();
            if sender.blocking_send(event).is_err() || ends {
                return;
            }
        }
    });
    receiver
}

fn next() -> std::io::Result<Option<Event>> {
    if !event::poll(KEY_WAIT)? {
        return Ok(None);
    }
    Ok(match event::read()? {
        Typed::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key)),
        Typed::Resize(columns, rows) => Some(Event::Resized(columns, rows)),
        _ => None,
    })
}
