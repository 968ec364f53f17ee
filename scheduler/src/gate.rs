//! The gate every run passes: shut at shutdown, and open again for nobody; who closed it can wait until all are out.

use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct Gate(watch::Sender<State>);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    closed: bool,
    inside: usize,
}

/// The right to run; given back on drop.
#[derive(Debug)]
pub(crate) struct Pass(watch::Sender<State>);

impl Gate {
    pub(crate) fn open() -> Gate {
        Gate(watch::Sender::new(State::default()))
    }

    /// `None` once the gate is closed.
    pub(crate) fn enter(&self) -> Option<Pass> {
        let entered = self.0.send_if_modified(|state| {
            if !state.closed {
                state.inside += 1;
            }
            !state.closed
        });
        entered.then(|| Pass(self.0.clone()))
    }

    /// Lets nobody in from now on and waits until everybody is out.
    pub(crate) async fn close(&self) {
        self.0.send_modify(|state| state.closed = true);
        // The sender lives in `self`, so waiting cannot end early with an error.
        let _ = self.0.subscribe().wait_for(|state| state.inside == 0).await;
    }

    /// Wakes whenever somebody enters or leaves.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic(self.0.subscribe())
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.send_modify(|state| state.inside -= 1);
    }
}

#[derive(Debug)]
pub(crate) struct Traffic(watch::Receiver<State>);

impl Traffic {
    pub(crate) async fn next(&mut self) {
        // An error means that the gate is gone, and with it everybody who could ask.
        let _ = self.0.changed().await;
    }
}
