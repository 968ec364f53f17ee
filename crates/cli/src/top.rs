//! `vitals top`: the fleet, one service and the pipeline, live on the terminal.
//!
//! Layout, in reading order:
//! - [`state`]: what is shown, and how events change it; [`keys`]: what each key does
//! - [`fleet`], [`window`], [`pipeline`]: the state of each screen
//! - [`draw`]: the state as a picture; it changes nothing
//! - [`snapshot`], [`fetch`]: what a daemon is asked for, and how often; [`reach`]: finding it, also when it comes back
//! - [`terminal`]: the screen and the keyboard, given back at every end

mod draw;
mod fetch;
mod fleet;
mod keys;
mod pipeline;
mod reach;
mod snapshot;
mod state;
mod terminal;
mod window;

use crate::arguments::Top;
use crate::config::Config;
use crate::daemon;
use crate::exit::{Ending, Exit};
use crate::top::fetch::Fetcher;
use crate::top::reach::Reach;
use crate::top::state::{Event, Next, State};
use crate::top::terminal::Screen;
use crate::work::block_on;
use model::{Clock, SystemClock};
use std::io::IsTerminal;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Ages on the screen are of this second.
const TICK: Duration = Duration::from_secs(1);
/// Answers and keys that wait to be shown.
const EVENTS: usize = 64;

pub(crate) fn run(arguments: &Top, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    if !std::io::stdout().is_terminal() {
        return Err(Ending::usage(
            "top draws on a terminal, and standard output is none; vitals query --last 5m prints a table, vitals status how the process stands",
        )
        .into());
    }
    let mut reach = Reach::new(server, config);
    // a token that cannot be read is told before the screen is taken
    reach.check()?;
    block_on(show(arguments, reach, config))?;
    Ok(Exit::Fine)
}

async fn show(arguments: &Top, reach: Reach, config: &Config) -> anyhow::Result<()> {
    let shutdown = daemon::shutdown()?;
    tokio::pin!(shutdown);
    let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut screen = Screen::take()?;
    let mut state = State::new(color, screen.size()?, SystemClock.now());
    let (wanted, looked_at) = watch::channel(state.wanted());
    let (sender, mut news) = mpsc::channel(EVENTS);
    let mut keys = terminal::events(EVENTS);
    let fetcher = Fetcher::new(reach, config.clone(), arguments.refresh.get());
    let mut fetching = tokio::spawn(fetcher.run(looked_at, sender));
    let mut tick = tokio::time::interval(TICK);
    loop {
        screen.draw(|frame| draw::draw(frame, &state))?;
        let event = tokio::select! {
            () = &mut shutdown => break,
            ended = &mut fetching => return ended?,
            Some(told) = news.recv() => Event::News(Box::new(told)),
            key = keys.recv() => match key {
                Some(event) => event?,
                None => break,
            },
            _ = tick.tick() => Event::Tick(SystemClock.now()),
        };
        if state.update(event) == Next::End {
            break;
        }
        let now_wanted = state.wanted();
        wanted.send_if_modified(|wanted| {
            let changed = *wanted != now_wanted;
            *wanted = now_wanted;
            changed
        });
    }
    fetching.abort();
    Ok(())
}

#[cfg(test)]
mod tests;
