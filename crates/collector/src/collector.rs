//! A collector's life: take the port, open the journal, receive until told to stop, drain, close.

use crate::acknowledge::Answers;
use crate::admission::{Admission, Gate};
use crate::drops::{Drops, Queue};
use crate::error::{Error, Result};
use crate::intake::Intake;
use crate::keeper::Keeper;
use crate::recall::FormerLives;
use crate::receiver::{Command, Receiver};
use crate::rejects::Rejects;
use crate::road::Road;
use crate::services::Services;
use crate::settings::Settings;
use crate::socket::{Port, Replies};
use crate::status::{RecoveryReport, Status};
use crate::tally::{Tally, gap};
use journal::frames::Kind;
use journal::{Frame, JournalFolder, Writer};
use model::{Clock, Counts, Granularity, JournalId, LedgerRow, Time};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, mpsc};
use tokio::sync::{mpsc::UnboundedSender, mpsc::unbounded_channel, oneshot};
use tokio::task::{JoinError, JoinSet};

/// A collector that has its port and its journal and is ready to run.
#[derive(Debug)]
pub struct Collector {
    handle: Handle,
    address: SocketAddr,
    receivers: Vec<Receiver>,
    keeper: Keeper,
}

/// What others ask of a collector; it stays usable after the collector's end.
#[derive(Clone, Debug)]
pub struct Handle {
    intake: Arc<Intake>,
    commands: Arc<[UnboundedSender<Command>]>,
    receive_buffer_bytes: usize,
    recovery: Arc<RecoveryReport>,
    queue: Queue,
}

impl Collector {
    /// Takes the port, which nobody else may listen on, then the journal, and recovers what a former life left.
    ///
    /// `floor` tells the highest segment number of the journal that anything else has seen. Datagrams are kept by the
    /// kernel from here on.
    pub fn open(settings: Settings, clock: Arc<dyn Clock>, floor: impl FnOnce(JournalId) -> u64) -> Result<Collector> {
        let mut port = Port::take(settings.udp, settings.receive_buffer_bytes)?;
        let folder = JournalFolder::new(settings.journal.clone()).writable()?;
        let now = clock.now();
        let (mut writer, recovery) = Writer::open(&folder, settings.writer_options(&folder), floor, now)?;
        let report = RecoveryReport::of(&recovery, now);
        writer.append(&start(&folder.name(), now, &report))?;
        port.share(settings.receivers)?;
        let listen = |source| Error::Listen { address: port.address, source };
        let replies = port.sockets[0].try_clone().and_then(Replies::through).map_err(listen)?;
        let answers = Answers::new(Some(replies), FormerLives { before: writer.segment(), folder: folder.clone() });
        let intake = Arc::new(Intake::new(folder.name(), clock, writer, settings.durability, answers));
        let rejects = Arc::new(Rejects::new(&settings.rejects_dir, &folder.name(), settings.rejects));
        let services = Services::open(&settings.journal, settings.services_max);
        let gate = Arc::new(Gate::new(&settings, services, recovery.last_sign));
        let (mut receivers, mut commands) = (Vec::new(), Vec::new());
        for socket in clones(&port)? {
            let (sender, receiver) = unbounded_channel();
            commands.push(sender);
            receivers.push(Receiver {
                road: Road::new(intake.clone(), rejects.clone(), Admission::new(gate.clone()), settings.frame_age),
                socket,
                receive_buffer_bytes: port.receive_buffer_bytes,
                frame_messages: settings.frame_messages,
                commands: receiver,
            });
        }
        let (address, receive_buffer_bytes) = (port.address, port.receive_buffer_bytes);
        let drops = Drops::of(port.sockets).map_err(|source| Error::Listen { address, source })?;
        let queue = drops.queue();
        let behind = recovery.last_sign.filter(|last_sign| now < *last_sign);
        let keeper = Keeper::new(intake.clone(), drops, settings.durability, Granularity::Minute.floor(now), behind);
        let handle =
            Handle { intake, commands: commands.into(), receive_buffer_bytes, recovery: Arc::new(report), queue };
        Ok(Collector { handle, address, receivers, keeper })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Receives until `shutdown`, then puts what the sockets still hold into the journal and closes it.
    ///
    /// Fails when the journal refuses, which a failed sync makes it do; the process then has to end.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        // also where this future is dropped, the threads end
        let stopping = Stopping(self.handle.commands.clone());
        let mut receivers = JoinSet::new();
        for (number, receiver) in self.receivers.into_iter().enumerate() {
            receivers.spawn(on_thread(format!("receiver-{number}"), move || receiver.run())?);
        }
        let (stop_keeper, stopped) = mpsc::channel();
        let mut keeper = tokio::spawn(on_thread("keeper".to_owned(), move || self.keeper.run(&stopped))?);
        let (mut kept, mut untold) = (None, Tally::default());
        let mut take = |ended: Result<Result<Tally>, JoinError>| flat(ended).map(|tally| untold.merge(tally));
        let mut outcome = tokio::select! {
            () = shutdown => Ok(()),
            Some(ended) = receivers.join_next() => take(ended),
            ended = &mut keeper => {
                kept = Some(ended);
                Ok(())
            }
        };
        drop(stopping);
        while let Some(ended) = receivers.join_next().await {
            outcome = outcome.and(take(ended));
        }
        drop(stop_keeper);
        let kept = match kept {
            Some(ended) => ended,
            None => keeper.await,
        };
        outcome.and(take(kept))?;
        let intake = self.handle.intake;
        flat(tokio::task::spawn_blocking(move || intake.stop(&untold)).await)
    }
}

