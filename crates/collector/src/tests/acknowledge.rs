//! Senders that ask for an answer, over real sockets: told once it is safe, recognised when they send again, also by the
//! next life.

use super::*;
use crate::DUPLICATE_WINDOW;
use journal::Durability;
use model::{Reason, Time};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// A message of sender `s` that asks.
fn asking(sequence: u64) -> String {
    message("a", sequence).replace("\"seq\"", "\"ack\":true,\"sender\":\"s\",\"seq\"")
}

fn client(collector: &Running) -> UdpSocket {
    patient(collector.sender())
}

fn patient(client: UdpSocket) -> UdpSocket {
    client.set_read_timeout(Some(Duration::from_millis(500))).expect("sets");
    client
}

/// The next answer; `None` when none comes.
fn answer(client: &UdpSocket) -> Option<Value> {
    let mut bytes = [0; 1000];
    let length = client.recv(&mut bytes).ok()?;
    Some(serde_json::from_slice(&bytes[..length]).expect("JSON"))
}

/// The next answer, sending until there is one, as a sender does.
fn ask(client: &UdpSocket, text: &str) -> Value {
    let answers = std::iter::repeat_with(|| {
        client.send(text.as_bytes()).expect("sends");
        answer(client)
    });
    answers.take(40).flatten().next().expect("an answer")
}

fn yes(sequence: u64) -> Value {
    json!({"ack": true, "sender": "s", "seq": sequence})
}

/// The folder as `kill -9` would leave it now.
fn killed(data: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let journal = settings(copy.path()).journal;
    std::fs::create_dir_all(&journal).expect("creates");
    for (_, path) in JournalFolder::new(settings(data).journal).segments().expect("lists") {
        std::fs::copy(&path, journal.join(path.file_name().expect("a name"))).expect("copies");
    }
    copy
}

#[test]
fn at_every_durability_who_asks_is_told_and_counted_once() {
    for durability in [Durability::Always, Durability::Interval(Duration::from_secs(60)), Durability::Never] {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings { durability, ..settings(temp.path()) };
        let collector = Running::start(settings.clone());
        let client = client(&collector);
        assert_eq!(ask(&client, &asking(1)), yes(1), "{durability:?}");
        let before = collector.handle.status();
        client.send(asking(1).as_bytes()).expect("sends");
        assert_eq!(answer(&client), Some(yes(1)), "{durability:?}: a resend is answered too");
        let after = collector.wait_for(before.received + 1);
        assert_eq!((after.accepted, after.duplicate), (1, before.duplicate + 1));
        collector.stop();
        assert_eq!(written(&settings.journal), [("a".to_owned(), 1)]);
        assert_eq!(ledger(&settings.journal).duplicate, after.duplicate);
    }
}

#[test]
fn who_does_not_ask_sees_no_difference() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let collector = Running::start(settings.clone());
    let client = client(&collector);
    let silent = [asking(1).replace("true", "false"), asking(1).replace("true", "null"), message("a", 1)];
    silent.iter().chain(&silent).for_each(|text| assert!(client.send(text.as_bytes()).is_ok()));
    let status = collector.wait_for(6);
    assert_eq!((status.accepted, status.duplicate, answer(&client)), (6, 0, None));
    assert_eq!(ask(&client, &asking(1)), yes(1));
    assert_eq!(collector.stop().accepted, 7);
}

#[test]
fn a_message_is_one_whichever_way_it_comes() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { receivers: 4, ..settings(temp.path()) };
    let collector = Running::start(settings.clone());
    let (sockets, messages) = (8, 300);
    std::thread::scope(|scope| {
        for _ in 0..sockets {
            let client = client(&collector);
            scope.spawn(move || {
                (0..messages).for_each(|sequence| {
                    client.send(asking(sequence).as_bytes()).expect("sends");
                    std::thread::sleep(Duration::from_micros(200));
                });
            });
        }
    });
    collector.wait_for(sockets * messages);
    let status = collector.stop();
    assert_eq!((status.accepted, status.duplicate), (messages, (sockets - 1) * messages));
    assert_eq!(written(&settings.journal).len() as u64, messages);
    let ledger = ledger(&settings.journal);
    assert_eq!((ledger.accepted, ledger.duplicate), (status.accepted, status.duplicate));
}

#[test]
fn who_is_refused_is_told_why_by_fewer_bytes_than_it_sent() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let collector = Running::start(settings(temp.path()));
    let client = client(&collector);
    let no = |reason: Reason| json!({"ack": false, "sender": "s", "seq": 1, "reason": reason.name()});
    let check = |from: &str, to: &str, expect: Option<Reason>| {
        let text = asking(1).replace(from, to);
        assert_ne!(text, asking(1), "{from}");
        client.send(text.as_bytes()).expect("sends");
        assert_eq!(answer(&client), expect.map(no), "{text}");
    };
    check("0.5", "37", Some(Reason::CpuAboveOne));
    check("\"CPU\":0.5,", "", Some(Reason::MissingField));
    check("0.5", "0.5,\"cpu\":0.5", Some(Reason::DuplicateKey));
    check("0.5", "0.5,,", None);
    check("\"sender\":\"s\",", "", None);
    check(",\"seq\":1", "", None);
    check("true", "1", None);
    check("\"s\"", "7", None);
    check("true", "true,\"ack\":true", None);
    client.send(br#"{"ack":true,"sender":"s","seq":1}"#).expect("sends");
    assert_eq!(answer(&client), None, "an answer would be larger");
    assert_eq!(ask(&client, &asking(1)), yes(1), "what was refused is not known");
    assert_eq!(collector.stop().accepted, 1);
}

