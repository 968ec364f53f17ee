//! What former lives of a collector have taken, read back from the journal: its frames carry sender and sequence.
//!
//! It is read when the first message that asks for an answer arrives, so that a fleet which never asks does not wait for
//! it. A segment that is gone by then is older than the window, for `journal.keep` is never shorter.

use crate::duplicates::{DUPLICATE_WINDOW, Duplicates};
use crate::error::Result;
use journal::{Closed, Follower, Frame, JournalFolder, closed};
use model::Time;
use std::time::Instant;

#[derive(Debug)]
pub(crate) struct FormerLives {
    pub folder: JournalFolder,
    /// The first segment of this life.
    pub before: u64,
}

impl FormerLives {
    /// Opening the journal has synced whatever stands in it. After a move, what was taken elsewhere is in the journals
    /// before it.
    pub(crate) fn recall(&self, into: &mut Duplicates, at: Time, now: Instant) -> Result<()> {
        let recall = |frame: &Frame| {
            // a time ahead of the clock is no age: the whole window is left
            let age = at.since(frame.at);
            for (sender, sequence) in frame.messages.iter().filter_map(|message| message.asks()) {
                into.recall(sender, sequence, age, now);
            }
        };
        let mut recent = Recent { at, recall };
        for folder in self.folder.predecessors()? {
            recent.read(&folder, u64::MAX)?;
        }
        recent.read(&self.folder, self.before)
    }
}

/// The frames within the window that have senders.
struct Recent<F> {
    at: Time,
    recall: F,
}

impl<F: FnMut(&Frame)> Recent<F> {
    fn read(&mut self, folder: &JournalFolder, before: u64) -> Result<()> {
        let segments = folder.segments()?;
        for (number, _) in segments.iter().filter(|(number, _)| *number < before) {
            let closed = closed(&segments, *number)?;
            if closed.is_some_and(|closed| self.is_over(closed.at)) {
                continue;
            }
            match self.read_segment(folder, *number, closed) {
                Err(journal::Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                read => read?,
            }
        }
        Ok(())
    }

    fn read_segment(&mut self, folder: &JournalFolder, number: u64, closed: Option<Closed>) -> journal::Result<()> {
        let Some(mut frames) = Follower::open(folder, number, closed)? else { return Ok(()) };
        while let Some(frame) = frames.next(closed)? {
            if !self.is_over(frame.at) && !frame.messages.sender.dictionary().is_empty() {
                (self.recall)(&frame);
            }
        }
        Ok(())
    }

    fn is_over(&self, time: Time) -> bool {
        self.at.since(time) > DUPLICATE_WINDOW
    }
}
