//! The long-running tasks of a process and what becomes of them when they die, by error, panic or end: one is started
//! again, after a wait that doubles; of another the process ends.

use model::{Clock, SystemClock};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use web::TaskBoard;

/// The wait after a task's first death; it doubles with each further one.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// A task that has lived so long waits as after its first death again.
const SOUND_AFTER: Duration = Duration::from_secs(60);

/// The running tasks, each with a token that asks it to stop.
#[derive(Debug)]
pub(crate) struct Tasks {
    board: Arc<TaskBoard>,
    /// In the order in which they stop.
    running: Vec<(&'static str, CancellationToken, JoinHandle<()>)>,
    fatal: UnboundedSender<anyhow::Error>,
    errors: UnboundedReceiver<anyhow::Error>,
}

impl Tasks {
    pub(crate) fn new(board: Arc<TaskBoard>) -> Tasks {
        let (fatal, errors) = unbounded_channel();
        Tasks { board, running: Vec::new(), fatal, errors }
    }

    /// A task whose failure ends the process.
    pub(crate) fn once<F>(&mut self, name: &'static str, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (stop, fatal) = (CancellationToken::new(), self.fatal.clone());
        let work = tokio::spawn(work(stop.clone()));
        let supervisor = tokio::spawn(async move {
            if let Err(error) = flat(work.await) {
                drop(fatal.send(error.context(format!("{name} cannot go on"))));
            }
        });
        self.running.push((name, stop, supervisor));
    }

    /// A task that is started again whenever it dies.
    pub(crate) fn again<F>(&mut self, name: &'static str, mut work: impl FnMut(CancellationToken) -> F + Send + 'static)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (stop, board) = (CancellationToken::new(), self.board.clone());
        let stopped = stop.clone();
        let supervisor = tokio::spawn(async move {
            let mut deaths = 0;
            loop {
                let began = Instant::now();
                board.started(name);
                let ended = flat(tokio::spawn(work(stopped.clone())).await);
                if stopped.is_cancelled() {
                    return;
                }
                let error = ended.err().map_or("it ended by itself".to_owned(), |error| format!("{error:#}"));
                deaths = if began.elapsed() >= SOUND_AFTER { 1 } else { deaths + 1 };
                let wait = backoff(deaths);
                board.died(name, &error, SystemClock.now());
                tracing::error!(task = name, error, again_in_s = wait.as_secs(), "a task died; it is started again");
                if stopped.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                    return;
                }
            }
        });
        self.running.push((name, stop, supervisor));
    }

    /// Waits until the process has to end, and says why.
    pub(crate) async fn fatal(&mut self) -> anyhow::Result<()> {
        self.errors.recv().await.map_or(Ok(()), Err)
    }

    /// Asks a task to stop and waits until it has.
    pub(crate) async fn stop(&mut self, name: &str) {
        self.stop_together(&[name]).await;
    }

    /// Asks several tasks to stop at the same time, and waits until they have.
    pub(crate) async fn stop_together(&mut self, names: &[&str]) {
        let stopping: Vec<_> = self.running.extract_if(.., |(known, ..)| names.contains(known)).collect();
        for (_, stop, _) in &stopping {
            stop.cancel();
        }
        for (.., supervisor) in stopping {
            // it catches what its task does, and does nothing itself that could panic
            drop(supervisor.await);
        }
    }

    /// What went wrong that nobody has been told yet.
    pub(crate) fn failure(&mut self) -> anyhow::Result<()> {
        self.errors.try_recv().map_or(Ok(()), Err)
    }
}

fn backoff(deaths: u32) -> Duration {
    BACKOFF_FIRST.saturating_mul(1 << (deaths - 1).min(31)).min(BACKOFF_MAX)
}

/// A panic as an error.
fn flat(ended: Result<anyhow::Result<()>, JoinError>) -> anyhow::Result<()> {
    ended.unwrap_or_else(|panicked| Err(panicked.into()))
}

#[cfg(test)]
mod tests;
