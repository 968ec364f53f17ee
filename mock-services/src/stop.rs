//! The end from outside: Ctrl-C and SIGTERM end a run early but in order, so that its summary is still printed.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Instant;
use std::{io, thread};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// Says when to end; waiting for it is also how a run keeps its pace.
#[derive(Debug)]
pub struct Stop {
    requests: Receiver<()>,
}

impl Stop {
    /// Ends on the first SIGINT or SIGTERM; a second one ends the process at once.
    ///
    /// # Errors
    /// When the signals cannot be registered or the thread that waits for them cannot start.
    pub fn on_signals() -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let (sender, stop) = Self::by_hand();
        thread::Builder::new().name("signals".into()).spawn(move || {
            let mut arrivals = signals.forever();
            arrivals.next();
            if sender.send(()).is_ok() {
                for signal in arrivals {
                    let _ = emulate_default_handler(signal);
                }
            }
        })?;
        Ok(stop)
    }

    /// Ends when something is sent, or the sender is dropped.
    #[must_use]
    pub fn by_hand() -> (Sender<()>, Self) {
        let (sender, requests) = mpsc::channel();
        (sender, Self { requests })
    }

    /// Waits until `time`, or until asked to end: then true. A time that has passed does not wait.
    #[must_use]
    pub fn requested_by(&self, time: Instant) -> bool {
        let left = time.saturating_duration_since(Instant::now());
        !matches!(self.requests.recv_timeout(left), Err(RecvTimeoutError::Timeout))
    }
}
