//! The process that collects, runs the jobs and answers: its parts, the one list of its long-running tasks, and the
//! order in which they stop.

use crate::config::{Config, name};
use crate::holder::{self, Holder};
use crate::{tuning, work};
use anyhow::Context;
use batch::Master;
use collector::Collector;
use handover::{Access, Handover, Rolls, Store};
use journal::lock::Lock;
use model::{Clock, DataFolder, Marks, SystemClock};
use scheduler::Scheduler;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;
use web::Front;

/// How often the realtime views read on when nobody asks.
const FOLLOW_PAUSE: Duration = Duration::from_millis(50);
/// How long a collector waits for its journal.
const JOURNAL_WAIT: Duration = Duration::from_secs(2);
/// How long requests that are being answered may take at the end.
const FRONT_WAIT: Duration = Duration::from_secs(3);

/// A daemon that has its folder, its ports and its journal, and is not running yet.
#[derive(Debug)]
pub(crate) struct Daemon {
    collector: Option<Collector>,
    front: Arc<Front>,
    scheduler: Scheduler,
    listener: TcpListener,
    lock: Arc<Lock>,
    /// Where messages arrive; `None` where another process collects.
    pub(crate) udp: Option<SocketAddr>,
    pub(crate) http: SocketAddr,
}

/// A journal that the collector of this process writes.
#[derive(Debug)]
struct Own(collector::Handle);

impl Rolls for Own {
    fn roll(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.roll()?)
    }
}

/// The highest segment of each journal that anything but the journal itself has seen.
pub(crate) async fn floor(folder: &DataFolder) -> anyhow::Result<Marks> {
    let master = Master::open_existing(&folder.master()).await?;
    Ok(master.map(|master| master.sealed().either()).unwrap_or_default())
}

/// Takes port and journal; the kernel keeps messages from here on.
///
/// A batch elsewhere that is just closing the journal of a dead collector is waited for.
pub(crate) async fn open_collector(config: &Config) -> anyhow::Result<Collector> {
    let floor = floor(&tuning::folder(config)).await?;
    let mark = |journal| floor.get(&journal).copied().unwrap_or(0);
    let deadline = Instant::now() + JOURNAL_WAIT;
    loop {
        match Collector::open(tuning::collector(config)?, Arc::new(SystemClock), mark) {
            Err(collector::Error::Journal(journal::Error::InUse { .. })) if Instant::now() < deadline => {
                tokio::time::sleep(FOLLOW_PAUSE).await;
            }
            opened => {
                let collector = opened?;
                report_recovery(&collector.handle().status().recovery);
                return Ok(collector);
            }
        }
    }
}

fn report_recovery(recovery: &collector::RecoveryReport) {
    let Some(gap) = recovery.gap else { return };
    let (clean, torn_bytes, quarantined) = (recovery.clean, recovery.torn_bytes, recovery.quarantined.len());
    if clean {
        tracing::info!(from = %gap.from, to = %gap.to, "nobody collected since the last life stopped");
    } else {
        tracing::warn!(from = %gap.from, to = %gap.to, torn_bytes, quarantined, "the last life ended uncleanly; what was accepted is kept, what arrived since is not known");
    }
}

impl Daemon {
    pub(crate) async fn open(config: &Config, collects: bool) -> anyhow::Result<Daemon> {
        let folder = tuning::folder(config);
        let lock = holder::take_to_serve(&folder).await?;
        let listener = TcpListener::bind(config.http).await.with_context(|| {
            format!("cannot answer at {}; stop what listens there, or choose another address with --http", config.http)
        })?;
        let collector = if collects { Some(open_collector(config).await?) } else { None };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::open(folder, tuning::views(config), Access::Write)?;
        let handover = Arc::new(Handover::new(store.clone(), tuning::handover(config)?, clock.clone())?);
        let scheduler = work::scheduler(config, &handover, clock)?;
        let handle = collector.as_ref().map(Collector::handle);
        let own = handle.iter().map(|handle| Arc::new(Own(handle.clone())) as Arc<dyn Rolls>).collect();
        let (udp, http) = (collector.as_ref().map(Collector::local_addr), listener.local_addr()?);
        let front = Arc::new(Front {
            store,
            handover,
            scheduler: scheduler.clone(),
            collector: handle,
            own,
            wait: config.query.wait.get(),
            durability: if collects { name(config.journal.durability) } else { "collected elsewhere".to_owned() },
            version: env!("CARGO_PKG_VERSION"),
            started: Instant::now(),
            ready: AtomicBool::new(false),
            questions: Semaphore::new(web::front::QUESTIONS_MAX),
        });
        Ok(Daemon { collector, front, scheduler, listener, lock: Arc::new(lock), udp, http })
    }

    /// Runs until `shutdown`, or until a part of it cannot go on. Stops in order: the socket and its journal, the jobs,
    /// the front.
    pub(crate) async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Daemon { collector, front, scheduler, listener, lock, udp, http } = self;
        let [stop_intake, stop_jobs, stop_front] = [(); 3].map(|()| CancellationToken::new());
        let stopped = |token: &CancellationToken| token.clone().cancelled_owned();

