//! A disk that is full for a while: messages are shed and counted, and collecting goes on by itself.
//!
//! The limit on the size of files makes a write fail as a full disk does. It holds for the whole process, so this is the
//! only test in its file.

use collector::{Collector, Handle, Settings};
use journal::{JournalFolder, Read, SegmentReader};
use model::{Counts, LedgerRowKind, SystemClock};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const FULL_AT_BYTES: u64 = 40_000;

fn limit_files_to(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).expect("lowers its own limit");
}

fn send(address: SocketAddr, count: u64) {
    let sender = UdpSocket::bind("127.0.0.1:0").expect("binds");
    for at in 0..count {
        let text = format!(
            r#"{{"serviceName":"service-{at}","Timestamp":1795219200,"CPU":0.5,"RAM":{{"Total":2,"Free":1}},"Disk":{{"Total":2,"Free":1}}}}"#
        );
        sender.send_to(text.as_bytes(), address).expect("sends");
        std::thread::sleep(Duration::from_micros(50));
    }
}

fn wait_for(handle: &Handle, received: u64) {
    let start = Instant::now();
    while handle.status().received < received && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Messages on disk, and what their ledger adds up to.
fn on_disk(folder: &Path) -> (u64, Counts) {
    let (mut messages, mut counts) = (0, Counts::default());
    for (_, path) in JournalFolder::new(folder.to_owned()).segments().expect("lists") {
        let mut reader = SegmentReader::open(&path).expect("opens");
        while let Read::Frame(frame) = reader.next(true).expect("reads") {
            messages += frame.messages.len() as u64;
            for row in frame.ledger {
                if let LedgerRowKind::Counts(row) = row.kind {
                    counts.merge(&row);
                }
            }
        }
    }
    (messages, counts)
}

#[test]
fn a_full_disk_sheds_counts_and_recovers() {
    // without a handler the signal that comes with the failed write ends the process
    signal_hook::flag::register(25, Arc::new(AtomicBool::new(false))).expect("handles SIGXFSZ");
    let temp = tempfile::tempdir().expect("a temporary folder");
    let rules = model::Rules::default();
    let settings =
        Settings { udp: SocketAddr::from(([127, 0, 0, 1], 0)), receivers: 2, rules, ..Settings::of(temp.path()) };
    let collector = Collector::open(settings.clone(), Arc::new(SystemClock), |_| 0).expect("opens");
    let (handle, address) = (collector.handle(), collector.local_addr());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(collector.run(async { stopped.await.expect("the test says when") }))
    });

    limit_files_to(Some(FULL_AT_BYTES));
    send(address, 2_000);
    wait_for(&handle, 2_000);
    let full = handle.status();
    assert!(full.accepted > 0 && full.shed > 0 && full.received == 2_000, "{full:?}");
    limit_files_to(None);
    send(address, 500);
    wait_for(&handle, 2_500);
    stop.send(()).expect("it runs");
    running.join().expect("no panic").expect("stops in order");

    let status = handle.status();
    assert_eq!((status.received, status.shed, status.accepted), (2_500, full.shed, full.accepted + 500));
    let (messages, counts) = on_disk(&settings.journal);
    assert_eq!(messages, status.accepted);
    assert_eq!((counts.accepted, counts.shed, counts.received()), (status.accepted, status.shed, status.received));
}
