//! Lives of a collector, one after the other, and two at a time.

use super::*;
use crate::Error;
use model::{TOLD_WITHIN, Time, TimeRange};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

fn gaps(folder: &Path) -> Vec<(TimeRange, bool)> {
    let gap = |row: LedgerRow| match row.kind {
        LedgerRowKind::Gap { clean } => Some((TimeRange::new(row.from, row.to).expect("not empty"), clean)),
        _ => None,
    };
    rows(folder).into_iter().filter_map(gap).collect()
}

#[test]
fn a_restart_says_how_long_nobody_listened() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let first = Running::start(settings.clone());
    assert_eq!(first.handle.status().recovery.gap, None);
    first.send(&[message("a", 1)]);
    first.wait_for(1);
    first.stop();
    assert_eq!(gaps(&settings.journal), []);

    let second = Running::start(settings.clone());
    let recovery = second.handle.status().recovery;
    assert!(recovery.clean && recovery.gap.is_some(), "{recovery:?}");
    second.send(&[message("a", 2)]);
    second.wait_for(1);
    let before_roll = SystemClock.now();
    second.handle.roll().expect("rolls");
    let after_roll = SystemClock.now();
    // as after a crash: the journal's end is torn off
    second.stop();
    let mut segments = JournalFolder::new(settings.journal.clone()).segments().expect("lists");
    let (empty, stop) = (segments.pop().expect("a segment").1, segments.pop().expect("a segment").1);
    std::fs::remove_file(empty).expect("removes");
    let length = std::fs::metadata(&stop).expect("exists").len();
    std::fs::OpenOptions::new().write(true).open(&stop).and_then(|file| file.set_len(length - 3)).expect("cuts");

    let third = Running::start(settings.clone());
    let recovery = third.handle.status().recovery;
    assert!(!recovery.clean && recovery.torn_bytes > 0, "{recovery:?}");
    third.stop();
    let gaps = gaps(&settings.journal);
    assert_eq!(gaps.iter().map(|(_, clean)| *clean).collect::<Vec<_>>(), [true, false]);
    assert_eq!(Some(gaps[1].0), recovery.gap);
    let span = before_roll.saturating_sub(TOLD_WITHIN)..after_roll.saturating_sub(TOLD_WITHIN);
    assert!(span.contains(&gaps[1].0.from), "what had not been told before the last sign is not known: {gaps:?}");
    assert_eq!(written(&settings.journal).len(), 2);
}

#[test]
fn a_roll_closes_what_was_sent_before() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    // frames would wait far longer than the test does
    let settings = Settings { frame_age: Duration::from_secs(3600), ..settings(temp.path()) };
    let collector = Running::start(settings.clone());
    let senders: Vec<_> = (0..8).map(|_| collector.sender()).collect();
    let mut sent = 0;
    for round in 0..5 {
        for sender in &senders {
            (0..100).for_each(|at| assert!(sender.send(message("a", round * 100 + at).as_bytes()).is_ok()));
            sent += 100;
        }
        collector.handle.roll().expect("rolls");
        let open = collector.handle.status().segment;
        let frames = frames(&settings.journal);
        let closed = frames.iter().filter(|(segment, _)| *segment < open);
        assert_eq!(closed.map(|(_, frame)| frame.messages.len()).sum::<usize>(), sent, "round {round}");
        assert_eq!(collector.handle.status().accepted, sent as u64);
    }
    let handle = collector.handle.clone();
    collector.stop();
    handle.roll().expect("after the end nothing is open");
}

#[test]
fn segments_roll_by_age_without_traffic() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { segment_age: Duration::from_millis(100), ..settings(temp.path()) };
    let collector = Running::start(settings.clone());
    let start = Instant::now();
    while collector.handle.status().segment == 1 && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(collector.stop().segment > 1);
}

#[test]
fn a_port_has_one_collector() {
    let (temp, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let first = Running::start(settings(temp.path()));
    let error = open(Settings { udp: first.address, ..settings(other.path()) }).expect_err("the port is taken");
    assert!(matches!(error, Error::PortInUse { address } if address == first.address), "{error}");
    assert!(!other.path().join("journal").exists(), "nothing is created");
    let error = open(settings(temp.path())).expect_err("the journal is taken");
    assert!(matches!(error, Error::Journal(journal::Error::InUse { .. })), "{error}");
    let address = first.address;
    first.stop();
    open(Settings { udp: address, ..settings(other.path()) }).expect("the port is free again");
}

#[test]
fn numbers_begin_above_the_floor() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let collector = Collector::open(settings(temp.path()), Arc::new(SystemClock), |_| 41).expect("opens");
    assert_eq!(run(collector).stop().segment, 42);
}

#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Relaxed))
    }
}

#[test]
fn a_clock_that_wakes_in_1970_costs_nothing_and_is_on_record() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    Running::start(settings.clone()).stop();
    let clock = Arc::new(TestClock(AtomicI64::new(5_000_000)));
    let collector = run(Collector::open(settings.clone(), clock.clone(), |_| 0).expect("opens"));
    collector.send(&[message("a", 1)]);
    collector.wait_for(1);
    assert_eq!(collector.handle.status().accepted, 1);
    assert!(collector.handle.status().recovery.gap.is_some());
    let right = SystemClock.now().saturating_add(Duration::from_secs(60));
    clock.0.store(right.as_micros(), Relaxed);
    let start = Instant::now();
    while gaps(&settings.journal).len() < 2 && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    collector.stop();
    let gaps = gaps(&settings.journal);
    assert_eq!((gaps.len(), gaps[1].0.to, gaps[1].1), (2, right, false));
}

#[test]
fn each_minute_has_a_sign_of_life() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let settings = settings(temp.path());
    let minute = |number: i64| Time::from_micros(1_795_219_200_000_000 + number * 60_000_000);
    let clock = Arc::new(TestClock(AtomicI64::new(minute(0).as_micros() + 7)));
    let collector = run(Collector::open(settings.clone(), clock.clone(), |_| 0).expect("opens"));
    clock.0.store(minute(1).as_micros(), Relaxed);
    let signs = || rows(&settings.journal).into_iter().map(|row| row.from).collect::<Vec<_>>();
    let start = Instant::now();
    while !signs().contains(&minute(1)) && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    collector.stop();
    assert_eq!(signs(), [minute(0), minute(1)]);
    assert_eq!(ledger(&settings.journal), Counts::default());
}
