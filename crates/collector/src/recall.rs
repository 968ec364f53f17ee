//! What former lives of a collector have taken, read back from the journal: its frames carry sender and sequence.
//!
//! It is read when the first message that asks for an answer arrives, so that a fleet which never asks does not wait for
//! it. A segment that is gone by then is older than the window, for `journal.keep` is never shorter.

use crate::duplicates::{DUPLICATE_WINDOW, Duplicates};
use crate::error::Result;
use journal::{Closed, Follower, JournalFolder, closed};
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
        for folder in self.folder.predecessors()? {
            let elsewhere = FormerLives { folder, before: u64::MAX };
            elsewhere.recall_journal(into, at, now)?;
        }
        self.recall_journal(into, at, now)
    }

    fn recall_journal(&self, into: &mut Duplicates, at: Time, now: Instant) -> Result<()> {
        let segments = self.folder.segments()?;
        for (number, _) in segments.iter().filter(|(number, _)| *number < self.before) {
            let closed = closed(&segments, *number)?;
            if closed.is_some_and(|closed| is_over(closed.at, at)) {
                continue;
            }
            match self.recall_segment(*number, closed, into, at, now) {
                Err(journal::Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                recalled => recalled?,
            }
        }
        Ok(())
    }

    fn recall_segment(
        &self,
        number: u64,
        closed: Option<Closed>,
        into: &mut Duplicates,
        at: Time,
        now: Instant,
    ) -> journal::Result<()> {
        let Some(mut frames) = Follower::open(&self.folder, number, closed)? else { return Ok(()) };
        while let Some(frame) = frames.next(closed)? {
            if is_over(frame.at, at) || frame.messages.sender.dictionary().is_empty() {
                continue;
            }
            // a time ahead of the clock is no age: the whole window is left
            let age = at.since(frame.at);
            for message in frame.messages.iter() {
                if let Some((sender, sequence)) = message.asks() {
                    into.recall(sender, sequence, age, now);
                }
            }
        }
        Ok(())
    }
}

fn is_over(time: Time, now: Time) -> bool {
    now.since(time) > DUPLICATE_WINDOW
}
