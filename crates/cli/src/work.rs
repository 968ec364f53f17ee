//! The jobs of a data folder: what the scheduler runs, in a daemon or for one command.

use crate::config::Config;
use crate::exit::Ending;
use crate::holder::{self, Holder, Taken};
use crate::tuning;
use anyhow::Context;
use handover::{Access, Handover, Outcome, Probe, Store};
use journal::lock::Lock;
use model::{Clock, DataFolder, SystemClock};
use query::sql::Sql;
use scheduler::{History, Job, JobStatus, Run, Scheduler};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

/// The jobs that write the master dataset exclude each other.
const MASTER: &str = "master";

/// All jobs of a data folder.
pub(crate) fn scheduler(config: &Config, handover: &Arc<Handover>, clock: Arc<dyn Clock>) -> anyhow::Result<Scheduler> {
    let schedules = tuning::schedules(config)?.into_iter();
    let jobs = schedules.map(|(name, schedule)| {
        let handover = handover.clone();
        let called = name.clone();
        let work = move || {
            let (handover, called) = (handover.clone(), called.clone());
            async move {
                done(match called.as_str() {
                    "compact" => handover.compact().await,
                    tuning::RETENTION => handover.retain().await,
                    _ => handover.batch().await,
                })
            }
        };
        Job::new(name, schedule, work).in_group(MASTER)
    });
    let history = History::open(&tuning::folder(config).job_history())?;
    Ok(Scheduler::new(jobs.collect(), history, clock)?)
}

fn done(outcome: handover::Result<Outcome>) -> Result<scheduler::Outcome, String> {
    let outcome = outcome.map_err(|error| error.to_string())?;
    Ok(scheduler::Outcome {
        rows: outcome.rows,
        segments: outcome.segments,
        expired: outcome.expired + outcome.removed,
    })
}

/// A data folder that this process holds alone, without a daemon.
#[derive(Debug)]
pub(crate) struct Workshop {
    pub(crate) handover: Arc<Handover>,
    scheduler: Scheduler,
    _lock: Lock,
}

/// The folder to work on, or who serves it.
#[derive(Debug)]
pub(crate) enum Place {
    Here(Workshop),
    Served(Holder),
}

impl Workshop {
    pub(crate) async fn open(config: &Config, folder: DataFolder) -> anyhow::Result<Place> {
        let lock = match holder::take(&folder, true).await? {
            Taken::Lock(lock) => lock,
            Taken::Served(holder) => return Ok(Place::Served(holder)),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = open_store(config, folder, Access::Write)?;
        let handover = Arc::new(Handover::new(store, tuning::handover(config)?, clock.clone())?);
        handover.prepare().await?;
        let scheduler = scheduler(config, &handover, clock)?;
        Ok(Place::Here(Workshop { handover, scheduler, _lock: lock }))
    }

    /// Runs a job as `vitals jobs run` does: what was accepted before the call is in what a batch sees.
    pub(crate) async fn run(&self, name: &str) -> anyhow::Result<Run> {
        if name == "batch" {
            self.handover.close_segments(&[]).await?;
        }
        self.scheduler.run_now(name).await.map_err(|error| match error {
            scheduler::Error::UnknownJob { .. } => Ending::usage(error).into(),
            error => error.into(),
        })
    }
}

/// Opens a folder whose lock this process holds. What DuckDB makes of the views is found out in another process first.
pub(crate) fn open_store(config: &Config, folder: DataFolder, access: Access) -> anyhow::Result<Arc<Store>> {
    let program = std::env::current_exe()?;
    Probe { program: &program, arguments: &["probe".as_ref()] }.run(&folder, access)?;
    Ok(Store::open(folder, tuning::views(config), access)?)
}

/// How the jobs of a folder stand that nobody serves.
pub(crate) fn jobs_at_rest(config: &Config) -> anyhow::Result<Vec<JobStatus>> {
    let runs = History::read(&tuning::folder(config).job_history())?;
    Ok(scheduler::jobs_at_rest(&tuning::schedules(config)?, &runs, SystemClock.now()))
}

/// SQL over a store; `jobs` says how they stand.
pub(crate) fn sql(
    store: &Arc<Store>,
    access: Access,
    config: &Config,
    jobs: impl Fn() -> anyhow::Result<Vec<JobStatus>> + Send + Sync + 'static,
) -> anyhow::Result<Arc<Sql>> {
    let spill = match access {
        Access::Write => emptied(store.folder.spill())?,
        // who only reads writes nothing into the folder
        Access::Read => std::env::temp_dir(),
    };
    let lists = web::tables::lists(&store.folder, jobs);
    Ok(Sql::new(store.clone(), tuning::sql(config, spill)?, lists)?)
}

/// A folder without what a process that was killed left there.
fn emptied(folder: PathBuf) -> anyhow::Result<PathBuf> {
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot empty {}", folder.display()))
        }
        _ => Ok(folder),
    }
}

/// Waits for work on a runtime that jobs can use.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
