//! Reconcile: the first step of each start and of each batch. Journals, master dataset and views are compared, and what
//! does not fit is settled before anything is moved between them, so that the steps behind it only do the difference.
//!
//! Views that do not fit are given up and built anew. Where the master dataset itself has gone back, nothing is moved and
//! nobody guesses: the views still answer exactly, jobs fail and say what to restore, until a person decides.

use crate::error::{Error, Result};
use crate::handover::Handover;
use crate::missing::{Missing, missing};
use batch::{Master, SealCommit};
use journal::JournalFolder;
use model::{DataFolder, JournalId, Marks};
use serde::{Deserialize, Serialize};
use serving::{PublishedSegment, State, Views};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use tokio::task::block_in_place;

/// What did not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Why the views are built anew.
    pub views: Option<String>,
    /// Segments that are gone and were not sealed; the next seal puts them on record.
    pub missing: Vec<Missing>,
    /// Data files of the master dataset that are gone or of another size.
    pub files: Vec<PathBuf>,
    /// Data files that no version named although the log may have lost versions: they are in quarantine.
    pub set_aside: u64,
    /// Why jobs fail until a person restores a file.
    pub stopped: Option<String>,
}

impl Reconciled {
    pub fn is_fine(&self) -> bool {
        *self == Reconciled::default()
    }

    /// Each finding as a sentence.
    pub fn told(&self) -> Vec<String> {
        let views = self.views.iter().map(|reason| format!("the views are built anew: {reason}"));
        let missing = self.missing.iter().map(|Missing { journal, first, last }| {
            format!("segments {first} to {last} of {journal} are gone and were not sealed; the loss is put on record")
        });
        let files = self.files.iter().map(|file| {
            format!("{} is gone or of another size; restore it from a copy, or run vitals rebuild", file.display())
        });
        let aside = (self.set_aside > 0)
            .then(|| format!("{} data files that no version names were moved to quarantine", self.set_aside));
        views.chain(missing).chain(files).chain(aside).chain(self.stopped.clone()).collect()
    }
}

impl Handover {
    /// The start's comparison: everything, also the files of the master dataset. Clears away what interrupted jobs left,
    /// and says how many files that were.
    pub(crate) async fn reconcile_at_start(&self, master: &mut Master) -> Result<(Reconciled, u64)> {
        let mut found = match self.reconcile(master).await {
            Err(error @ Error::MasterBehind { .. }) => {
                Reconciled { stopped: Some(error.to_string()), ..Reconciled::default() }
            }
            found => found?,
        };
        found.files = master.missing_files()?;
        let mut removed = 0;
        match (&found.stopped, found.missing.is_empty()) {
            (Some(_), _) => {}
            (None, true) => removed = self.clear_orphans(master).await?,
            (None, false) => found.set_aside = self.set_orphans_aside(master).await?,
        }
        Ok((found, removed))
    }

    /// Files that no version names are left by interrupted jobs, unless segments are missing: then the version that named
    /// them may be what is missing, and none is removed.
    pub(crate) async fn clear_orphans(&self, master: &mut Master) -> Result<u64> {
        match self.missing(&master.sealed().both())?.is_empty() {
            true => Ok(master.remove_orphans(&Default::default()).await?.files),
            false => self.set_orphans_aside(master).await.map(|_| 0),
        }
    }

    pub(crate) async fn set_orphans_aside(&self, master: &mut Master) -> Result<u64> {
        Ok(master.set_orphans_aside(&self.store.folder.quarantine("master")).await?)
    }

    /// Compares, and gives up views that do not fit.
    ///
    /// # Errors
    /// [`Error::MasterBehind`] where the views know of more than the master dataset and the journals together.
    pub(crate) async fn reconcile(&self, master: &mut Master) -> Result<Reconciled> {
        master.refresh().await?;
        let mut found = Reconciled { missing: self.missing(&master.sealed().both())?, ..Reconciled::default() };
        let Ok(views) = self.store.views.views() else { return Ok(found) };
        let state = block_in_place(|| views.state())?;
        let misfit = match ahead(master, &state) {
            Some(problem) if !found.missing.is_empty() => return Err(problem),
            Some(problem) => Some(problem.to_string()),
            None => self.misfit(master, &state).await?,
        };
        if let Some(reason) = misfit {
            self.store.views.give_up(&reason);
            found.views = Some(reason);
        }
        Ok(found)
    }

    /// Runs of segments above the marks that are neither sealed nor there.
    pub(crate) fn missing(&self, marks: &Marks) -> Result<Vec<Missing>> {
        let mut runs = Vec::new();
        for folder in JournalFolder::list(&self.store.folder.journals())? {
            let mark = folder.id()?.and_then(|id| marks.get(&id).copied()).unwrap_or(0);
            let present = folder.segments()?.into_iter().map(|(number, _)| number);
            runs.extend(missing(&self.store.folder, &folder, mark, present)?);
        }
        Ok(runs)
    }

