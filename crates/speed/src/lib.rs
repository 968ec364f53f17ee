//! Realtime views: what the batch has not covered yet, as one generation per journal segment above the watermark.
//!
//! The speed layer only reads journals. After a restart it does what it always does: it reads them from the watermark
//! on. Nobody tells it of new messages; whoever needs an answer has it read up to the journals' ends first.
//!
//! Layout, in reading order:
//! - [`generation`]: the rollups of one segment
//! - `heard`: what was heard last of each service
//! - [`tail`]: one journal, read segment by segment into generations
//! - [`counted`]: what its ledger has told since this process counts
//! - this file: all journals of a data folder, snapshots, expiry
//!
//! Invariant: a snapshot holds exactly the frames from the expired mark of each journal up to its end, each once.

mod counted;
mod generation;
mod heard;
mod tail;

pub use counted::Counted;
pub use generation::Generation;
pub use tail::JournalSnapshot;

use journal::{JournalFolder, Position, Result};
use model::{Heard, JournalId, Marks};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tail::{Step, Tail};

/// The most cells in memory, some 240 bytes each. Whoever scatters the times of messages makes a cell of each, so
/// messages alone are no bound; where it is reached, reading on waits until the views hold more.
pub const CELLS_MAX: usize = 4_000_000;

/// The realtime views of a data folder.
#[derive(Debug)]
pub struct Speed {
    root: PathBuf,
    cells_max: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tails: BTreeMap<String, Tail>,
    /// Generations up to here have been given up, as the views hold them.
    expired: Marks,
    /// Everything that was in the journals then has been read.
    reached: Instant,
}

/// All realtime views at one moment. Cheap to take and to keep; later appends do not change it.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub journals: BTreeMap<JournalId, JournalSnapshot>,
    /// Segments up to here are not in the snapshot.
    pub expired: Marks,
}

impl Snapshot {
    /// The generations above `watermark`, which must not lie below `expired`.
    pub fn above<'a>(&'a self, watermark: &'a Marks) -> impl Iterator<Item = (JournalId, &'a Generation)> {
        self.journals.iter().flat_map(move |(id, journal)| {
            let mark = watermark.get(id).copied().unwrap_or(0);
            journal.generations.range(mark + 1..).map(move |(_, generation)| (*id, &**generation))
        })
    }

    /// Whether everything above `watermark` is in the snapshot.
    pub fn covers(&self, watermark: &Marks) -> bool {
        self.expired.iter().all(|(id, expired)| watermark.get(id).copied().unwrap_or(0) >= *expired)
    }

    /// The message of each service that was received last, as far as this process has read the journals; imports do not
    /// count.
    pub fn heard(&self) -> HashMap<&str, Heard> {
        let mut heard: HashMap<&str, Heard> = HashMap::new();
        for (service, last) in self.journals.values().flat_map(JournalSnapshot::heard) {
            // between journals there is no order but that of the clock
            heard.entry(service).and_modify(|known| *known = last.max(*known)).or_insert(last);
        }
        heard
    }

    pub fn ends(&self) -> BTreeMap<JournalId, Position> {
        self.journals.iter().map(|(id, journal)| (*id, journal.end)).collect()
    }
}

/// How long the journals are read before others get their turn.
const SLICE: Duration = Duration::from_millis(50);

impl Speed {
    /// Over `<data>/journal`; `watermark` is up to where the views are complete.
    pub fn new(root: PathBuf, watermark: Marks) -> Speed {
        Speed::with_room(root, watermark, CELLS_MAX)
    }

    /// The same, with room for so many cells.
    pub fn with_room(root: PathBuf, watermark: Marks, cells_max: usize) -> Speed {
        let state = State { tails: BTreeMap::new(), expired: watermark, reached: Instant::now() };
        Speed { root, cells_max, state: Mutex::new(state) }
    }

    /// Reads on until every journal's end has been reached once; false where `deadline` comes first or there is no room
    /// for more cells.
    pub fn advance(&self, deadline: Instant) -> Result<bool> {
        let began = Instant::now();
        let mut waiting: Vec<String> = JournalFolder::list(&self.root)?.iter().map(JournalFolder::name).collect();
        while let Some(name) = waiting.last() {
            let slice = deadline.min(Instant::now() + SLICE);
            match self.state().advance(&self.root, name, slice, self.cells_max)? {
                Step::AtEnd => drop(waiting.pop()),
                Step::Full => return Ok(false),
                Step::More if Instant::now() >= deadline => return Ok(false),
                Step::More => {}
            }
        }
        let mut state = self.state();
        state.reached = state.reached.max(began);
        Ok(true)
    }

    /// How far the realtime views may be behind the journals: everything appended so long ago has been read.
    pub fn lag(&self) -> Duration {
        self.state().reached.elapsed()
    }

    /// Forgets what was counted of the ledger: what a start reads again was counted by the life before.
    pub fn count_anew(&self) {
        self.state().tails.values_mut().for_each(Tail::count_anew);
    }

    /// Cells in memory.
    pub fn cells(&self) -> usize {
        self.state().cells()
    }

    /// The most of them.
    pub fn cells_max(&self) -> usize {
        self.cells_max
    }

    /// Whether nothing more is read until a batch is published.
    pub fn is_full(&self) -> bool {
        self.cells() >= self.cells_max
    }

    /// Whether a batch is due, so that it does not come to that.
    pub fn is_half_full(&self) -> bool {
        self.cells() >= self.cells_max / 2
    }

    pub fn snapshot(&self) -> Snapshot {
        let state = self.state();
        let journals = state.tails.values().filter_map(Tail::snapshot).collect();
        Snapshot { journals, expired: state.expired.clone() }
    }

    /// Gives up the generations that the views hold. Returns how many went.
    pub fn expire(&self, watermark: &Marks) -> u64 {
        let mut state = self.state();
        let mut gone = 0;
        for tail in state.tails.values_mut() {
            gone += tail.expire(watermark);
        }
        for (id, segment) in watermark {
            let expired = state.expired.entry(*id).or_default();
            *expired = (*expired).max(*segment);
        }
        gone
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn advance(&mut self, root: &std::path::Path, name: &str, until: Instant, cells_max: usize) -> Result<Step> {
        let all = self.cells();
        let tail = self.tails.entry(name.to_owned()).or_insert_with(|| Tail::new(JournalFolder::new(root.join(name))));
        tail.advance(&self.expired, until, cells_max.saturating_sub(all - tail.cells()))
    }

    fn cells(&self) -> usize {
        self.tails.values().map(Tail::cells).sum()
    }
}

#[cfg(test)]
mod tests;
