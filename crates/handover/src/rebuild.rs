//! Rebuild: views from the master dataset alone, beside the ones that answer. Collecting goes on meanwhile, and so do
//! answers where there are views to give them.

use crate::current::{Fresh, Progress};
use crate::error::Result;
use crate::handover::{Handover, Outcome};
use crate::publish::published;
use crate::reconcile::without_holes;
use crate::retain::follow;
use batch::{DataFile, Master, Retained, Snapshot};
use model::Marks;
use serving::{Publication, Versions, Views};
use std::path::PathBuf;
use tokio::sync::MutexGuard;
use tokio::task::block_in_place;

/// How many messages are folded at once; partial rollups of the same key are merged on reading.
const ROWS_MAX: u64 = 20_000_000;

impl Handover {
    /// Rebuilds where no views answer; `None` where some do.
    pub async fn rebuild_missing(&self) -> Result<Option<Outcome>> {
        let one = self.rebuilding.lock().await;
        if !self.store.views.are_missing() {
            return Ok(None);
        }
        self.rebuild_alone(&one).await.map(Some)
    }

    /// Folds every file of the master dataset into fresh views and lets them answer.
    pub async fn rebuild(&self) -> Result<Outcome> {
        let one = self.rebuilding.lock().await;
        self.rebuild_alone(&one).await
    }

    async fn rebuild_alone(&self, one: &MutexGuard<'_, ()>) -> Result<Outcome> {
        let outcome = self.run_rebuild(one).await;
        self.cleaned(outcome).await
    }

    async fn run_rebuild(&self, _one: &MutexGuard<'_, ()>) -> Result<Outcome> {
        let mut master = self.lock().await?;
        self.go_on_without_what_is_lost(&mut master).await?;
        // with nothing left to seal both tables stand at the same marks
        let mut outcome = self.seal(&mut master).await?;
        let _pin = self.store.pins.pin();
        let snapshot = master.snapshot()?;
        let ledger = master.ledger_files(&snapshot.sealed).await?;
        let segments = without_holes(master.known_seals().await?.iter().flat_map(published).collect());
        drop(master);

        let publication = Publication {
            segments,
            watermark: snapshot.sealed.clone(),
            versions: Versions { messages: snapshot.version, ledger: ledger.version },
            ..Publication::default()
        };
        let fresh = self.store.views.begin()?;
        let filled = self.fill_views(&fresh, &snapshot, &ledger.files, publication).await;
        if filled.is_err() {
            block_in_place(|| self.store.views.discard(fresh));
        }
        outcome.rows = filled?;
        Ok(outcome)
    }

    /// Brings fresh views to the newest seal and lets them answer; how many messages were folded.
    async fn fill_views(
        &self,
        fresh: &Fresh,
        messages: &Snapshot,
        ledger: &[PathBuf],
        publication: Publication,
    ) -> Result<u64> {
        restore(&messages.retained, &fresh.views)?;
        let rows = self.fold(&messages.files, &fresh.views).await?;
        let temporary = self.temporary()?;
        let slice = temporary.path().join("ledger.parquet");
        block_in_place(|| batch::slice_ledger(ledger, &Marks::new(), &publication.watermark, &slice))?;
        block_in_place(|| fresh.views.publish(&Publication { ledger: vec![slice], ..publication }))?;

        let master = self.lock().await?;
        self.publish(&master, &fresh.views).await?;
        follow(&master, &fresh.views)?;
        block_in_place(|| self.store.views.switch(fresh))?;
        Ok(rows)
    }

    /// What a rebuild cannot read is named, kept in quarantine as far as it is there, and put on record as damage.
    async fn go_on_without_what_is_lost(&self, master: &mut Master) -> Result<()> {
        master.refresh().await?;
        if !self.missing(&master.sealed().both())?.is_empty() {
            self.set_orphans_aside(master).await?;
        }
        let lost = block_in_place(|| master.lost_files())?;
        for batch::LostFile { path, from, to, problem } in &lost {
            tracing::error!(file = %path.display(), %from, %to, problem, "a file of the master dataset is lost; going on without it");
        }
        if !lost.is_empty() {
            master.give_up(&lost, &self.store.folder.quarantine("master")).await?;
        }
        Ok(())
    }

    async fn fold(&self, files: &[DataFile], views: &Views) -> Result<u64> {
        let total = files.len() as u64;
        let mut progress = Progress { done: 0, total };
        let mut rows = 0;
        for chunk in chunks(files) {
            self.store.views.report(progress);
            let temporary = self.temporary()?;
            let paths: Vec<_> = chunk.iter().map(|file| file.path.clone()).collect();
            let folded = self.plans.aggregate(paths, temporary.path()).await?;
            let publication = Publication {
                rollups: folded.rollups,
                services: vec![folded.services],
                ledger: Vec::new(),
                segments: Vec::new(),
                watermark: Marks::new(),
                versions: Versions { messages: -1, ledger: -1 },
            };
            block_in_place(|| views.publish(&publication))?;
            rows += folded.rows;
            progress.done += chunk.len() as u64;
        }
        self.store.views.report(progress);
        Ok(rows)
    }
}

/// What is left of messages that are in no file any more.
fn restore(retained: &Retained, views: &Views) -> Result<()> {
    for folder in &retained.folders {
        block_in_place(|| folder.check(&retained.floors))?;
        let publication = Publication {
            rollups: folder.rollups(&retained.floors),
            services: vec![folder.services()],
            ..Publication::default()
        };
        block_in_place(|| views.publish(&publication))?;
    }
    Ok(())
}

fn chunks(files: &[DataFile]) -> Vec<&[DataFile]> {
    let mut rows = 0;
    let mut first = true;
    files
        .chunk_by(|_, next| {
            if std::mem::take(&mut first) {
                rows = files.first().map_or(0, |file| file.rows);
            }
            rows += next.rows;
            let together = rows <= ROWS_MAX;
            if !together {
                rows = next.rows;
            }
            together
        })
        .collect()
}
