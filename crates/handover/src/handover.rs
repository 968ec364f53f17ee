//! The jobs that move the line between the two sides, one at a time: batch, compact, retain, rebuild.
//!
//! They run on a multi-threaded tokio runtime and block their own thread while they read, fold and sync.

use crate::error::{Error, Result};
use crate::plans::Plans;
use crate::reconcile::Reconciled;
use crate::store::Store;
use batch::{Master, Retained, Versions};
use journal::{Durability, JournalFolder, WriterOptions};
use model::{Clock, Granularity, JournalId, Kept};
use serde::{Deserialize, Serialize};
use serving::Views;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::block_in_place;

/// A journal writer of this process: it can be asked to close its segment.
pub trait Rolls: Send + Sync + Debug {
    /// When it returns, everything accepted before the call is in a closed segment.
    fn roll(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Memory and threads of the aggregation.
    pub batch: batch::Limits,
    /// How many bytes of segments are sealed by one commit, at least one segment.
    pub seal_bytes: u64,
    /// How long a segment file is kept after it is sealed and published.
    pub keep: Duration,
    /// How long a living writer elsewhere may take to close its segment.
    pub roll_wait: Duration,
    /// What retention leaves; by default all.
    pub kept: Kept,
}

/// What a job did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages sealed, folded or rewritten.
    pub rows: u64,
    /// Segments sealed.
    pub segments: u64,
    /// Generations given up, as the views hold them; rows of views that are no longer kept.
    pub expired: u64,
    /// Files removed: segments, or replaced files of the master dataset.
    pub removed: u64,
}

/// What a start found of the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewsFound {
    Sound,
    /// None, and nothing was ever sealed that they could hold.
    New,
    /// None that can be read, so they have to be rebuilt.
    Missing,
}

/// What cleaning up after a former life found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub views: ViewsFound,
    /// Files of the master dataset that nothing named.
    pub orphans_removed: u64,
    pub reconciled: Reconciled,
}

/// The writing side of a store. There is one per data folder; its process holds the folder's lock for itself alone.
#[derive(Debug)]
pub struct Handover {
    pub(crate) store: Arc<Store>,
    pub(crate) options: Options,
    pub(crate) plans: Plans,
    pub(crate) clock: Arc<dyn Clock>,
    /// The batch's lock: whoever changes master dataset or views holds it.
    master: Mutex<Option<Master>>,
    /// One rebuild at a time; taken before the batch's lock.
    pub(crate) rebuilding: Mutex<()>,
    unnamed: std::sync::Mutex<Unnamed>,
}

/// Files of the master dataset that no newest version names and somebody may still read.
#[derive(Debug, Default)]
struct Unnamed {
    /// Those that compaction or retention replaced.
    replaced: Vec<PathBuf>,
    /// Whether a job failed and may have left others.
    orphans: bool,
}

impl Handover {
    pub fn new(store: Arc<Store>, options: Options, clock: Arc<dyn Clock>) -> Result<Handover> {
        Ok(Handover {
            plans: Plans::new(options.batch)?,
            store,
            options,
            clock,
            master: Mutex::new(None),
            rebuilding: Mutex::new(()),
            unnamed: std::sync::Mutex::default(),
        })
    }

