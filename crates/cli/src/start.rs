//! What a process does first: it takes the journal and the port, and says and puts on record what it found of the lives
//! before.

use crate::config::Config;
use crate::{holder, tuning};
use batch::Master;
use collector::http::Requests;
use collector::{Collector, RecoveryReport};
use handover::starts::{JournalStart, Opened, Process};
use handover::{Quarantine, Reconciled, Start, Starts};
use model::{DataFolder, Marks, SystemClock, Time};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::block_in_place;

/// The journal that the collector writes.
pub(crate) const COLLECTOR: &str = "collector";
/// How long a collector waits for its journal, and how often it asks.
const JOURNAL_WAIT: Duration = Duration::from_secs(2);
const JOURNAL_PAUSE: Duration = Duration::from_millis(50);

/// The highest segment of each journal that anything but the journal itself has seen.
pub(crate) async fn floor(folder: &DataFolder) -> anyhow::Result<Marks> {
    match Master::open_existing(&folder.master()).await {
        Ok(master) => Ok(master.map(|master| master.sealed().either()).unwrap_or_default()),
        Err(error) if error.is_of_another_format() => Err(error.into()),
        // the numbers of the files themselves are enough as long as the newest one is there
        Err(error) => {
            tracing::error!(%error, "the master dataset cannot be asked which segments it holds; collecting goes on");
            Ok(Marks::new())
        }
    }
}

/// Takes port and journal; the kernel keeps messages from here on.
pub(crate) async fn open_collector(config: &Config) -> anyhow::Result<Collector> {
    let (floor, settings) = (floor_of(config).await?, tuning::collector(config)?);
    let mark = |journal| floor.get(&journal).copied().unwrap_or(0);
    let collector = once_free(|| Collector::open(settings.clone(), Arc::new(SystemClock), mark)).await?;
    report_recovery(&collector.handle().status().recovery);
    Ok(collector)
}

/// Takes the journal of requests, where there is one.
pub(crate) async fn open_requests(config: &Config) -> anyhow::Result<Requests> {
    let (floor, settings) = (floor_of(config).await?, tuning::collector(config)?.for_requests());
    let mark = |journal| floor.get(&journal).copied().unwrap_or(0);
    let body_bytes = usize::try_from(config.limits.ingest_body.get())?;
    once_free(|| Requests::open(settings.clone(), body_bytes, Arc::new(SystemClock), mark)).await
}

async fn floor_of(config: &Config) -> anyhow::Result<Marks> {
    holder::must_be_whole(&tuning::folder(config))?;
    floor(&tuning::folder(config)).await
}

/// A batch elsewhere that is just closing the journal of a dead writer is waited for.
async fn once_free<T>(open: impl Fn() -> collector::Result<T>) -> anyhow::Result<T> {
    let deadline = Instant::now() + JOURNAL_WAIT;
    loop {
        match open() {
            Err(collector::Error::Journal(journal::Error::InUse { .. })) if Instant::now() < deadline => {
                tokio::time::sleep(JOURNAL_PAUSE).await;
            }
            opened => return Ok(opened?),
        }
    }
}

fn report_recovery(recovery: &RecoveryReport) {
    let Some(gap) = recovery.gap else { return };
    let (clean, torn_bytes, quarantined) = (recovery.clean, recovery.torn_bytes, recovery.quarantined.len());
    if clean {
        tracing::info!(from = %gap.from, to = %gap.to, "nobody collected since the last life stopped");
    } else {
        tracing::warn!(from = %gap.from, to = %gap.to, torn_bytes, quarantined, "the last life ended uncleanly; what was accepted is kept, what arrived since is not known");
    }
}

/// What a writer of this process found in its journal.
pub(crate) type Found = (String, RecoveryReport);

pub(crate) fn found_by(collector: &Collector) -> Found {
    (COLLECTOR.to_owned(), collector.handle().status().recovery)
}

/// Puts a start on record, with what the writers of journals found. `before` was looked at when it began.
pub(crate) fn record(
    folder: &DataFolder,
    process: Process,
    (started, before): (Time, &Quarantine),
    found: impl IntoIterator<Item = Found>,
) -> Starts {
    let mut start = Start::new(process, env!("CARGO_PKG_VERSION"), started);
    for (journal, recovery) in found {
        let opened = Opened {
            clean: recovery.clean,
            last_sign: recovery.last_sign,
            gap_ms: recovery.last_sign.map_or(0, |last_sign| started.since(last_sign).as_millis() as u64),
            torn_bytes: recovery.torn_bytes,
        };
        start.journals.insert(journal, JournalStart { opened: Some(opened), replayed: None });
    }
    block_in_place(|| {
        start.quarantined = before.added();
        Starts::begin(folder, start)
    })
}

pub(crate) fn report_reconciled(found: &Reconciled) {
    let Reconciled { views, missing, files, set_aside, stopped } = found;
    if found.is_fine() {
        tracing::info!("journals, master dataset and views agree");
    } else {
        tracing::error!(
            views,
            ?missing,
            ?files,
            set_aside,
            stopped,
            "journals, master dataset and views do not agree; what can be kept is kept"
        );
    }
}
