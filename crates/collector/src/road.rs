//! The one road from bytes to a frame, whichever way they came: judge, recognise, count, put into the frame that is being
//! built, and write that.

use crate::acknowledge::Fate;
use crate::admission::Admission;
use crate::batch::Batch;
use crate::error::Result;
use crate::intake::{Appended, Intake};
use crate::rejects::{Rejected, Rejects};
use model::{Counts, Reject, Time};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who sent something, and to which of our addresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub source: SocketAddr,
    pub local: Option<IpAddr>,
}

/// What should be one message: a datagram, or a piece of a request's body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub peer: Peer,
    pub bytes: &'a [u8],
}

/// What became of an arrival.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It is in the frame, and accepted once that is written.
    Taken,
    Duplicate,
    Refused(Reject),
}

/// One thread's end of the road.
#[derive(Debug)]
pub(crate) struct Road {
    pub intake: Arc<Intake>,
    pub rejects: Arc<Rejects>,
    pub admission: Admission,
    pub frame_age: Duration,
    pub batch: Batch,
    counted: Counted,
}

/// What the counts since the process began have not been told yet.
#[derive(Debug, Default)]
struct Counted {
    in_flight: u64,
    not_taken: Counts,
}

impl Road {
    pub(crate) fn new(intake: Arc<Intake>, rejects: Arc<Rejects>, admission: Admission, frame_age: Duration) -> Road {
        Road { intake, rejects, admission, frame_age, batch: Batch::new(), counted: Counted::default() }
    }

    /// Takes one arrival; `tell` has to follow.
    pub(crate) fn take(&mut self, arrival: &Arrival<'_>, received: Time, now: Instant) -> Result<Outcome> {
        let judged = self.admission.judge(arrival.peer.source, arrival.bytes, received, now);
        Ok(match self.intake.answers.fate(judged, arrival, received, now)? {
            Fate::Accept(message, unanswered) => {
                self.batch.accept(&message, received, now, self.frame_age);
                self.batch.unanswered.extend(unanswered);
                self.counted.in_flight += 1;
                Outcome::Taken
            }
            Fate::Duplicate => {
                self.batch.duplicate(received, now);
                self.counted.not_taken.duplicate += 1;
                Outcome::Duplicate
            }
            Fate::Refuse(reject) => {
                self.batch.reject(reject.reason(), received, now);
                *self.counted.not_taken.rejected.entry(reject.reason()).or_default() += 1;
                self.record(&reject, arrival, received);
                Outcome::Refused(reject)
            }
        })
    }

    fn record(&self, reject: &Reject, arrival: &Arrival<'_>, received_at: Time) {
        self.rejects.keep(reject.reason(), received_at, || Rejected {
            reason: reject.reason(),
            received_at,
            source: arrival.peer.source.to_string(),
            detail: reject.to_string(),
            bytes: arrival.bytes.to_vec(),
            columns: None,
        });
    }

    /// Adds what was taken to the counts since the process began.
    pub(crate) fn tell(&mut self) {
        let Counted { in_flight, not_taken } = std::mem::take(&mut self.counted);
        let mut totals = self.intake.totals();
        totals.in_flight += in_flight;
        if not_taken.received() > 0 {
            totals.counts.merge(&not_taken);
        }
    }

    /// Writes the frame.
    pub(crate) fn append(&mut self) -> Result<Appended> {
        self.tell();
        self.intake.append(&mut self.batch)
    }

    /// Writes it if it has waited long enough.
    pub(crate) fn append_if_due(&mut self) -> Result<()> {
        let due = self.batch.due().is_some_and(|due| due <= Instant::now());
        if due { self.append().map(drop) } else { Ok(()) }
    }
}
