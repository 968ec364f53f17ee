//! One journal, read frame by frame into the generation of its segment.

use crate::counted::Counted;
use crate::generation::Generation;
use crate::heard::LastHeard;
use journal::{Follower, JournalFolder, Position, Result, closed};
use model::{Heard, JournalId, Marks};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

/// One journal's part of a snapshot.
#[derive(Clone, Debug)]
pub struct JournalSnapshot {
    pub name: String,
    /// Every frame before this is in the generations or below the expired mark.
    pub end: Position,
    /// By segment number.
    pub generations: BTreeMap<u64, Arc<Generation>>,
    pub counted: Counted,
    /// Of the generations that were given up.
    heard: Arc<LastHeard>,
}

impl JournalSnapshot {
    /// What was heard last of each service since this process reads the journal; nothing where that is an import, whose
    /// messages tell of former times.
    pub(crate) fn heard(&self) -> HashMap<&str, Heard> {
        let mut heard: HashMap<&str, Heard> = self.heard.iter().collect();
        for generation in self.generations.values().filter(|generation| !generation.is_imported()) {
            for (service, next) in generation.heard() {
                heard.entry(service).and_modify(|last| last.follow(next)).or_insert(*next);
            }
        }
        heard
    }
}

/// How far `advance` came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    AtEnd,
    More,
    /// There is no room for more cells.
    Full,
}

#[derive(Debug)]
pub(crate) struct Tail {
    folder: JournalFolder,
    id: Option<JournalId>,
    follower: Option<Follower>,
    end: Position,
    generations: BTreeMap<u64, Arc<Generation>>,
    counted: Counted,
    heard: Arc<LastHeard>,
}

impl Tail {
    pub(crate) fn new(folder: JournalFolder) -> Tail {
        let (end, generations) = (Position::default(), BTreeMap::new());
        let (heard, counted) = (Arc::default(), Counted::default());
        Tail { folder, id: None, follower: None, end, generations, counted, heard }
    }

    pub(crate) fn cells(&self) -> usize {
        self.generations.values().map(|generation| generation.cells()).sum()
    }

    /// Reads on until there is nothing more to read, until the clock says so, or until it holds `cells_max` cells, above
    /// which it goes by less than a frame.
    pub(crate) fn advance(&mut self, expired: &Marks, until: Instant, cells_max: usize) -> Result<Step> {
        loop {
            if self.follower.is_none() && !self.begin_segment(expired)? {
                return Ok(Step::AtEnd);
            }
            match self.read_segment(until, cells_max)? {
                Some(Step::AtEnd) => self.follower = None,
                Some(step) => return Ok(step),
                None => return Ok(Step::AtEnd),
            }
        }
    }

    /// Opens the first segment above what has been read; false when there is none yet.
    fn begin_segment(&mut self, expired: &Marks) -> Result<bool> {
        if self.id.is_none() {
            self.id = self.folder.id()?;
        }
        let mark = self.id.and_then(|id| expired.get(&id)).copied().unwrap_or(0).max(self.end.segment);
        let segments = self.folder.segments()?;
        let Some((number, _)) = segments.iter().find(|(number, _)| *number > mark) else { return Ok(false) };
        self.follower = match Follower::open(&self.folder, *number, closed(&segments, *number)?) {
            // reclaimed between listing and opening: what it held is below the next watermark
            Err(journal::Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => None,
            opened => opened?,
        };
        Ok(self.follower.is_some())
    }

    /// Reads the segment: to the end of a closed one, until clock or room say so, or (`None`) to the end that an open one
    /// has now.
    fn read_segment(&mut self, until: Instant, cells_max: usize) -> Result<Option<Step>> {
        let others = self.cells();
        let Some(follower) = &mut self.follower else { return Ok(None) };
        let number = follower.position().segment;
        // asked before reading: a segment found closed only afterwards may have grown in between
        let closed = closed(&self.folder.segments()?, number)?;
        let generation = self.generations.entry(number).or_default();
        let others = others - generation.cells();
        loop {
            if others + generation.cells() >= cells_max {
                return Ok(Some(Step::Full));
            }
            let Some(frame) = follower.next(closed)? else { break };
            // copied only while an earlier snapshot still holds the same generation
            Arc::make_mut(generation).add(&frame);
            self.counted.add(&frame.ledger);
            self.end = follower.position();
            if Instant::now() >= until {
                return Ok(Some(Step::More));
            }
        }
        self.end = follower.position();
        Ok(closed.map(|_| Step::AtEnd))
    }

    /// `None` while not even the journal's name on disk is known.
    pub(crate) fn snapshot(&self) -> Option<(JournalId, JournalSnapshot)> {
        let (generations, heard) = (self.generations.clone(), self.heard.clone());
        let (name, counted) = (self.folder.name(), self.counted.clone());
        Some((self.id?, JournalSnapshot { name, end: self.end, generations, counted, heard }))
    }

    pub(crate) fn count_anew(&mut self) {
        self.counted = Counted::default();
    }

    pub(crate) fn expire(&mut self, watermark: &Marks) -> u64 {
        let Some(mark) = self.id.and_then(|id| watermark.get(&id)) else { return 0 };
        if self.follower.as_ref().is_some_and(|follower| follower.position().segment <= *mark) {
            // the rest of it is in the views too
            self.follower = None;
        }
        let kept = self.generations.split_off(&(mark + 1));
        let gone = std::mem::replace(&mut self.generations, kept);
        let live = gone.values().filter(|generation| !generation.is_imported());
        // copied only while a snapshot holds it
        live.for_each(|generation| Arc::make_mut(&mut self.heard).follow(generation));
        gone.len() as u64
    }
}
