//! Requests as a way in: the messages of a request's body, through a journal of their own, answered after the sync.
//!
//! Layout, in reading order:
//! - this file: its life, and what others ask of it
//! - [`body`]: the bytes of requests while they arrive, bounded over all of them
//! - `records`: where one message of a body ends and the next begins
//! - [`answer`]: what a request is told
//! - `writing`: the one thread that writes
//!
//! Constraints: one thread judges and writes; requests that wait go into one frame and share its sync. A request is in
//! one frame, so it is taken as a whole or not at all. The journal is made with the first request; from then on it is
//! opened, and recovered, at each start.
//!
//! Invariant: what a request is told is on disk, messages and counts. So after an end of any kind nothing is unknown: who
//! was not answered knows that, and sends again.

pub mod answer;
pub mod body;
mod records;
mod writing;

pub use answer::{Answer, Refusal, Untaken};
pub use body::Body;
pub use records::Form;

use crate::error::{Error, Result};
use crate::intake::Intake;
use crate::settings::Settings;
use crate::status::{RecoveryReport, Shedding};
use journal::JournalFolder;
use model::{Clock, Counts, JournalId};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use tokio::sync::{Semaphore, oneshot};
use writing::{Request, Writing};

/// Requests that wait to be written.
pub const REQUESTS_MAX: usize = 256;
/// Bodies of this many times the largest are held at once.
const BODIES: usize = 4;

/// The way in for requests, ready to run.
#[derive(Debug)]
pub struct Requests {
    handle: Handle,
    writing: Writing,
}

/// What others ask of it; it stays usable after its end.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
    queue: SyncSender<Request>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// Empty until the first request, where there has never been one.
    opened: OnceLock<Opened>,
    stopping: AtomicBool,
    body_bytes_max: usize,
    /// What bodies may take, in bytes.
    room: Arc<Semaphore>,
}

/// The journal, while this process writes it.
#[derive(Debug)]
struct Opened {
    intake: Arc<Intake>,
    recovery: RecoveryReport,
    /// The first segment of this life.
    first: u64,
}

/// What has become of the messages of requests since the process began, in one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub counts: Counts,
    /// Sound and on their way to the journal; not yet part of the counts.
    pub in_flight: u64,
    /// Set while the journal takes no writes.
    pub shedding: Option<Shedding>,
    /// `None` while there is no journal, as nothing has come this way yet.
    pub journal: Option<Journal>,
}

/// The journal as it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Its name, which is the source in the ledger.
    pub source: String,
    pub id: JournalId,
    /// The first segment of this life.
    pub first: u64,
    pub recovery: RecoveryReport,
}

impl Requests {
    /// Recovers and opens the journal if there is one. Of `settings` all holds but for what concerns the UDP port; a body
    /// may have up to `body_bytes_max`. `floor` is as for a collector.
    pub fn open(
        settings: Settings,
        body_bytes_max: usize,
        clock: Arc<dyn Clock>,
        floor: impl FnOnce(JournalId) -> u64,
    ) -> Result<Requests> {
        let (queue, requests) = sync_channel(REQUESTS_MAX);
        let room = Arc::new(Semaphore::new(body_bytes_max.saturating_mul(BODIES).min(Semaphore::MAX_PERMITS)));
        let shared = Arc::new(Shared {
            settings,
            clock,
            opened: OnceLock::new(),
            stopping: AtomicBool::new(false),
            body_bytes_max,
            room,
        });
        let mut writing = Writing::new(shared.clone(), requests);
        if JournalFolder::new(shared.settings.journal.clone()).path().exists() {
            writing.open(floor)?;
        }
        Ok(Requests { handle: Handle { shared, queue }, writing })
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Takes requests until `shutdown`, then those that wait, and closes the journal.
    ///
    /// Fails when the journal refuses, which a failed sync makes it do; the process then has to end.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let Requests { handle: Handle { shared, queue }, writing } = self;
        // the queue then ends with the last handle, or with the flag
        drop(queue);
        let (ended, mut outcome) = oneshot::channel();
        let name = "requests".to_owned();
        let thread = std::thread::Builder::new().name(name.clone()).spawn(move || drop(ended.send(writing.run())));
        thread.map_err(|source| Error::Thread { name: name.clone(), source })?;
        // also where this future is dropped, the thread ends
        let stopping = Stopping(shared);
        let ended = tokio::select! {
            () = shutdown => {
                drop(stopping);
                outcome.await
            }
            ended = &mut outcome => ended,
        };
        ended.unwrap_or(Err(Error::Died { name }))
    }
}

struct Stopping(Arc<Shared>);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.stopping.store(true, Relaxed);
    }
}

impl Handle {
    /// A body to fill while it arrives.
    pub fn body(&self) -> Body {
        Body::new(self.shared.room.clone(), self.shared.body_bytes_max)
    }

    /// Takes the messages of a body that came from this address. What the answer says is on disk when it comes.
    pub async fn take(&self, body: Body, form: Form, from: SocketAddr) -> Result<Answer, Untaken> {
        if self.shared.stopping.load(Relaxed) {
            return Err(Untaken::Ending);
        }
        records::check(body.bytes(), form)?;
        let (answer, answered) = oneshot::channel();
        let request = Request { body, form, from, received: self.shared.clock.now(), answer };
        self.queue.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => Untaken::Busy,
            TrySendError::Disconnected(_) => Untaken::Ending,
        })?;
        answered.await.unwrap_or(Err(Untaken::Ending))
    }

    pub fn status(&self) -> Status {
        let Some(opened) = self.shared.opened.get() else { return Status::default() };
        let totals = opened.intake.totals().clone();
        let journal = Journal {
            source: opened.intake.source.clone(),
            id: opened.intake.journal,
            first: opened.first,
            recovery: opened.recovery.clone(),
        };
        Status {
            counts: totals.counts,
            in_flight: totals.in_flight,
            shedding: opened.intake.shedding(),
            journal: Some(journal),
        }
    }

    /// Closes the journal's segment: when this returns, everything that was answered before the call is in a closed
    /// segment. Blocks.
    pub fn roll(&self) -> Result<()> {
        self.shared.opened.get().map_or(Ok(()), |opened| opened.intake.roll())
    }
}
