//! The journal as the ways in share it, with the counts since the process began.
//!
//! Invariant: what the counts say of accepted messages is in the journal. `received` is the sum of what became of the
//! messages, and all of it changes under one lock, so every snapshot adds up.

use crate::acknowledge::Answers;
use crate::batch::Batch;
use crate::error::Result;
use crate::status::Shedding;
use crate::tally::Tally;
use journal::frames::Kind;
use journal::write::SharedWriter;
use journal::{Durability, Frame, Writer};
use model::{Clock, Counts, JournalId};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long no write may have failed before shedding counts as over. What could not be written leaves counts that are
/// tried again each second, so silence is success; on a full disk a small frame fits where a large one does not.
const CALM: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(crate) struct Intake {
    /// The journal's name.
    pub source: String,
    pub journal: JournalId,
    pub clock: Arc<dyn Clock>,
    pub answers: Answers,
    /// Each frame is synced as it is written.
    always_synced: bool,
    /// `None` after the end.
    writer: RwLock<Option<SharedWriter>>,
    totals: Mutex<Totals>,
    segment: AtomicU64,
    unsynced: AtomicBool,
    shedding: Mutex<Option<Episode>>,
    /// The segment is due and could not be closed.
    stuck: AtomicBool,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It is in the journal, or there was nothing to write.
    Written,
    /// The journal took no write: its messages are shed, and its counts wait.
    Shed,
}

/// A time during which the journal took no writes.
#[derive(Debug)]
struct Episode {
    shedding: Shedding,
    /// What had been shed before it.
    shed_before: u64,
    last_failure: Instant,
}

/// Counts since the process began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub counts: Counts,
    /// Messages that are sound and on their way to the journal.
    pub in_flight: u64,
}

impl Intake {
    pub(crate) fn new(
        source: String,
        clock: Arc<dyn Clock>,
        writer: Writer,
        durability: Durability,
        answers: Answers,
    ) -> Intake {
        Intake {
            source,
            journal: writer.journal(),
            clock,
            answers,
            always_synced: durability == Durability::Always,
            segment: AtomicU64::new(writer.segment()),
            writer: RwLock::new(Some(SharedWriter::new(writer))),
            totals: Mutex::default(),
            unsynced: AtomicBool::new(false),
            shedding: Mutex::default(),
            stuck: AtomicBool::new(false),
        }
    }

    pub(crate) fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The segment that is being written.
    pub(crate) fn segment(&self) -> u64 {
        self.segment.load(Relaxed)
    }

    /// Does something with the journal; `None` after its end.
    fn with_writer<T>(&self, work: impl FnOnce(&SharedWriter) -> T) -> Option<T> {
        self.writer.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(work)
    }

    /// Writes the batch as one frame and empties it. While the journal takes no writes its messages are shed and its
    /// counts wait for the next frame. Fails when the journal refuses for good.
    pub(crate) fn append(&self, batch: &mut Batch) -> Result<Appended> {
        if batch.is_empty() {
            return Ok(Appended::Written);
        }
        batch.frame.at = self.clock.now();
        batch.frame.ledger.extend(batch.tally.rows(&self.source));
        let messages = batch.frame.messages.len() as u64;
        match self.with_writer(|writer| writer.lock().append(&batch.frame)) {
            Some(Ok(())) => {
                self.settle(messages, true);
                self.answer(batch)?;
                batch.clear(true);
                // one that could not be closed is tried again by the keeper alone: trying costs a sync
                let stuck = self.stuck.load(Relaxed);
                if stuck { Ok(()) } else { self.roll_if_due() }.map(|()| Appended::Written)
            }
            Some(Err(error @ journal::Error::Refused { .. })) => Err(error.into()),
            None => Err(journal::Error::Refused { name: self.source.clone() }.into()),
            Some(Err(error)) => {
                self.begin_shedding(&error);
                batch.tally.shed_accepted();
                self.answers.withdraw(&mut batch.unanswered);
                self.settle(messages, false);
                batch.clear(false);
                Ok(Appended::Shed)
            }
        }
    }

