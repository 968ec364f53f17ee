//! Answers to senders that ask for them: yes once the message is synced, no with the reason when it was refused.
//!
//! No answer means: send it again. So an answer may be lost at any point, in a full buffer or because the message could
//! not be written, and nothing waits for one to leave. Each request is answered once at most, and never by more bytes
//! than it has itself.
//!
//! Invariant: whoever is told yes finds the message in every answer from then on, also after a power cut, and once.

use crate::duplicates::{Duplicates, Known, Take};
use crate::error::Result;
use crate::recall::FormerLives;
use crate::road::{Arrival, Peer};
use crate::socket::Replies;
use model::decode::refused_asks;
use model::{Message, Reason, Reject, Time};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Messages that wait for a sync to be answered; beyond it one is made at once.
const UNANSWERED_MAX: usize = 65_536;

/// What becomes of an arrival.
#[derive(Debug)]
pub(crate) enum Fate<'m> {
    /// It goes into the journal, and then its sender is told if it asks.
    Accept(Message<'m>, Option<Unanswered>),
    /// It has been taken before.
    Duplicate,
    Refuse(Reject),
}

/// A message that is on its way to be safe, whose sender waits to be told.
#[derive(Clone, Debug)]
pub(crate) struct Unanswered {
    peer: Peer,
    sender: Arc<str>,
    sequence: i64,
}

#[derive(Debug)]
pub(crate) struct Answers {
    /// `None` where whoever sent waits for the answer to a request, and is told there.
    replies: Option<Replies>,
    state: Mutex<State>,
    /// Whether a sync is waited for.
    owed: AtomicBool,
}

#[derive(Debug)]
struct State {
    taken: Duplicates,
    /// Until the first message that asks.
    former: Option<FormerLives>,
    /// In the journal and not synced.
    waiting: Vec<Unanswered>,
}

impl Answers {
    pub(crate) fn new(replies: Option<Replies>, former: FormerLives) -> Answers {
        let state = State { taken: Duplicates::new(Instant::now()), former: Some(former), waiting: Vec::new() };
        Answers { replies, state: Mutex::new(state), owed: AtomicBool::new(false) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, with what former lives have taken.
    fn recalled(&self, at: Time, now: Instant) -> Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if let Some(former) = state.former.take() {
            former.recall(&mut state.taken, at, now)?;
        }
        Ok(state)
    }

    /// What becomes of an arrival that was judged on its own, and the answers that can be given at once.
    pub(crate) fn fate<'m>(
        &self,
        judged: Result<Message<'m>, Reject>,
        arrival: &Arrival<'_>,
        received: Time,
        now: Instant,
    ) -> Result<Fate<'m>> {
        match judged {
            Ok(message) => match message.asks() {
                Some((sender, sequence)) => {
                    let take = self.recalled(received, now)?.taken.take(sender, sequence, now);
                    Ok(self.taken(take, message, sequence, arrival.peer))
                }
                None => Ok(Fate::Accept(message, None)),
            },
            Err(reject) => self.refused(reject, arrival, received, now),
        }
    }

    fn taken<'m>(&self, take: Take, message: Message<'m>, sequence: i64, peer: Peer) -> Fate<'m> {
        match take {
            Take::New(sender) => Fate::Accept(message, Some(Unanswered { peer, sender, sequence })),
            Take::Known(known) => {
                self.answer_again(known, message.sender.unwrap_or_default(), sequence, peer);
                Fate::Duplicate
            }
            Take::Full => Fate::Refuse(Reject::TooManySenders(message.sender.unwrap_or_default().to_owned())),
        }
    }

    /// A message that is not safe yet is answered when it is.
    fn answer_again(&self, known: Known, sender: &str, sequence: i64, peer: Peer) {
        if known == Known::Safe {
            self.reply(peer, &Answer::yes(sender, sequence));
        }
    }

    /// A resend may be refused for what was no fault when the message came first: it is a duplicate all the same.
    fn refused<'m>(&self, reject: Reject, arrival: &Arrival<'_>, received: Time, now: Instant) -> Result<Fate<'m>> {
        let asks = if is_answered(reject.reason()) { refused_asks(arrival.bytes) } else { None };
        let Some((sender, sequence)) = asks else { return Ok(Fate::Refuse(reject)) };
        let known = self.recalled(received, now)?.taken.known(&sender, sequence);
        if let Some(known) = known {
            self.answer_again(known, &sender, sequence, arrival.peer);
            return Ok(Fate::Duplicate);
        }
        let answer = Answer::no(&sender, sequence, reject.reason());
        if answer.text().len() <= arrival.bytes.len() {
            self.reply(arrival.peer, &answer);
        }
        Ok(Fate::Refuse(reject))
    }

    fn reply(&self, to: Peer, answer: &Answer<'_>) {
        if let Some(replies) = &self.replies {
            replies.send(to, &answer.text());
        }
    }

    /// These are in the journal. True: so many wait that a sync is due.
    pub(crate) fn wait_for_sync(&self, written: &mut Vec<Unanswered>) -> bool {
        if written.is_empty() {
            return false;
        }
        let mut state = self.state();
        state.waiting.append(written);
        self.owed.store(true, Relaxed);
        state.waiting.len() >= UNANSWERED_MAX
    }

    /// These could not be written: their resends are new.
    pub(crate) fn withdraw(&self, lost: &mut Vec<Unanswered>) {
        if lost.is_empty() {
            return;
        }
        let mut state = self.state();
        lost.drain(..).for_each(|lost| state.taken.forget(&lost.sender, lost.sequence));
    }

    /// Whether anybody waits for a sync.
    pub(crate) fn are_owed(&self) -> bool {
        self.owed.load(Relaxed)
    }

    /// Those that a sync from now on makes safe.
    pub(crate) fn before_sync(&self) -> Vec<Unanswered> {
        if !self.owed.swap(false, Relaxed) {
            return Vec::new();
        }
        std::mem::take(&mut self.state().waiting)
    }

    /// These are synced.
    pub(crate) fn synced(&self, safe: &[Unanswered]) {
        if safe.is_empty() {
            return;
        }
        let mut state = self.state();
        safe.iter().for_each(|safe| state.taken.make_safe(&safe.sender, safe.sequence));
        drop(state);
        for safe in safe {
            self.reply(safe.peer, &Answer::yes(&safe.sender, safe.sequence));
        }
    }
}

/// Who must not send at all learns nothing, who sends too much is to come back later, and of what is no message nobody
/// can tell whose it is.
pub(crate) fn is_answered(reason: Reason) -> bool {
    let later = [Reason::RateLimit, Reason::TooManyNewNames, Reason::TooManySenders].contains(&reason);
    !later && !matches!(reason, Reason::SourceNotAllowed | Reason::TooLarge | Reason::NotJson)
}

#[derive(Serialize)]
struct Answer<'a> {
    ack: bool,
    sender: &'a str,
    seq: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

impl<'a> Answer<'a> {
    fn yes(sender: &'a str, seq: i64) -> Answer<'a> {
        Answer { ack: true, sender, seq, reason: None }
    }

    fn no(sender: &'a str, seq: i64, reason: Reason) -> Answer<'a> {
        Answer { ack: false, sender, seq, reason: Some(reason) }
    }

    fn text(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers are JSON")
    }
}

#[cfg(test)]
mod tests;
