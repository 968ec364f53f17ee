//! The process that collects, runs the jobs and answers: its parts, the one list of its long-running tasks, and the
//! order in which they stop.

mod duties;

use crate::config::{Config, name};
use crate::holder::{self, Holder};
use crate::postgres::Postgres;
use crate::supervise::Tasks;
use crate::{manager, start, tokens, tuning, work};
use anyhow::Context;
use collector::Collector;
use collector::http::Requests;
use handover::starts::Process;
use handover::{Access, Handover, Quarantine, Rolls};
use journal::lock::Lock;
use model::{Clock, Marks, SystemClock};
use scheduler::Scheduler;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;
use web::{Bodies, Front, PostgresServer, Questions, Server, Tails, TaskBoard};

/// How long requests that are being answered may take at the end.
const FRONT_WAIT: Duration = Duration::from_secs(3);

/// A daemon that has its folder, its ports and its journal, and is not running yet.
#[derive(Debug)]
pub(crate) struct Daemon {
    collector: Option<Collector>,
    requests: Requests,
    front: Arc<Front>,
    scheduler: Scheduler,
    server: Server,
    postgres: Option<PostgresServer>,
    lock: Arc<Lock>,
    before: Quarantine,
    /// Where messages arrive; `None` where another process collects.
    pub(crate) udp: Option<SocketAddr>,
    pub(crate) http: SocketAddr,
}

/// A journal that this process writes.
#[derive(Debug)]
enum Own {
    Collector(collector::Handle),
    Requests(collector::http::Handle),
}

impl Rolls for Own {
    fn roll(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Own::Collector(handle) => handle.roll()?,
            Own::Requests(handle) => handle.roll()?,
        }
        Ok(())
    }
}

impl Daemon {
    pub(crate) async fn open(config: &Config, collects: bool) -> anyhow::Result<Daemon> {
        let (folder, started, begun) = (tuning::folder(config), SystemClock.now(), Instant::now());
        let access = Arc::new(tokens::access(config)?);
        let lock = holder::take_to_serve(&folder).await?;
        let listener = TcpListener::bind(config.http).await.with_context(|| {
            format!("cannot answer at {}; stop what listens there, or choose another address with --http", config.http)
        })?;
        let postgres = Postgres::open(config).await?;
        let before = Quarantine::look(&folder);
        let collector = if collects { Some(start::open_collector(config).await?) } else { None };
        let requests = start::open_requests(config).await?;
        let journal = requests.handle().status().journal;
        let found = collector.iter().map(start::found_by);
        let found = found.chain(journal.map(|journal| (journal.source, journal.recovery)));
        let starts = Arc::new(start::record(&folder, Process::Serve, (started, &before), found));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = work::open_store(config, folder, Access::Write)?;
        let handover = Arc::new(Handover::new(store.clone(), tuning::handover(config)?, clock.clone())?);
        let scheduler = work::scheduler(config, &handover, clock)?;
        let sql = work::sql(&store, Access::Write, config, {
            let scheduler = scheduler.clone();
            move || Ok(scheduler.status())
        })?;
        let handle = collector.as_ref().map(Collector::handle);
        let own = handle.iter().cloned().map(Own::Collector).chain([Own::Requests(requests.handle())]);
        let own = own.map(|own| Arc::new(own) as Arc<dyn Rolls>).collect();
        let (udp, http) = (collector.as_ref().map(Collector::local_addr), listener.local_addr()?);
        let front = Arc::new(Front {
            store,
            sql,
            handover,
            scheduler: scheduler.clone(),
            collector: handle,
            requests: requests.handle(),
            own,
            wait: config.query.wait.get(),
            udp,
            durability: if collects { name(config.journal.durability) } else { "collected elsewhere".to_owned() },
            version: env!("CARGO_PKG_VERSION"),
            access,
            live: Arc::default(),
            tails: Tails::default(),
            starts,
            tasks: Arc::new(TaskBoard::default()),
            started: begun,
            ready: AtomicBool::new(false),
            questions: Questions::new(config.query.timeout.get()),
            bodies: Bodies::default(),
            postgres: postgres.as_ref().map(|postgres| postgres.listener.local_addr()).transpose()?,
            measures: Arc::default(),
        });
        let server = Server::new(front.clone(), listener);
        let postgres = postgres.map(|postgres| postgres.server(&front)).transpose()?;
        Ok(Daemon { collector, requests, front, scheduler, server, postgres, lock: Arc::new(lock), before, udp, http })
    }

