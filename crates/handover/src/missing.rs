//! Segments that are nowhere any more: numbers between the mark and the newest file for which there is no file. Whatever
//! they held is lost; they are sealed as damaged segments that hold nothing, so that the loss is on record for good.

use crate::error::Result;
use batch::SegmentContent;
use journal::{JournalFolder, closed};
use model::{DataFolder, JournalId, LedgerRow, LedgerRowKind, Marks, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A run of segments of one journal that are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    pub journal: String,
    pub first: u64,
    pub last: u64,
}

/// The runs of numbers above `mark` and below the highest of `present` that are neither there nor in quarantine, where
/// only segments go that were never begun.
pub(crate) fn missing(
    data: &DataFolder,
    folder: &JournalFolder,
    mark: u64,
    present: impl Iterator<Item = u64>,
) -> Result<Vec<Missing>> {
    let (mut runs, mut next) = (Vec::new(), mark + 1);
    let mut present: BTreeSet<u64> = present.filter(|number| *number > mark).collect();
    let is_dense = present.last().is_none_or(|last| last - mark == present.len() as u64);
    if !is_dense {
        let newest = present.last().copied().unwrap_or(0);
        let aside = JournalFolder::new(data.quarantine(&folder.name())).segments()?.into_iter();
        present.extend(aside.map(|(number, _)| number).filter(|number| (mark..newest).contains(number)));
    }
    for number in present {
        if number > next {
            runs.push(Missing { journal: folder.name(), first: next, last: number - 1 });
        }
        next = number + 1;
    }
    Ok(runs)
}

/// What is sealed in place of a missing run: nothing, and that it is lost.
pub(crate) fn content(
    ledger: &[PathBuf],
    marks: &Marks,
    folder: &JournalFolder,
    id: JournalId,
    run: &Missing,
) -> Result<SegmentContent> {
    let row = loss(folder, run, last_record(ledger, marks, id)?)?;
    Ok(SegmentContent { journal: id, segment: run.last, messages: Vec::new(), ledger: vec![row], damaged: true })
}

/// The loss of a run as a row of the ledger. It was received after `known`, or else after the journal began, and before
/// the next segment that is there was created.
pub(crate) fn loss(folder: &JournalFolder, run: &Missing, known: Option<Time>) -> Result<LedgerRow> {
    let segments = folder.segments()?;
    let to = closed(&segments, run.last)?.map_or(Time::MAX, |closed| closed.at);
    let before = segments.iter().rev().find(|(number, _)| *number < run.first).map(|(number, _)| number - 1);
    let before = before.map(|number| closed(&segments, number)).transpose()?.flatten().map(|closed| closed.at);
    let from = before.or(known).or(folder.began()).unwrap_or(to).min(to);
    let kind = LedgerRowKind::Damage { journal: run.journal.clone(), segment: run.last };
    Ok(LedgerRow { source: run.journal.clone(), from, to, kind })
}

/// The end of the last minute that the master dataset's ledger has of a journal.
fn last_record(files: &[PathBuf], marks: &Marks, id: JournalId) -> Result<Option<Time>> {
    let mut last = None;
    batch::read_ledger(files, &Marks::new(), marks, &mut |row| {
        if row.journal == id {
            last = last.max(Some(row.row.from));
        }
    })?;
    Ok(last)
}
