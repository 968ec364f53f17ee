//! A disk that is full for a while, and senders that wait to be told: what could not be written is not known when it
//! comes again.
//!
//! The limit on the size of files makes a write fail as a full disk does. It holds for the whole process, so this is the
//! only test in its file.

use collector::{Collector, Settings};
use journal::{JournalFolder, Read, SegmentReader};
use model::SystemClock;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const FULL_AT_BYTES: u64 = 40_000;
const MESSAGES: u64 = 2_000;

fn limit_files_to(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).expect("lowers its own limit");
}

fn send(client: &UdpSocket, sequence: u64) {
    let text = format!(
        r#"{{"serviceName":"a","Timestamp":1795219200,"CPU":0.5,"RAM":{{"Total":2,"Free":1}},"Disk":{{"Total":2,"Free":1}},"ack":true,"sender":"s","seq":{sequence}}}"#
    );
    client.send(text.as_bytes()).expect("sends");
    std::thread::sleep(Duration::from_micros(50));
}

/// Takes answers off the list until none comes for a while.
fn strike_off(client: &UdpSocket, unanswered: &mut BTreeSet<u64>) {
    let mut bytes = [0; 1000];
    while let Ok(length) = client.recv(&mut bytes) {
        let answer: serde_json::Value = serde_json::from_slice(&bytes[..length]).expect("JSON");
        assert_eq!(answer["ack"], true, "{answer}");
        unanswered.remove(&answer["seq"].as_u64().expect("a number"));
    }
}

#[test]
fn what_a_full_disk_shed_is_taken_when_it_comes_again() {
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
    let client = UdpSocket::bind("127.0.0.1:0").expect("binds");
    client.connect(address).expect("connects");
    client.set_read_timeout(Some(Duration::from_millis(500))).expect("sets");

    limit_files_to(Some(FULL_AT_BYTES));
    let mut unanswered: BTreeSet<u64> = (0..MESSAGES).collect();
    (0..MESSAGES).for_each(|sequence| send(&client, sequence));
    strike_off(&client, &mut unanswered);
    let full = handle.status();
    assert!(full.accepted > 0 && full.shed > 0 && full.received == MESSAGES, "{full:?}");
    // answers that did not fit into this client's buffer are lost too
    assert!(unanswered.len() as u64 >= full.shed, "{} wait, {} were shed", unanswered.len(), full.shed);
    limit_files_to(None);
    let start = Instant::now();
    while !unanswered.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "{} are not answered", unanswered.len());
        unanswered.iter().for_each(|sequence| send(&client, *sequence));
        strike_off(&client, &mut unanswered);
    }
    stop.send(()).expect("it runs");
    running.join().expect("no panic").expect("stops in order");

    let status = handle.status();
    assert_eq!((status.accepted, status.shed), (MESSAGES, full.shed));
    assert_eq!(status.received, MESSAGES + full.shed + status.duplicate);
    let mut written = Vec::new();
    for (_, path) in JournalFolder::new(settings.journal).segments().expect("lists") {
        let mut reader = SegmentReader::open(&path).expect("opens");
        while let Read::Frame(frame) = reader.next(true).expect("reads") {
            written.extend(frame.messages.iter().filter_map(|message| message.sequence));
        }
    }
    written.sort_unstable();
    assert_eq!(written, (0..MESSAGES as i64).collect::<Vec<_>>());
}