    /// Runs until `shutdown`, or until a part of it cannot go on. Stops in order: the socket, the requests and their
    /// journals, the jobs, the front.
    pub(crate) async fn run(self, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
        let Daemon { collector, requests, front, scheduler, server, postgres, lock, before, udp, http } = self;
        let first = first_segments(&front);
        let mut tasks = Tasks::new(front.tasks.clone());
        let ready = CancellationToken::new();

        // every task that runs as long as the process does, and what its death means
        if let Some(collector) = collector {
            // what it held is not known then, and to open the journal again is what a start is for
            tasks.once("collecting", |stop| async move {
                collector.run(stop.clone().cancelled_owned()).await?;
                anyhow::ensure!(stop.is_cancelled(), "it ended by itself; report this with the log");
                Ok(())
            });
        }
        tasks.once("taking requests", |stop| async move {
            requests.run(stop.clone().cancelled_owned()).await?;
            anyhow::ensure!(stop.is_cancelled(), "it ended by itself; report this with the log");
            Ok(())
        });
        // a folder that cannot be used is told to who starts the process
        tasks.once("recovering", |stop| {
            let (front, lock, ready) = (front.clone(), lock.clone(), ready.clone());
            async move {
                duties::recover(&front, &first, &before, &stop).await?;
                if !stop.is_cancelled() {
                    Holder::this(http).write(&lock)?;
                    let (udp, postgres) =
                        (udp.map(tracing::field::display), front.postgres.map(tracing::field::display));
                    tracing::info!(%http, udp, postgres, "ready");
                    manager::tell(manager::READY);
                    ready.cancel();
                }
                Ok(())
            }
        });
        tasks.again("keeping the views", {
            let (front, ready) = (front.clone(), ready.clone());
            move |stop| duties::keep_views(front.clone(), ready.clone(), stop)
        });
        tasks.again("reading the journals", {
            let (store, scheduler) = (front.store.clone(), scheduler.clone());
            move |stop| duties::follow(store.clone(), scheduler.clone(), stop)
        });
        tasks.again("running jobs", move |stop| duties::run_jobs(scheduler.clone(), ready.clone(), stop));
        let server = Arc::new(server);
        tasks.again("answering", move |stop| {
            let server = server.clone();
            async move { Ok(server.run(stop).await?) }
        });
        if let Some(postgres) = postgres {
            let postgres = Arc::new(postgres);
            tasks.again("answering PostgreSQL", move |stop| {
                let postgres = postgres.clone();
                async move { Ok(postgres.run(stop).await?) }
            });
        }

        let ended = tokio::select! {
            () = shutdown => Ok(()),
            ended = tasks.fatal() => ended,
        };
        tracing::info!("stopping");
        manager::tell(manager::STOPPING);
        for task in
            ["collecting", "taking requests", "recovering", "keeping the views", "running jobs", "reading the journals"]
        {
            tasks.stop(task).await;
        }
        // nobody is sent here any more
        let ended = ended.and(lock.write("").map_err(Into::into));
        // a client that reads a stream for ever does not keep the process
        drop(tokio::time::timeout(FRONT_WAIT, tasks.stop_together(&["answering", "answering PostgreSQL"])).await);
        let ended = ended.and(tasks.failure());
        if ended.is_ok() {
            block_in_place(|| front.starts.update(|start| start.stopped = Some(SystemClock.now())));
        }
        ended
    }
}

/// The first segment that this life writes of each journal.
fn first_segments(front: &Front) -> Marks {
    let collected = front.collector.as_ref().map(|handle| handle.status());
    let collected = collected.map(|status| (status.journal, status.segment));
    let requested = front.requests.status().journal.map(|journal| (journal.id, journal.first));
    collected.into_iter().chain(requested).collect()
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
