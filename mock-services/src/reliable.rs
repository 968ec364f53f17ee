//! `--reliable`: every valid message has a number and is sent again until its receiver answers.
//!
//! It asks with `"ack": true`, `"sender"`, new in each process, and `"seq"`; the answer says yes, or no and why. A
//! receiver knows a message for ten minutes, so sending it again ends before that.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::traffic::{Content, Datagram};

/// How many messages may wait for an answer; until there is room no further ones leave.
const OUTSTANDING_MAX: usize = 1_024;
/// The time to the first resend; each further pause is twice as long, up to a limit.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// A minute less than the receiver remembers, for messages that are long on their way.
const GIVE_UP: Duration = Duration::from_secs(9 * 60);

/// What became of the messages that asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Answered yes.
    pub acknowledged: u64,
    /// Answered no.
    pub refused: u64,
    /// Given up, or waiting when the run was stopped.
    pub unanswered: u64,
    /// Datagrams that were sent again.
    pub resent: u64,
}

/// The messages of one process that wait for an answer.
#[derive(Debug)]
pub struct Reliable {
    sender: String,
    next: u64,
    outstanding: HashMap<u64, Outstanding>,
    /// When to send which again.
    due: BTreeSet<(Instant, u64)>,
    answered: Answered,
}

#[derive(Debug)]
struct Outstanding {
    datagram: Datagram,
    first: Instant,
    due: Instant,
    pause: Duration,
}

#[derive(Debug, Deserialize)]
struct Answer {
    ack: bool,
    sender: String,
    seq: u64,
}

impl Reliable {
    /// With a name that no other process has.
    #[must_use]
    pub fn new() -> Self {
        // the standard library's only randomness
        Self::named(format!("mock-{:016x}", RandomState::new().build_hasher().finish()))
    }

    fn named(sender: String) -> Self {
        Self { sender, next: 0, outstanding: HashMap::new(), due: BTreeSet::new(), answered: Answered::default() }
    }

    /// How many messages may leave now.
    #[must_use]
    pub fn room(&self) -> usize {
        OUTSTANDING_MAX.saturating_sub(self.outstanding.len())
    }

    /// Messages that wait for an answer.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }

    /// What became of all so far.
    #[must_use]
    pub fn answered(&self) -> Answered {
        Answered { unanswered: self.answered.unanswered + self.outstanding.len() as u64, ..self.answered }
    }

    /// Makes a valid message ask, and keeps it until it is answered. Whether it is one.
    pub fn keep(&mut self, datagram: &mut Datagram, now: Instant) -> bool {
        if !matches!(datagram.content, Content::Valid(_)) {
            return false;
        }
        let seq = self.next;
        self.next += 1;
        // every shape of a message begins with its brace
        let asks = format!("\"ack\": true, \"sender\": \"{}\", \"seq\": {seq}, ", self.sender);
        datagram.bytes.splice(1..1, asks.into_bytes());
        let due = now + PAUSE_FIRST;
        self.due.insert((due, seq));
        let outstanding = Outstanding { datagram: datagram.clone(), first: now, due, pause: PAUSE_FIRST };
        self.outstanding.insert(seq, outstanding);
        true
    }

    /// Takes an answer; one to another process, or one that came before, says nothing.
    pub fn take(&mut self, answer: &[u8]) {
        let Ok(answer) = serde_json::from_slice::<Answer>(answer) else { return };
        if answer.sender != self.sender {
            return;
        }
        let Some(outstanding) = self.outstanding.remove(&answer.seq) else { return };
        self.due.remove(&(outstanding.due, answer.seq));
        *(if answer.ack { &mut self.answered.acknowledged } else { &mut self.answered.refused }) += 1;
    }

    /// What is to be sent again now; what has been sent for long enough is given up.
    pub fn due(&mut self, now: Instant) -> Vec<Datagram> {
        let mut again = Vec::new();
        while let Some((_, seq)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            self.due.pop_first();
            let Some(outstanding) = self.outstanding.get_mut(&seq) else { continue };
            if now.duration_since(outstanding.first) >= GIVE_UP {
                self.outstanding.remove(&seq);
                self.answered.unanswered += 1;
                continue;
            }
            outstanding.pause = (outstanding.pause * 2).min(PAUSE_MAX);
            outstanding.due = now + outstanding.pause;
            self.due.insert((outstanding.due, seq));
            again.push(outstanding.datagram.clone());
        }
        self.answered.resent += again.len() as u64;
        again
    }
}

impl Default for Reliable {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
