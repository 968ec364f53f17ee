//! What the process does as long as it runs, beside taking messages in and answering: settle what the last life left,
//! keep the views, read the journals on, run what is due.

use crate::start;
use handover::{Quarantine, Store};
use model::Marks;
use scheduler::Scheduler;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::task::{block_in_place, spawn_blocking};
use tokio_util::sync::CancellationToken;
use web::Front;

/// How often the realtime views read on when nobody asks.
const FOLLOW_PAUSE: Duration = Duration::from_millis(50);
/// How often it is looked whether there are views.
const VIEWS_PAUSE: Duration = Duration::from_secs(2);
/// How long after a batch that the realtime views asked for they may ask for the next.
const EARLY_PAUSE: Duration = Duration::from_secs(10);

/// Builds views anew where there are none that can answer: at the start, and whenever damage is met in them.
pub(super) async fn keep_views(
    front: Arc<Front>,
    ready: CancellationToken,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let keep = async {
        ready.cancelled().await;
        loop {
            if let Some(rebuilt) = front.handover.rebuild_missing().await? {
                block_in_place(|| front.starts.update(|start| start.rebuilt_messages = Some(rebuilt.rows)));
            }
            tokio::time::sleep(VIEWS_PAUSE).await;
        }
    };
    stop.run_until_cancelled(keep).await.unwrap_or(Ok(()))
}

/// Runs what is due, from when the process is ready.
pub(super) async fn run_jobs(
    scheduler: Scheduler,
    ready: CancellationToken,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    if stop.run_until_cancelled(ready.cancelled()).await.is_some() {
        scheduler.run(stop.cancelled()).await;
    }
    Ok(())
}

/// Keeps the realtime views near the journals' ends, so that a question has little left to read. When they fill up they
/// do not wait until a batch is due.
pub(super) async fn follow(store: Arc<Store>, scheduler: Scheduler, stop: CancellationToken) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Handle::current();
    let reading = move || {
        let mut told = String::new();
        let mut asked: Option<Instant> = None;
        while !stop.is_cancelled() {
            let advanced = store.speed.advance(Instant::now() + Duration::from_secs(1));
            // whoever asks reads on too, and is told the same
            if let Some(error) = advanced.err().map(|error| error.to_string()).filter(|error| *error != told) {
                tracing::error!(error, "cannot read the journals on; trying again");
                told = error;
            }
            if store.speed.is_half_full() && asked.is_none_or(|asked| asked.elapsed() >= EARLY_PAUSE) {
                tracing::info!(cells = store.speed.cells(), "the realtime views fill up; running a batch early");
                asked = Some(Instant::now());
                let scheduler = scheduler.clone();
                // how it ends is in the history of jobs
                runtime.spawn(async move { drop(scheduler.run_now("batch").await) });
            }
            std::thread::sleep(FOLLOW_PAUSE);
        }
    };
    Ok(spawn_blocking(reading).await?)
}

/// Finishes what a former life left, waits for the realtime views, and then lets questions in.
pub(super) async fn recover(
    front: &Arc<Front>,
    first: &Marks,
    before: &Quarantine,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let prepared = match front.handover.prepare().await {
        Err(error) if error.is_of_another_format() => return Err(error.into()),
        prepared => prepared,
    };
    match &prepared {
        Ok(prepared) => start::report_reconciled(&prepared.reconciled),
        Err(error) => {
            tracing::error!(%error, "cannot settle what the last life left; jobs try again, and collecting and answers go on")
        }
    }
    loop {
        let store = front.store.clone();
        let reached = spawn_blocking(move || store.speed.advance(Instant::now() + Duration::from_secs(1))).await??;
        if reached || stop.is_cancelled() {
            break;
        }
        // no job runs yet, and nothing else makes room
        if front.store.speed.is_full() {
            front.handover.batch().await?;
        }
    }
    block_in_place(|| {
        front.starts.update(|start| {
            match &prepared {
                Ok(prepared) => start.prepared(prepared),
                Err(error) => start.reconciled.push(format!("not settled: {error}")),
            }
            start.quarantined = before.added();
            start.replayed(&front.store.speed.snapshot(), first);
            start.ready_after_ms = Some(front.started.elapsed().as_millis() as u64);
        });
    });
    front.store.speed.count_anew();
    front.ready.store(true, Ordering::Release);
    Ok(())
}
