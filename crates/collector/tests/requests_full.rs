//! A disk that is full for a while, and requests: each is taken as a whole or told that it was not, and nothing that could
//! not be written is counted as accepted.
//!
//! The limit on the size of files makes a write fail as a full disk does. It holds for the whole process, so this is the
//! only test in its file.

use collector::Settings;
use collector::http::{Answer, Form, Handle, Requests, Untaken};
use journal::{JournalFolder, Read, SegmentReader};
use model::{Counts, LedgerRowKind, SystemClock};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const FULL_AT_BYTES: u64 = 40_000;
const MESSAGES: u64 = 50;

fn limit_files_to(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).expect("lowers its own limit");
}

/// Fifty messages, and one that is none.
async fn post(handle: &Handle, request: u64) -> Result<Answer, Untaken> {
    let message = |at: u64| {
        let sequence = request * MESSAGES + at;
        format!(
            r#"{{"serviceName":"service-{at}","Timestamp":1795219200,"CPU":0.5,"RAM":{{"Total":2,"Free":1}},"Disk":{{"Total":2,"Free":1}},"seq":{sequence}}}"#
        )
    };
    let lines: Vec<String> = (0..MESSAGES).map(message).chain(["none".to_owned()]).collect();
    let mut body = handle.body();
    body.push(lines.join("\n").as_bytes()).expect("there is room");
    handle.take(body, Form::Lines, "127.0.0.1:9".parse().expect("an address")).await
}

/// Sequences of the messages on disk, and what their ledger adds up to.
fn on_disk(folder: &Path) -> (Vec<i64>, Counts) {
    let (mut sequences, mut counts) = (Vec::new(), Counts::default());
    for (_, path) in JournalFolder::new(folder.to_owned()).segments().expect("lists") {
        let mut reader = SegmentReader::open(&path).expect("opens");
        while let Read::Frame(frame) = reader.next(true).expect("reads") {
            sequences.extend(frame.messages.iter().filter_map(|message| message.sequence));
            for row in frame.ledger {
                if let LedgerRowKind::Counts(row) = row.kind {
                    counts.merge(&row);
                }
            }
        }
    }
    (sequences, counts)
}

#[tokio::test]
async fn a_full_disk_takes_requests_as_a_whole_or_not_at_all() {
    // without a handler the signal that comes with the failed write ends the process
    signal_hook::flag::register(25, Arc::new(AtomicBool::new(false))).expect("handles SIGXFSZ");
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { rules: model::Rules::default(), ..Settings::of(temp.path()) }.for_requests();
    let requests = Requests::open(settings.clone(), 1 << 20, Arc::new(SystemClock), |_| 0).expect("opens");
    let handle = requests.handle();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(requests.run(async { stopped.await.expect("the test says when") }));

    limit_files_to(Some(FULL_AT_BYTES));
    let (mut taken, mut turned_away) = (Vec::new(), Vec::new());
    for request in 0..30 {
        match post(&handle, request).await {
            Ok(answer) => {
                assert_eq!((answer.accepted, answer.rejected.len()), (MESSAGES, 1));
                taken.push(request);
            }
            Err(Untaken::Shedding(why)) => {
                assert!(why.reason.contains("too large"), "{why:?}");
                turned_away.push(request);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(!taken.is_empty() && !turned_away.is_empty(), "{taken:?} {turned_away:?}");
    assert!(handle.status().shedding.is_some());
    limit_files_to(None);
    for request in &turned_away {
        assert_eq!(post(&handle, *request).await.expect("there is room").accepted, MESSAGES);
    }
    stop.send(()).expect("it runs");
    running.await.expect("no panic").expect("stops in order");

    let (mut sequences, counts) = on_disk(&settings.journal);
    sequences.sort_unstable();
    assert_eq!(sequences, (0..30 * MESSAGES as i64).collect::<Vec<_>>(), "each once");
    let lost = turned_away.len() as u64;
    assert_eq!((counts.accepted, counts.shed), (30 * MESSAGES, lost * MESSAGES));
    assert_eq!((counts.rejected_total(), counts.received()), (30 + lost, (30 + lost) * (MESSAGES + 1)));
    assert_eq!(handle.status().counts, counts);
}
