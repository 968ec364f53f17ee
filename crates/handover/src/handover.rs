//! The jobs that move the line between the two sides, one at a time: batch, compact, rebuild.
//!
//! They run on a multi-threaded tokio runtime and block their own thread while they read, fold and sync.

use crate::error::{Error, Result};
use crate::plans::Plans;
use crate::reconcile::Reconciled;
use crate::store::Store;
use batch::{Master, Versions};
use journal::{Durability, JournalFolder, WriterOptions};
use model::{Clock, Granularity, JournalId};
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
}

/// What a job did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages sealed, folded or rewritten.
    pub rows: u64,
    /// Segments sealed.
    pub segments: u64,
    /// Generations given up, as the views hold them.
    pub expired: u64,
    /// Files removed: segments, or replaced files of the master dataset.
    pub removed: u64,
}

/// The writing side of a store. There is one per data folder; its process holds the folder's lock for itself alone.
#[derive(Debug)]
pub struct Handover {
    pub(crate) store: Arc<Store>,
    pub(crate) options: Options,
    pub(crate) plans: Plans,
    clock: Arc<dyn Clock>,
    /// The batch's lock: whoever changes master dataset or views holds it.
    master: Mutex<Option<Master>>,
    /// One rebuild at a time; taken before the batch's lock.
    pub(crate) rebuilding: Mutex<()>,
    /// Files of the master dataset that compaction replaced and somebody may still read.
    replaced: std::sync::Mutex<Vec<PathBuf>>,
    /// What the start found.
    pub(crate) reconciled: std::sync::Mutex<Reconciled>,
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
            replaced: std::sync::Mutex::default(),
            reconciled: std::sync::Mutex::default(),
        })
    }

    /// Compares what the folder holds and cleans up after an interrupted job. Where nothing was ever sealed the views are
    /// made at once; where they are missing, `rebuild_missing` has work to do.
    pub async fn prepare(&self) -> Result<()> {
        let temporary = self.store.folder.temporary();
        match std::fs::remove_dir_all(&temporary) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Io { path: temporary, source });
            }
            _ => {}
        }
        let mut master = self.lock().await?;
        let found = self.reconcile_at_start(&mut master).await?;
        *self.reconciled.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = found;
        let nothing_to_fold = master.snapshot()?.files.is_empty();
        drop(master);
        if nothing_to_fold { self.rebuild_missing().await } else { Ok(()) }
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
        outcome.removed = self.reclaim(&watermark)? + self.remove_replaced().await?;
        Ok(outcome)
    }

    /// Few files and single rollups for days that are over.
    pub async fn compact(&self) -> Result<Outcome> {
        let today = Granularity::Day.floor(self.clock.now());
        let mut master = self.lock().await?;
        let views = self.store.views.views()?;
        let published = block_in_place(|| views.state())?.versions;
        let published = Versions { messages: published.messages, ledger: published.ledger };
        let compaction = master.compact(published, today).await?;
        block_in_place(|| views.fold_partials(today).and_then(|_| views.checkpoint()))?;
        drop(master);
        self.replaced().extend(compaction.replaced);
        let removed = self.remove_replaced().await?;
        Ok(Outcome { rows: compaction.rows, removed, ..Outcome::default() })
    }

    async fn remove_replaced(&self) -> Result<u64> {
        let mut master = self.lock().await?;
        let files = std::mem::take(&mut *self.replaced());
        if files.is_empty() {
            return Ok(0);
        }
        let runtime = tokio::runtime::Handle::current();
        let removed = block_in_place(|| self.store.pins.when_free(|| runtime.block_on(master.remove_files(&files))));
        match removed {
            Some(removed) => Ok(removed?.files),
            None => {
                self.replaced().extend(files);
                Ok(0)
            }
        }
    }

    fn replaced(&self) -> std::sync::MutexGuard<'_, Vec<PathBuf>> {
        self.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
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