/// The first frame of a life: when nobody was listening, and a sign of life.
fn start(source: &str, now: Time, report: &RecoveryReport) -> Frame {
    let gap = report.gap.map(|range| gap(source, range, report.clean));
    let sign = LedgerRow::counts(source, Granularity::Minute.floor(now), Counts::default());
    Frame { ledger: gap.into_iter().chain([sign]).collect(), ..Frame::empty(Kind::Start, now) }
}

/// The sockets once more: each stays open, and its drops can be read, for as long as anything uses it.
fn clones(port: &Port) -> Result<Vec<UdpSocket>> {
    let clones = port.sockets.iter().map(UdpSocket::try_clone).collect::<Result<_, _>>();
    clones.map_err(|source| Error::Listen { address: port.address, source })
}

impl Handle {
    pub fn status(&self) -> Status {
        let segment = self.intake.segment();
        let totals = self.intake.totals().clone();
        Status {
            source: self.intake.source.clone(),
            received: totals.counts.received(),
            accepted: totals.counts.accepted,
            duplicate: totals.counts.duplicate,
            shed: totals.counts.shed,
            shedding: self.intake.shedding(),
            kernel_dropped: totals.counts.kernel_dropped,
            rejected: totals.counts.rejected,
            in_flight: totals.in_flight,
            receive_buffer_bytes: self.receive_buffer_bytes,
            journal: self.intake.journal,
            segment,
            recovery: RecoveryReport::clone(&self.recovery),
        }
    }

    /// Bytes that wait in the sockets' buffers, as the kernel counts them; `None`: not known, or nobody listens any more.
    pub fn queued_bytes(&self) -> Option<u64> {
        self.queue.bytes()
    }

    /// Closes the journal's segment: when this returns, everything that had reached a socket before the call is in a
    /// closed segment. Blocks, also until the collector runs.
    pub fn roll(&self) -> Result<()> {
        let flush = |commands: &UnboundedSender<Command>| {
            let (done, flushed) = mpsc::sync_channel(1);
            commands.send(Command::Flush(done)).ok().map(|()| flushed)
        };
        let flushes: Vec<_> = self.commands.iter().filter_map(flush).collect();
        for flushed in flushes {
            // a receiver that is gone has put everything into the journal before
            let _ = flushed.recv();
        }
        self.intake.roll()
    }
}

/// Tells the receivers to stop when it is dropped.
struct Stopping(Arc<[UnboundedSender<Command>]>);

impl Drop for Stopping {
    fn drop(&mut self) {
        for commands in self.0.iter() {
            let _ = commands.send(Command::Stop);
        }
    }
}

/// Starts a thread; the future is its outcome.
fn on_thread<T: Send + 'static>(
    name: String,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<impl Future<Output = Result<T>>> {
    let (ended, outcome) = oneshot::channel();
    let run = move || drop(ended.send(work()));
    let thread = std::thread::Builder::new().name(name.clone()).spawn(run);
    thread.map_err(|source| Error::Thread { name: name.clone(), source })?;
    Ok(async move { outcome.await.unwrap_or(Err(Error::Died { name })) })
}

fn flat<T>(ended: Result<Result<T>, JoinError>) -> Result<T> {
    ended.unwrap_or_else(|_| Err(Error::Died { name: "collector".to_owned() }))
}
