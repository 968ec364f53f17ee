//! The frame that is being built: messages, the counts that belong to them, and until when it may wait.

use crate::acknowledge::Unanswered;
use crate::tally::Tally;
use journal::Frame;
use journal::frames::Kind;
use model::{Granularity, Message, Reason, Time};
use std::time::{Duration, Instant};

/// Texts in one frame, which keeps it far below the journal's largest payload.
const TEXT_BYTES_MAX: usize = 4 << 20;
/// How long counts without messages may wait for their frame.
const COUNTS_AGE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Batch {
    pub frame: Frame,
    pub tally: Tally,
    /// Of the messages, those whose senders wait to be told.
    pub unanswered: Vec<Unanswered>,
    text_bytes: usize,
    due: Option<Instant>,
}

impl Batch {
    pub(crate) fn new() -> Batch {
        let frame = Frame::empty(Kind::Batch, Time::default());
        Batch { frame, tally: Tally::default(), unanswered: Vec::new(), text_bytes: 0, due: None }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frame.messages.is_empty() && self.tally.is_empty()
    }

    pub(crate) fn is_full(&self, messages: usize) -> bool {
        self.frame.messages.len() >= messages || self.text_bytes >= TEXT_BYTES_MAX
    }

    /// When it must be written; `None` while it holds nothing.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Counts it in the minute of `counted`, in which it was taken in; it may have been received before.
    pub(crate) fn accept(&mut self, message: &Message<'_>, counted: Time, now: Instant, age: Duration) {
        let optional = [message.instance, message.sender, message.extra];
        self.text_bytes += message.service.len() + optional.into_iter().flatten().map(str::len).sum::<usize>();
        self.frame.messages.push(message);
        self.tally.minute(Granularity::Minute.floor(counted)).accepted += 1;
        self.wait(now + age);
    }

    pub(crate) fn duplicate(&mut self, received: Time, now: Instant) {
        self.tally.minute(Granularity::Minute.floor(received)).duplicate += 1;
        self.wait(now + COUNTS_AGE);
    }

    pub(crate) fn reject(&mut self, reason: Reason, received: Time, now: Instant) {
        let minute = self.tally.minute(Granularity::Minute.floor(received));
        *minute.rejected.entry(reason).or_default() += 1;
        self.wait(now + COUNTS_AGE);
    }

    fn wait(&mut self, until: Instant) {
        self.due = Some(self.due.map_or(until, |due| due.min(until)));
    }

    /// Empties the batch; the counts stay if they are still to be told.
    pub(crate) fn clear(&mut self, told: bool) {
        self.frame.messages.clear();
        self.frame.ledger.clear();
        self.text_bytes = 0;
        self.due = None;
        if told {
            self.tally.clear();
        } else {
            self.wait(Instant::now() + COUNTS_AGE);
        }
    }
}
