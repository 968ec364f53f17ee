//! The one thread that judges the messages of requests and writes them: what waits goes into one frame, is synced once,
//! and is answered.

use super::answer::{Answer, Untaken};
use super::{Body, Form, Opened, Shared, records};
use crate::acknowledge::Answers;
use crate::admission::{Admission, Gate};
use crate::error::Result;
use crate::intake::{Appended, Intake};
use crate::recall::FormerLives;
use crate::rejects::Rejects;
use crate::road::{Arrival, Peer, Road};
use crate::services::Services;
use crate::status::RecoveryReport;
use journal::frames::Kind;
use journal::{Frame, JournalFolder, Writer};
use model::{JournalId, Time};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How often housekeeping has its turn, and a wish to stop is seen, while nothing arrives.
const TICK: Duration = Duration::from_millis(100);

/// A request that waits.
#[derive(Debug)]
pub(super) struct Request {
    pub body: Body,
    pub form: Form,
    pub from: SocketAddr,
    pub received: Time,
    pub answer: oneshot::Sender<Result<Answer, Untaken>>,
}

/// A request whose messages are in the frame that is being built.
struct Judged {
    answer: oneshot::Sender<Result<Answer, Untaken>>,
    told: Answer,
}

#[derive(Debug)]
pub(super) struct Writing {
    shared: Arc<Shared>,
    requests: Receiver<Request>,
    /// `None` until the first request.
    road: Option<Road>,
}

impl Writing {
    pub(super) fn new(shared: Arc<Shared>, requests: Receiver<Request>) -> Writing {
        Writing { shared, requests, road: None }
    }

    /// Opens the journal, making it where there is none.
    pub(super) fn open(&mut self, floor: impl FnOnce(JournalId) -> u64) -> Result<()> {
        let Shared { settings, clock, .. } = &*self.shared;
        let folder = JournalFolder::new(settings.journal.clone()).writable()?;
        let now = clock.now();
        let (mut writer, recovery) = Writer::open(&folder, settings.writer_options(&folder), floor, now)?;
        writer.append(&Frame::empty(Kind::Start, now))?;
        let first = writer.segment();
        let former = FormerLives { before: first, folder: folder.clone() };
        let answers = Answers::new(None, former);
        let intake = Arc::new(Intake::new(folder.name(), clock.clone(), writer, settings.durability, answers));
        let rejects = Arc::new(Rejects::new(&settings.rejects_dir, &folder.name(), settings.rejects));
        let services = Services::open(folder.path(), settings.services_max);
        let gate = Arc::new(Gate::new(settings, services, recovery.last_sign));
        self.road = Some(Road::new(intake.clone(), rejects, Admission::new(gate), settings.frame_age));
        let recovery = RecoveryReport { gap: None, ..RecoveryReport::of(&recovery, now) };
        drop(self.shared.opened.set(Opened { intake, recovery, first }));
        Ok(())
    }

    /// Blocks until it is told to stop, or the journal refuses.
    pub(super) fn run(mut self) -> Result<()> {
        while !self.shared.stopping.load(Relaxed) {
            match self.requests.recv_timeout(TICK) {
                Ok(request) => self.serve(request)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.keep()?;
        }
        // nobody is let in any more
        while let Ok(request) = self.requests.try_recv() {
            self.serve(request)?;
        }
        self.road.map_or(Ok(()), |road| road.intake.stop(&road.batch.tally))
    }

    /// Takes the request and those behind it, as far as a frame goes, and answers them all.
    fn serve(&mut self, request: Request) -> Result<()> {
        if self.road.is_none()
            && let Err(error) = self.open(|_| 0)
        {
            return self.unopened(request, error);
        }
        let Some(road) = &mut self.road else { return Ok(()) };
        let mut group = Vec::from_iter(judge(road, request)?);
        while !road.batch.is_full(self.shared.settings.frame_messages)
            && let Ok(request) = self.requests.try_recv()
        {
            group.extend(judge(road, request)?);
        }
        match road.append()? {
            Appended::Written => {
                road.intake.sync()?;
                group.into_iter().for_each(|judged| drop(judged.answer.send(Ok(judged.told))));
            }
            Appended::Shed => {
                let why = road.intake.shedding().map_or(Untaken::Busy, Untaken::Shedding);
                group.into_iter().for_each(|judged| drop(judged.answer.send(Err(why.clone()))));
            }
        }
        Ok(())
    }

    /// A disk that is full now may not be so for the next request.
    fn unopened(&self, request: Request, error: crate::Error) -> Result<()> {
        match error {
            crate::Error::Journal(error @ (journal::Error::Full { .. } | journal::Error::Io { .. })) => {
                tracing::error!(%error, "the journal of requests cannot be made; nothing is taken this way");
                let why = crate::Shedding { since: self.shared.clock.now(), reason: error.to_string() };
                drop(request.answer.send(Err(Untaken::Shedding(why))));
                Ok(())
            }
            error => Err(error),
        }
    }

    /// What is due without a request: the counts that a full disk left, the segment's end, the end of shedding.
    fn keep(&mut self) -> Result<()> {
        let Some(road) = &mut self.road else { return Ok(()) };
        road.append_if_due()?;
        road.intake.roll_if_due()?;
        road.intake.end_shedding();
        Ok(())
    }
}

/// Puts the messages of a request into the frame; `None`: it was answered at once.
fn judge(road: &mut Road, request: Request) -> Result<Option<Judged>> {
    let Request { body, form, from, received, answer } = request;
    let records = match records::split(body.bytes(), form) {
        Ok(records) => records,
        Err(why) => {
            drop(answer.send(Err(why)));
            return Ok(None);
        }
    };
    let (now, peer, mut told) = (Instant::now(), Peer { source: from, local: None }, Answer::default());
    for bytes in records {
        told.add(road.take(&Arrival { peer, bytes }, received, now)?);
    }
    Ok(Some(Judged { answer, told }))
}