    /// Answers what was written once it is synced: now, or with a later sync.
    fn answer(&self, batch: &mut Batch) -> Result<()> {
        if self.always_synced {
            self.answers.synced(&std::mem::take(&mut batch.unanswered));
            return Ok(());
        }
        let many = self.answers.wait_for_sync(&mut batch.unanswered);
        self.unsynced.store(true, Release);
        if many { self.sync() } else { Ok(()) }
    }

    fn begin_shedding(&self, error: &journal::Error) {
        let last_failure = Instant::now();
        let mut episode = self.episode();
        if let Some(episode) = &mut *episode {
            episode.last_failure = last_failure;
            return;
        }
        tracing::error!(journal = self.source, %error, "the journal takes no writes; messages are shed and counted");
        let shedding = Shedding { since: self.clock.now(), reason: error.to_string() };
        *episode = Some(Episode { shedding, shed_before: self.totals().counts.shed, last_failure });
    }

    /// Ends shedding once no write has failed for a while.
    pub(crate) fn end_shedding(&self) {
        let over = self.episode().take_if(|episode| episode.last_failure.elapsed() >= CALM);
        if let Some(Episode { shedding: Shedding { since, .. }, shed_before, .. }) = over {
            let shed = self.totals().counts.shed - shed_before;
            tracing::info!(journal = self.source, %since, shed, "the journal takes writes again");
        }
    }

    /// Since when and why messages are shed, while they are.
    pub(crate) fn shedding(&self) -> Option<Shedding> {
        self.episode().as_ref().map(|episode| episode.shedding.clone())
    }

    fn episode(&self) -> MutexGuard<'_, Option<Episode>> {
        self.shedding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, messages: u64, accepted: bool) {
        let mut totals = self.totals();
        totals.in_flight -= messages;
        let count = if accepted { &mut totals.counts.accepted } else { &mut totals.counts.shed };
        *count += messages;
    }

    pub(crate) fn roll_if_due(&self) -> Result<()> {
        let rolled = self.with_writer(|writer| {
            let mut writer = writer.lock();
            let rolled = if writer.is_due() { writer.roll(self.clock.now()) } else { Ok(()) };
            self.segment.store(writer.segment(), Relaxed);
            rolled
        });
        match rolled {
            // the segment goes on growing until there is room for its successor
            Some(Err(error @ journal::Error::Full { .. })) => {
                if !self.stuck.swap(true, Relaxed) {
                    tracing::error!(journal = self.source, %error, "the segment cannot be closed; trying again");
                }
                Ok(())
            }
            Some(Err(error)) => Err(error.into()),
            Some(Ok(())) | None => {
                self.stuck.store(false, Relaxed);
                Ok(())
            }
        }
    }

    /// Closes the segment if it holds frames; nothing is open after the end.
    pub(crate) fn roll(&self) -> Result<()> {
        let rolled = self.with_writer(|writer| {
            let mut writer = writer.lock();
            let rolled = writer.roll(self.clock.now());
            self.segment.store(writer.segment(), Relaxed);
            rolled
        });
        Ok(rolled.unwrap_or(Ok(()))?)
    }

    /// Makes what was appended survive a power cut, while others go on appending.
    pub(crate) fn sync(&self) -> Result<()> {
        if !self.unsynced.swap(false, Acquire) {
            return Ok(());
        }
        // what is written from here on may come too late for this sync
        let waiting = self.answers.before_sync();
        let Some(synced) = self.with_writer(SharedWriter::sync) else { return Ok(()) };
        synced?;
        self.answers.synced(&waiting);
        Ok(())
    }

    /// Ends the journal's life in order, with the last counts in its last frame.
    pub(crate) fn stop(&self, untold: &Tally) -> Result<()> {
        let ledger = untold.rows(&self.source).collect();
        let frame = Frame { ledger, ..Frame::empty(Kind::Stop, self.clock.now()) };
        let writer = self.writer.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer.and_then(SharedWriter::into_inner) {
            writer.stop(frame)?;
            self.answers.synced(&self.answers.before_sync());
        }
        Ok(())
    }
}
