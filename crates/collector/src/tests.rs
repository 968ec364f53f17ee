//! A collector as its senders and readers see it: real sockets on the way in, the journal's files on the way out.

use crate::{Collector, Handle, Result, Settings, Status};
use journal::frames::Kind;
use journal::{Frame, JournalFolder, Read, SegmentReader};
use model::{Clock, Counts, LedgerRow, LedgerRowKind, SystemClock};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

mod acknowledge;
mod http;
mod life;
mod limits;
mod receive;

/// A collector that runs on a thread of its own.
struct Running {
    handle: Handle,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: std::thread::JoinHandle<Result<()>>,
}

fn settings(data: &Path) -> Settings {
    Settings { udp: SocketAddr::from(([127, 0, 0, 1], 0)), receivers: 2, ..Settings::of(data) }
}

fn open(settings: Settings) -> Result<Collector> {
    Collector::open(settings, Arc::new(SystemClock), |_| 0)
}

fn run(collector: Collector) -> Running {
    let (handle, address) = (collector.handle(), collector.local_addr());
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(collector.run(async { stopped.await.expect("the test says when") }))
    });
    Running { handle, address, stop, thread }
}

impl Running {
    fn start(settings: Settings) -> Running {
        run(open(settings).expect("opens"))
    }

    /// Stops it and gives its last status.
    fn stop(self) -> Status {
        self.stop.send(()).expect("it runs");
        self.thread.join().expect("no panic").expect("stops in order");
        self.handle.status()
    }

    fn sender(&self) -> UdpSocket {
        let sender = UdpSocket::bind("127.0.0.1:0").expect("binds");
        sender.connect(self.address).expect("connects");
        sender
    }

    fn send(&self, datagrams: &[impl AsRef<[u8]>]) {
        let sender = self.sender();
        datagrams.iter().for_each(|datagram| assert!(sender.send(datagram.as_ref()).is_ok()));
    }

    /// The status once this many have been received.
    fn wait_for(&self, received: u64) -> Status {
        let start = Instant::now();
        loop {
            let status = self.handle.status();
            if status.received >= received || start.elapsed() > Duration::from_secs(20) {
                assert_eq!(status.received, received);
                return status;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn now_s() -> i64 {
    SystemClock.now().as_micros() / 1_000_000
}

fn message(service: &str, sequence: u64) -> String {
    let time = now_s();
    format!(
        r#"{{"serviceName":"{service}","Timestamp":{time},"CPU":0.5,"RAM":{{"Total":16,"Free":4}},"Disk":{{"Total":512,"Free":128}},"seq":{sequence}}}"#
    )
}

/// Every frame of a journal, with the number of its segment.
fn frames(folder: &Path) -> Vec<(u64, Frame)> {
    let mut frames = Vec::new();
    for (number, path) in JournalFolder::new(folder.to_owned()).segments().expect("lists") {
        let mut reader = SegmentReader::open(&path).expect("opens");
        loop {
            match reader.next(false).expect("reads") {
                Read::Frame(frame) => frames.push((number, frame)),
                Read::Damage(damage) => panic!("{damage:?}"),
                Read::End => break,
            }
        }
    }
    frames
}

fn rows(folder: &Path) -> Vec<LedgerRow> {
    frames(folder).into_iter().flat_map(|(_, frame)| frame.ledger).collect()
}

/// What the ledger on disk adds up to.
fn ledger(folder: &Path) -> Counts {
    let mut sum = Counts::default();
    for row in rows(folder) {
        if let LedgerRowKind::Counts(counts) = row.kind {
            sum.merge(&counts);
        }
    }
    sum
}

/// Service and sequence of every message on disk, sorted.
fn written(folder: &Path) -> Vec<(String, i64)> {
    let row = |message: model::Message<'_>| (message.service.to_owned(), message.sequence.unwrap_or(-1));
    let frames = frames(folder);
    let mut messages: Vec<_> = frames.iter().flat_map(|(_, frame)| frame.messages.iter().map(row)).collect();
    messages.sort();
    messages
}

fn kinds(folder: &Path) -> Vec<Kind> {
    frames(folder).into_iter().map(|(_, frame)| frame.kind).collect()
}
