//! The raw messages of a cut: the files of one version of the master dataset, and the frames of the journals above that
//! version's marks up to the cut's ends. Each message is in exactly one of them.

use crate::error::Result;
use crate::store::Store;
use batch::{DataFile, Master, Retained, Snapshot};
use journal::{Follower, JournalFolder, Pin, Position, closed};
use model::{Granularity, JournalId, Marks, Messages, TimeRange};
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;

pub use batch::{check_file, messages_schema};

/// Raw messages, pinned: nothing that is read here is removed meanwhile.
#[derive(Debug)]
pub struct Raw {
    journals: PathBuf,
    /// The master dataset's files.
    pub files: Vec<DataFile>,
    /// What is left of messages that are in no file any more.
    pub retained: Retained,
    sealed: Marks,
    ends: BTreeMap<JournalId, Position>,
    _pin: Pin,
}

impl Store {
    /// Pins first, then looks which files there are.
    pub(crate) fn pin_raw(&self) -> Result<Raw> {
        let pin = self.pins.pin();
        let parts = |snapshot: Snapshot| (snapshot.files, snapshot.retained, snapshot.sealed);
        let (files, retained, sealed) = self.newest_master()?.map_or_else(Default::default, parts);
        Ok(Raw { journals: self.folder.journals(), files, retained, sealed, ends: BTreeMap::new(), _pin: pin })
    }
}

impl Store {
    /// The newest version of the master dataset; `None` where there is none.
    pub(crate) fn newest_master(&self) -> Result<Option<Snapshot>> {
        let snapshot = tokio::runtime::Handle::current().block_on(async {
            let mut reader = self.reader.lock().await;
            match &mut *reader {
                Some(master) => master.refresh().await?,
                None => *reader = Master::open_existing(&self.folder.master()).await?,
            }
            reader.as_ref().map(Master::snapshot).transpose()
        })?;
        Ok(snapshot)
    }
}

impl Raw {
    /// Ends the journals where the cut's realtime snapshot ends.
    pub(crate) fn up_to(self, ends: BTreeMap<JournalId, Position>) -> Raw {
        Raw { ends, ..self }
    }

    /// Visits the messages whose time lies in the range, from the master dataset. How many rows were read.
    pub fn sealed(
        &self,
        range: &TimeRange,
        services: Option<&HashSet<String>>,
        visit: &mut dyn FnMut(&Messages),
    ) -> Result<u64> {
        let mut rows = 0;
        for file in self.files(range) {
            rows += batch::read_file(&file.path, Some(range), services, visit)?;
        }
        Ok(rows)
    }

    /// The files with messages of days that the range touches.
    pub fn files(&self, range: &TimeRange) -> impl Iterator<Item = &DataFile> {
        self.files.iter().filter(|file| touches(file, range))
    }

    /// Visits all messages of the journals that are not in the master dataset, whatever their time and service.
    pub fn unsealed(&self, visit: &mut dyn FnMut(&Messages)) -> Result<u64> {
        self.unsealed_until(&mut |messages| {
            visit(messages);
            ControlFlow::Continue(())
        })
    }

    /// The same until `visit` has enough. How many rows were read.
    pub fn unsealed_until(&self, visit: &mut dyn FnMut(&Messages) -> ControlFlow<()>) -> Result<u64> {
        let mut rows = 0;
        for folder in JournalFolder::list(&self.journals)? {
            let Some(id) = folder.id()? else { continue };
            let Some(end) = self.ends.get(&id) else { continue };
            let sealed = self.sealed.get(&id).copied().unwrap_or(0);
            let (read, enough) = read_journal(&folder, sealed, *end, visit)?;
            rows += read;
            if enough.is_break() {
                break;
            }
        }
        Ok(rows)
    }
}

fn touches(file: &DataFile, range: &TimeRange) -> bool {
    file.day < range.to && range.from < Granularity::Day.next(file.day)
}

fn read_journal(
    folder: &JournalFolder,
    sealed: u64,
    end: Position,
    visit: &mut dyn FnMut(&Messages) -> ControlFlow<()>,
) -> Result<(u64, ControlFlow<()>)> {
    let mut rows = 0;
    let segments = folder.segments()?;
    let wanted = segments.iter().filter(|(number, _)| *number > sealed && *number <= end.segment);
    for (number, _) in wanted {
        let closed = closed(&segments, *number)?;
        let Some(mut follower) = Follower::open(folder, *number, closed)? else { continue };
        while !follower.is_at(end) {
            let Some(frame) = follower.next(closed)? else { break };
            rows += frame.messages.len() as u64;
            if !frame.messages.is_empty() && visit(&frame.messages).is_break() {
                return Ok((rows, ControlFlow::Break(())));
            }
        }
    }
    Ok((rows, ControlFlow::Continue(())))
}
