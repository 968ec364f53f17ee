//! The messages that were taken within the last ten minutes and may come again, by sender and sequence.
//!
//! Constraints: only messages that ask for an answer are in it. Sequences are bits in blocks of 64, so that a sender
//! which counts up costs about a byte a message. An entry stays for [`DUPLICATE_WINDOW`] at least, by the monotonic
//! clock, and goes within a minute after it. Where there is no room for another one the message must not be taken:
//! nobody could tell it from its resend.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a message that asks for an answer is known by its name.
pub const DUPLICATE_WINDOW: Duration = Duration::from_secs(10 * 60);

const SENDERS_MAX: usize = 65_536;
const BLOCKS_MAX: usize = 1 << 19;
/// How often what is over is looked for …
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// … and how often while there is no room.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);

/// What is known of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is on its way into the journal, or not synced yet.
    Taken,
    /// It is in the journal and synced.
    Safe,
}

/// What comes of taking a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// It is new, and known from now on; with its sender's name to keep.
    New(Arc<str>),
    Known(Known),
    /// There is no room for it.
    Full,
}

#[derive(Debug)]
pub(crate) struct Duplicates {
    senders: HashMap<Arc<str>, BTreeMap<i64, Block>>,
    blocks: usize,
    senders_max: usize,
    blocks_max: usize,
    begun: Instant,
    swept: Instant,
}

/// 64 sequences in a row of one sender.
#[derive(Debug, Default)]
struct Block {
    taken: u64,
    safe: u64,
    /// Of the one taken last, in seconds as [`Duplicates::second`] counts them.
    second: u64,
}

/// A block's number and the bit in it.
fn place(sequence: i64) -> (i64, u64) {
    (sequence >> 6, 1 << (sequence & 63))
}

impl Duplicates {
    pub(crate) fn new(now: Instant) -> Duplicates {
        Duplicates {
            senders: HashMap::new(),
            blocks: 0,
            senders_max: SENDERS_MAX,
            blocks_max: BLOCKS_MAX,
            begun: now,
            swept: now,
        }
    }

    #[cfg(test)]
    fn bounded(now: Instant, senders_max: usize, blocks_max: usize) -> Duplicates {
        Duplicates { senders_max, blocks_max, ..Duplicates::new(now) }
    }

    pub(crate) fn known(&self, sender: &str, sequence: i64) -> Option<Known> {
        let (number, bit) = place(sequence);
        let block = self.senders.get(sender)?.get(&number)?;
        (block.taken & bit != 0).then_some(if block.safe & bit != 0 { Known::Safe } else { Known::Taken })
    }

    pub(crate) fn take(&mut self, sender: &str, sequence: i64, now: Instant) -> Take {
        self.sweep_if_due(SWEEP_EVERY, now);
        if let Some(known) = self.known(sender, sequence) {
            return Take::Known(known);
        }
        if !self.has_room(sender, sequence) {
            self.sweep_if_due(SWEEP_PAUSE, now);
            if !self.has_room(sender, sequence) {
                return Take::Full;
            }
        }
        let second = self.second(now);
        Take::New(self.insert(sender, sequence, second))
    }

    /// Puts in what a former life has taken, `age` ago; that has had room there.
    pub(crate) fn recall(&mut self, sender: &str, sequence: i64, age: Duration, now: Instant) {
        let second = self.second(now).saturating_sub(age.as_secs());
        self.insert(sender, sequence, second);
        self.make_safe(sender, sequence);
    }

    pub(crate) fn make_safe(&mut self, sender: &str, sequence: i64) {
        let (number, bit) = place(sequence);
        if let Some(block) = self.senders.get_mut(sender).and_then(|blocks| blocks.get_mut(&number)) {
            block.safe |= block.taken & bit;
        }
    }

    /// It was not taken after all: when it comes again it is new.
    pub(crate) fn forget(&mut self, sender: &str, sequence: i64) {
        let (number, bit) = place(sequence);
        if let Some(block) = self.senders.get_mut(sender).and_then(|blocks| blocks.get_mut(&number)) {
            // an empty block goes with the next sweep
            block.taken &= !bit;
            block.safe &= !bit;
        }
    }

    fn has_room(&self, sender: &str, sequence: i64) -> bool {
        match self.senders.get(sender) {
            Some(blocks) => self.blocks < self.blocks_max || blocks.contains_key(&place(sequence).0),
            None => self.blocks < self.blocks_max && self.senders.len() < self.senders_max,
        }
    }

    fn insert(&mut self, sender: &str, sequence: i64, second: u64) -> Arc<str> {
        let name = self.senders.get_key_value(sender).map_or_else(|| sender.into(), |(name, _)| name.clone());
        let (number, bit) = place(sequence);
        let blocks = self.senders.entry(name.clone()).or_default();
        let before = blocks.len();
        let block = blocks.entry(number).or_default();
        block.taken |= bit;
        block.second = block.second.max(second);
        self.blocks += blocks.len() - before;
        name
    }

    /// Whole seconds since a window before the beginning, so that what a former life has taken has a number too.
    fn second(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.begun) + DUPLICATE_WINDOW).as_secs()
    }

    fn sweep_if_due(&mut self, pause: Duration, now: Instant) {
        if now.saturating_duration_since(self.swept) < pause {
            return;
        }
        self.swept = now;
        // seconds are cut, so one more makes sure of the whole window
        let over = self.second(now).saturating_sub(DUPLICATE_WINDOW.as_secs() + 1);
        self.senders.retain(|_, blocks| {
            blocks.retain(|_, block| block.second >= over && block.taken != 0);
            !blocks.is_empty()
        });
        self.blocks = self.senders.values().map(BTreeMap::len).sum();
    }
}

#[cfg(test)]
mod tests;