#[test]
fn a_resend_that_would_be_refused_by_now_is_a_duplicate() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let collector = Running::start(settings(temp.path()));
    let client = client(&collector);
    assert_eq!(ask(&client, &asking(1)), yes(1));
    let late = asking(1).replace(&now_s().to_string()[..4], "1000");
    assert_eq!(ask(&client, &late), yes(1));
    let status = collector.stop();
    assert_eq!((status.accepted, status.rejected.len()), (1, 0));
}

#[test]
fn the_next_life_knows_what_the_one_before_took() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings_of = |data: &Path| Settings { segment_age: Duration::from_millis(100), ..settings(data) };
    let collector = Running::start(settings_of(temp.path()));
    let asked = client(&collector);
    let mut taken = BTreeSet::new();
    for sequence in [1, 2, 3, 70, 1_000_000] {
        assert_eq!(ask(&asked, &asking(sequence)), yes(sequence));
        taken.insert(sequence);
    }
    asked.send(message("a", 5).replace("\"seq\"", "\"sender\":\"s\",\"seq\"").as_bytes()).expect("sends");
    collector.wait_for(collector.handle.status().received.max(6));
    collector.handle.roll().expect("rolls");
    let copy = killed(temp.path());
    collector.stop();
    for data in [temp.path(), copy.path()] {
        let collector = Running::start(settings_of(data));
        let asked = client(&collector);
        for sequence in &taken {
            assert_eq!(ask(&asked, &asking(*sequence)), yes(*sequence));
        }
        assert_eq!(collector.handle.status().accepted, 0, "{}", data.display());
        assert_eq!(ask(&asked, &asking(5)), yes(5), "it did not ask the first time");
        let status = collector.stop();
        assert_eq!(status.accepted, 1);
        assert_eq!(ledger(&settings(data).journal).duplicate, status.duplicate + duplicates_before(data));
    }
}

#[test]
fn a_journal_that_goes_on_in_the_next_is_known_there() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let ended = JournalFolder::new(settings.journal.clone());
    for life in 0..3 {
        let collector = Running::start(settings.clone());
        let asked = client(&collector);
        for sequence in 0..=life {
            assert_eq!(ask(&asked, &asking(sequence)), yes(sequence));
        }
        assert_eq!(collector.stop().accepted, 1, "each life takes one more");
        let now = ended.writable().expect("reads");
        std::fs::write(now.end_mark(), "for a test").expect("writes");
    }
}

/// Of the lives before the last.
fn duplicates_before(data: &Path) -> u64 {
    let frames = frames(&settings(data).journal);
    let last = frames.iter().rposition(|(_, frame)| frame.kind == Kind::Start).expect("a start");
    let rows = frames[..last].iter().flat_map(|(_, frame)| &frame.ledger);
    rows.map(|row| if let LedgerRowKind::Counts(counts) = &row.kind { counts.duplicate } else { 0 }).sum()
}

#[test]
fn what_a_power_cut_took_is_new_when_it_comes_again() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let collector = Running::start(settings(temp.path()));
    let asked = client(&collector);
    assert_eq!(ask(&asked, &asking(1)), yes(1));
    let size = |data: &Path| {
        let path = JournalFolder::new(settings(data).journal).segments().expect("lists").pop().expect("a segment").1;
        (std::fs::metadata(&path).expect("exists").len(), path)
    };
    let (synced, _) = size(temp.path());
    asked.send(asking(2).as_bytes()).expect("sends");
    collector.wait_for(collector.handle.status().received.max(2));
    let copy = killed(temp.path());
    let (_, newest) = size(copy.path());
    // the second message and half of the third's frame were never synced
    std::fs::OpenOptions::new().write(true).open(&newest).and_then(|file| file.set_len(synced + 9)).expect("cuts");
    collector.stop();
    let collector = Running::start(settings(copy.path()));
    let asked = client(&collector);
    assert_eq!((ask(&asked, &asking(1)), ask(&asked, &asking(2))), (yes(1), yes(2)));
    collector.stop();
    assert_eq!(written(&settings(copy.path()).journal), [("a".to_owned(), 1), ("a".to_owned(), 2)]);
}

#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Relaxed))
    }
}

#[test]
fn behind_the_window_a_message_is_new() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let rules = model::Rules::default();
    let settings = Settings { rules, ..settings(temp.path()) };
    let clock = Arc::new(Hands(AtomicI64::new(SystemClock.now().as_micros())));
    let life = |after: Duration| {
        clock.0.fetch_add(after.as_micros() as i64, Relaxed);
        let collector = run(Collector::open(settings.clone(), clock.clone(), |_| 0).expect("opens"));
        assert_eq!(ask(&client(&collector), &asking(1)), yes(1));
        collector.stop().accepted
    };
    assert_eq!(life(Duration::ZERO), 1);
    assert_eq!(life(DUPLICATE_WINDOW - Duration::from_secs(60)), 0);
    assert_eq!(life(Duration::from_secs(120)), 1);
}

#[test]
fn an_answer_comes_from_where_the_question_went() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    for address in ["0.0.0.0:0", "[::]:0"] {
        let udp = address.parse().expect("an address");
        let collector = Running::start(Settings { udp, ..settings(&temp.path().join(address)) });
        // another address of this machine than the one a reply would leave from by itself
        let to = SocketAddr::from(([127, 0, 0, 9], collector.address.port()));
        let client = patient(UdpSocket::bind("127.0.0.1:0").expect("binds"));
        client.connect(to).expect("connects");
        assert_eq!(ask(&client, &asking(1)), yes(1), "{address}");
        collector.stop();
    }
}