    /// Compares what the folder holds and cleans up after an interrupted job. Where nothing was ever sealed the views are
    /// made at once; where they are missing, `rebuild_missing` has work to do.
    pub async fn prepare(&self) -> Result<Prepared> {
        let temporary = self.store.folder.temporary();
        match std::fs::remove_dir_all(&temporary) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Io { path: temporary, source });
            }
            _ => {}
        }
        let mut master = self.lock().await?;
        let (reconciled, orphans_removed) = self.reconcile_at_start(&mut master).await?;
        let snapshot = master.snapshot()?;
        let nothing_to_fold = snapshot.files.is_empty() && snapshot.retained == Retained::default();
        drop(master);
        let views = match (self.store.views.are_missing(), nothing_to_fold) {
            (false, _) => ViewsFound::Sound,
            (true, true) => ViewsFound::New,
            (true, false) => ViewsFound::Missing,
        };
        if views == ViewsFound::New {
            self.rebuild_missing().await?;
        }
        Ok(Prepared { views, orphans_removed, reconciled })
    }

    /// Closes every segment that holds something now: those of `own` writers at once, another living process's when it
    /// rolls, a dead one's by taking its place. What was accepted before the call is sealed by the next batch.
    pub async fn close_segments(&self, own: &[Arc<dyn Rolls>]) -> Result<()> {
        let open = open_segments(&JournalFolder::list(&self.store.folder.journals())?)?;
        own.iter().try_for_each(|writer| block_in_place(|| writer.roll()).map_err(Error::Roll))?;
        self.close_dead().await?;
        let deadline = Instant::now() + self.options.roll_wait;
        for (folder, number) in open {
            while newest(&folder)?.is_none_or(|newest| newest <= number) {
                if Instant::now() >= deadline {
                    return Err(Error::NotRolling { name: folder.name(), waited_s: self.options.roll_wait.as_secs() });
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    async fn close_dead(&self) -> Result<()> {
        let marks = self.lock().await?.sealed().either();
        let floor = |id: JournalId| marks.get(&id).copied().unwrap_or(0);
        for (folder, _) in open_segments(&JournalFolder::list(&self.store.folder.journals())?)? {
            let options = WriterOptions {
                durability: Durability::Never,
                segment_bytes: u64::MAX,
                segment_age: Duration::MAX,
                quarantine: self.store.folder.quarantine(&folder.name()),
            };
            folder.close_if_dead(&options, floor, self.clock.now())?;
        }
        Ok(())
    }

    /// Reconcile, seal, publish, expire, reclaim.
    pub async fn batch(&self) -> Result<Outcome> {
        let outcome = self.run_batch().await;
        self.cleaned(outcome).await
    }

    async fn run_batch(&self) -> Result<Outcome> {
        self.close_dead().await?;
        let mut master = self.lock().await?;
        self.reconcile(&mut master).await?;
        let mut outcome = self.seal(&mut master).await?;
        if self.store.views.are_missing() {
            drop(master);
            self.rebuild_missing().await?;
            master = self.lock().await?;
        }
        let views = self.store.views.views()?;
        self.publish(&master, &views).await?;
        drop(master);
        let watermark = block_in_place(|| views.state())?.watermark;
        outcome.expired = self.store.speed.expire(&watermark);
        outcome.removed = self.reclaim(&watermark)? + self.remove_unnamed().await?;
        Ok(outcome)
    }

    /// Few files and single rollups for days that are over.
    pub async fn compact(&self) -> Result<Outcome> {
        let outcome = self.run_compaction().await;
        self.cleaned(outcome).await
    }

    async fn run_compaction(&self) -> Result<Outcome> {
        let today = Granularity::Day.floor(self.clock.now());
        let mut master = self.lock().await?;
        let views = self.store.views.views()?;
        let published = published(&views)?;
        let compaction = master.compact(published, today).await?;
        block_in_place(|| views.fold_partials(today).and_then(|_| views.checkpoint()))?;
        drop(master);
        self.replaced(compaction.replaced);
        let removed = self.remove_unnamed().await?;
        Ok(Outcome { rows: compaction.rows, removed, ..Outcome::default() })
    }

    /// What a failed job leaves goes at once: where it failed for lack of space, each new try would take more of it.
    pub(crate) async fn cleaned(&self, outcome: Result<Outcome>) -> Result<Outcome> {
        // where the master dataset has gone back its files look like leftovers, and are not
        let failed = outcome.as_ref().is_err_and(|error| !matches!(error, Error::MasterBehind { .. }));
        if failed {
            self.unnamed().orphans = true;
            if let Err(error) = self.remove_unnamed().await {
                tracing::warn!(%error, "what a failed job left could not be removed; trying again with the next one");
            }
        }
        outcome
    }

    pub(crate) async fn remove_unnamed(&self) -> Result<u64> {
        let mut master = self.lock().await?;
        let unnamed = std::mem::take(&mut *self.unnamed());
        if unnamed.replaced.is_empty() && !unnamed.orphans {
            return Ok(0);
        }
        let runtime = tokio::runtime::Handle::current();
        let remove = || {
            runtime.block_on(async {
                match unnamed.orphans {
                    true => self.clear_orphans(&mut master).await,
                    false => Ok(master.remove_files(&unnamed.replaced).await?.files),
                }
            })
        };
        let removed = block_in_place(|| self.store.pins.when_free(remove)).transpose();
        if !matches!(removed, Ok(Some(_))) {
            let mut still = self.unnamed();
            still.replaced.extend(unnamed.replaced);
            still.orphans |= unnamed.orphans;
        }
        Ok(removed?.unwrap_or(0))
    }

    pub(crate) fn replaced(&self, files: Vec<PathBuf>) {
        self.unnamed().replaced.extend(files);
    }

    fn unnamed(&self) -> std::sync::MutexGuard<'_, Unnamed> {
        self.unnamed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The master dataset, for one job at a time.
    pub(crate) async fn lock(&self) -> Result<tokio::sync::MappedMutexGuard<'_, Master>> {
        let mut master = self.master.lock().await;
        if master.is_none() {
            *master = Some(Master::open(&self.store.folder.master()).await?);
        }
        Ok(MutexGuard::map(master, |master| master.as_mut().expect("it was opened just above")))
    }

    /// A folder for files in the making, gone when dropped.
    pub(crate) fn temporary(&self) -> Result<tempfile::TempDir> {
        let path = self.store.folder.temporary();
        let made = std::fs::create_dir_all(&path).and_then(|()| tempfile::tempdir_in(&path));
        made.map_err(|source| Error::Io { path, source })
    }
}

/// The versions up to which nobody will ask for a file of the master dataset by name.
pub(crate) fn published(views: &Views) -> Result<Versions> {
    let published = block_in_place(|| views.state())?.versions;
    Ok(Versions { messages: published.messages, ledger: published.ledger })
}

/// The newest segment of each journal, where it holds anything.
fn open_segments(folders: &[JournalFolder]) -> Result<Vec<(JournalFolder, u64)>> {
    let mut open = Vec::new();
    for folder in folders {
        if let Some((number, path)) = folder.segments()?.pop()
            && journal::has_frames(&path)?
        {
            open.push((folder.clone(), number));
        }
    }
    Ok(open)
}

fn newest(folder: &JournalFolder) -> Result<Option<u64>> {
    Ok(folder.segments()?.last().map(|(number, _)| *number))
}