    /// Why publishing on top of the views would not make them whole.
    async fn misfit(&self, master: &Master, state: &State) -> Result<Option<String>> {
        let mut reached = state.watermark.clone();
        let commits = match master.seals_after(state.versions.messages.max(0)).await {
            Err(error @ batch::Error::MissingVersion { .. }) => return Ok(Some(error.to_string())),
            commits => commits?,
        };
        if let Some(version) = replaced(master, &commits)? {
            return Ok(Some(format!("they are older than what was compacted or dropped: files of version {version}")));
        }
        for commit in commits {
            for sealed in commit.segments {
                let mark = reached.entry(sealed.journal).or_default();
                if sealed.segment <= *mark {
                    return Ok(Some(format!("version {} seals again what they hold", commit.version)));
                }
                *mark = sealed.segment;
            }
        }
        if reached != master.sealed().messages {
            return Ok(Some("what they hold and what was sealed after it is not all that is sealed".to_owned()));
        }
        let older = self.missing(&state.watermark)?.into_iter().find(|run| covers(master, &self.store.folder, run));
        Ok(older.map(|Missing { journal, first, last }| {
            format!("they are older than the journals: segments {first} to {last} of {journal} are sealed and gone")
        }))
    }
}

/// The first of the commits of which a file was replaced. Compaction and retention do that only to what views hold.
fn replaced(master: &Master, commits: &[SealCommit]) -> Result<Option<i64>> {
    if commits.is_empty() {
        return Ok(None);
    }
    let named: HashSet<PathBuf> = master.snapshot()?.files.into_iter().map(|file| file.path).collect();
    let replaced = commits.iter().find(|commit| commit.files.iter().any(|file| !named.contains(file)));
    Ok(replaced.map(|commit| commit.version))
}

/// Whether the master dataset holds the run.
fn covers(master: &Master, data: &DataFolder, run: &Missing) -> bool {
    let id = JournalFolder::new(data.journal(&run.journal)).id().ok().flatten();
    let mark = |id: JournalId| master.sealed().both().get(&id).copied();
    id.and_then(mark).is_some_and(|mark| run.first <= mark)
}

/// The first thing that the views know of and the master dataset does not.
fn ahead(master: &Master, state: &State) -> Option<Error> {
    let (versions, marks) = (master.versions(), master.sealed().messages);
    let tables =
        [("messages", state.versions.messages, versions.messages), ("ledger", state.versions.ledger, versions.ledger)];
    let behind = |(table, published, found): &(&'static str, i64, i64)| {
        (published > found).then_some(Error::MasterBehind { table, published: *published, found: *found })
    };
    tables.iter().find_map(behind).or_else(|| {
        let is_ahead = |(id, mark): (&JournalId, &u64)| marks.get(id).is_none_or(|sealed| sealed < mark);
        let published = state.versions.messages;
        state.watermark.iter().any(is_ahead).then_some(Error::MasterBehind {
            table: "messages",
            published,
            found: versions.messages,
        })
    })
}

/// What views lack below their own watermark, which nothing that ever published to them can have left: a hole in what they
/// say is published. A write-ahead log that DuckDB replayed into an older copy of its file makes one, without a word.
pub(crate) fn hole(data: &DataFolder, views: &Views) -> Result<Option<String>> {
    let gaps = views.begin()?.gaps()?;
    if gaps.is_empty() {
        return Ok(None);
    }
    let mut never_begun = BTreeMap::new();
    for folder in JournalFolder::list(&data.journals())? {
        let aside = JournalFolder::new(data.quarantine(&folder.name())).segments()?;
        let numbers: BTreeSet<u64> = aside.into_iter().map(|(number, _)| number).collect();
        never_begun.extend(folder.id()?.map(|id| (id, numbers)));
    }
    let is_known = |id: &JournalId, number: u64| never_begun.get(id).is_some_and(|numbers| numbers.contains(&number));
    let hole = gaps.into_iter().find(|(id, first, last)| (*first..=*last).any(|number| !is_known(id, number)));
    Ok(hole.map(|(id, first, last)| {
        format!("segments {first} to {last} of journal {id} are below their watermark and not in them")
    }))
}

/// What a rebuild lists as published in place of segments that the log no longer tells of.
pub(crate) fn without_holes(mut segments: Vec<PublishedSegment>) -> Vec<PublishedSegment> {
    segments.sort_by_key(|segment| (segment.journal, segment.segment));
    let mut before: Option<PublishedSegment> = None;
    let mut filled = Vec::with_capacity(segments.len());
    for segment in segments {
        let last = before.filter(|before| before.journal == segment.journal).map_or(0, |before| before.segment);
        if segment.segment > last + 1 && !(segment.damaged && segment.messages == 0) {
            filled.push(PublishedSegment { segment: segment.segment - 1, messages: 0, damaged: true, ..segment });
        }
        filled.push(segment);
        before = Some(segment);
    }
    filled
}