        // every task that runs as long as the process does
        let intake = collector.map(|collector| {
            let stop = stopped(&stop_intake);
            tokio::spawn(async move { Ok(collector.run(stop).await?) })
        });
        let answering = {
            let (front, stop) = (front.clone(), stopped(&stop_front));
            tokio::spawn(async move { Ok(web::serve(front, listener, stop).await?) })
        };
        let following = follow(front.store.clone(), stop_jobs.clone());
        let jobs = {
            let (front, lock, stop) = (front.clone(), lock.clone(), stop_jobs.clone());
            tokio::spawn(async move {
                get_ready(&front, &lock, http, &stop).await?;
                tracing::info!(%http, udp = udp.map(tracing::field::display), "ready");
                // collecting goes on without views
                if let Err(error) = front.handover.rebuild_missing().await {
                    tracing::error!(%error, "the views cannot be rebuilt; the next batch tries again");
                }
                scheduler.run(stop.cancelled()).await;
                Ok(())
            })
        };

        let mut tasks = Tasks { intake, jobs: Some(jobs), following: Some(following), answering: Some(answering) };
        let ended = tokio::select! {
            () = shutdown => Ok(()),
            ended = tasks.first_end() => ended,
        };
        tracing::info!("stopping");
        stop_intake.cancel();
        let ended = ended.and(finish(tasks.intake.take()).await);
        stop_jobs.cancel();
        let ended = ended.and(finish(tasks.jobs.take()).await);
        let ended = ended.and(finish(tasks.following.take()).await);
        // nobody is sent here any more
        let ended = ended.and(lock.write("").map_err(Into::into));
        stop_front.cancel();
        // a client that reads a stream for ever does not keep the process
        match tokio::time::timeout(FRONT_WAIT, finish(tasks.answering.take())).await {
            Ok(answered) => ended.and(answered),
            Err(_) => ended,
        }
    }
}

type Task = JoinHandle<anyhow::Result<()>>;

/// The long-running tasks in the order in which they stop; a task that has been waited for is taken out.
struct Tasks {
    intake: Option<Task>,
    jobs: Option<Task>,
    following: Option<Task>,
    answering: Option<Task>,
}

impl Tasks {
    /// Waits for a task to end, which none does by itself while all is well.
    async fn first_end(&mut self) -> anyhow::Result<()> {
        let (name, ended) = tokio::select! {
            ended = end(&mut self.intake) => ("collecting", ended),
            ended = end(&mut self.jobs) => ("running jobs", ended),
            ended = end(&mut self.following) => ("reading the journals", ended),
            ended = end(&mut self.answering) => ("answering", ended),
        };
        ended.with_context(|| format!("{name} cannot go on"))?;
        anyhow::bail!("{name} ended by itself; report this with the log")
    }
}

async fn end(task: &mut Option<Task>) -> anyhow::Result<()> {
    match task {
        Some(running) => {
            let ended = running.await;
            *task = None;
            ended?
        }
        None => std::future::pending().await,
    }
}

async fn finish(task: Option<Task>) -> anyhow::Result<()> {
    match task {
        Some(task) => task.await?,
        None => Ok(()),
    }
}

/// Keeps the realtime views near the journals' ends, so that a question has little left to read.
fn follow(store: Arc<Store>, stop: CancellationToken) -> Task {
    spawn_blocking(move || {
        let mut told = String::new();
        while !stop.is_cancelled() {
            let advanced = store.speed.advance(Instant::now() + Duration::from_secs(1));
            // whoever asks reads on too, and is told the same
            if let Some(error) = advanced.err().map(|error| error.to_string()).filter(|error| *error != told) {
                tracing::error!(error, "cannot read the journals on; trying again");
                told = error;
            }
            std::thread::sleep(FOLLOW_PAUSE);
        }
        Ok(())
    })
}

/// Finishes what a former life left, waits for the realtime views, and then tells where this process answers.
async fn get_ready(front: &Arc<Front>, lock: &Lock, http: SocketAddr, stop: &CancellationToken) -> anyhow::Result<()> {
    front.handover.prepare().await?;
    loop {
        let store = front.store.clone();
        let reached = spawn_blocking(move || store.speed.advance(Instant::now() + Duration::from_secs(1))).await??;
        if reached || stop.is_cancelled() {
            break;
        }
    }
    front.ready.store(true, Ordering::Release);
    Holder::this(http).write(lock)
}

/// Resolves at the first SIGTERM or Ctrl-C; a second one ends the process where it stands.
pub(crate) fn shutdown() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupted = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let token = CancellationToken::new();
    let first = token.clone();
    tokio::spawn(async move {
        for forced in [false, true] {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
            if forced {
                tracing::warn!("a second signal: ending at once");
                std::process::exit(130);
            }
            first.cancel();
        }
    });
    Ok(token.cancelled_owned())
}
