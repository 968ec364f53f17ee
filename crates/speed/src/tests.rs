//! Realtime views against a plain fold of what was appended.

use super::*;
use journal::frames::Kind;
use journal::{Durability, Frame, Writer, WriterOptions};
use model::{Counts, Granularity, HealthRollup, LedgerRow, LedgerRowKind, Message, Time, TimeRange};
use std::fs;
use std::path::Path;

fn at(second: i64) -> Time {
    Time::from_micros(1_795_219_200_000_000 + second * 1_000_000)
}

fn writer(root: &Path, name: &str) -> Writer {
    let folder = JournalFolder::new(root.join(name));
    let options = WriterOptions {
        durability: Durability::Never,
        segment_bytes: u64::MAX,
        segment_age: Duration::from_secs(3600),
        quarantine: root.join("quarantine").join(name),
    };
    Writer::open(&folder, options, |_| 0, at(0)).expect("opens").0
}

fn message(service: &str, second: i64) -> Message<'_> {
    Message {
        service,
        instance: None,
        time: at(second),
        received: at(second),
        cpu: (second % 10) as f64 / 10.0,
        ram_total: 16.0,
        ram_free: 8.0,
        disk_total: 4.0,
        disk_free: 1.0,
        sender: None,
        sequence: None,
        extra: None,
    }
}

fn frame(seconds: &[i64]) -> Frame {
    let mut frame = Frame::empty(Kind::Batch, at(0));
    for second in seconds {
        frame.messages.push(&message(if second % 2 == 0 { "even" } else { "odd" }, *second));
    }
    let counts = Counts { accepted: seconds.len() as u64, ..Counts::default() };
    frame.ledger.push(LedgerRow::counts("collector", at(0), counts));
    frame
}

type Folded = BTreeMap<(String, Time), HealthRollup>;

fn plain(seconds: &[i64]) -> Folded {
    let mut cells = Folded::new();
    for second in seconds {
        let message = message(if second % 2 == 0 { "even" } else { "odd" }, *second);
        let minute = Granularity::Minute.floor(message.time);
        cells.entry((message.service.to_owned(), minute)).or_default().add(message.health(), message.time);
    }
    cells
}

fn everything() -> TimeRange {
    TimeRange::new(Time::MIN, Time::MAX).expect("it has a length")
}

fn folded(snapshot: &Snapshot, watermark: &Marks) -> Folded {
    let mut cells = Folded::new();
    for (_, generation) in snapshot.above(watermark) {
        for (service, minute, rollup) in generation.rollups(&everything(), |_| true) {
            cells.entry((service.to_owned(), minute)).or_default().merge(rollup);
        }
    }
    cells
}

fn read(speed: &Speed) -> Snapshot {
    assert!(speed.advance(Instant::now() + Duration::from_secs(60)).expect("reads"));
    speed.snapshot()
}

fn in_folder(test: impl FnOnce(&Path)) {
    let temp = tempfile::tempdir().expect("a temporary folder");
    test(&temp.path().join("journal"));
}

#[test]
fn everything_appended_is_in_the_next_snapshot() {
    in_folder(|root| {
        let speed = Speed::new(root.to_owned(), Marks::new());
        assert!(read(&speed).journals.is_empty());
        let (mut first, mut second) = (writer(root, "a"), writer(root, "b"));
        let mut sent = Vec::new();
        for round in 0..20 {
            let seconds: Vec<i64> = (round * 7..round * 7 + 9).collect();
            let writer = if round % 3 == 0 { &mut second } else { &mut first };
            writer.append(&frame(&seconds)).expect("appends");
            if round % 4 == 1 {
                first.roll(at(round)).expect("rolls");
            }
            sent.extend(seconds);
            assert_eq!(folded(&read(&speed), &Marks::new()), plain(&sent));
        }
        // a layer that begins now finds the same
        let fresh = Speed::new(root.to_owned(), Marks::new());
        assert_eq!(folded(&read(&fresh), &Marks::new()), plain(&sent));
        assert_eq!(read(&fresh).ends(), read(&speed).ends());
    });
}

#[test]
fn a_snapshot_does_not_change() {
    in_folder(|root| {
        let speed = Speed::new(root.to_owned(), Marks::new());
        let mut writer = writer(root, "a");
        writer.append(&frame(&[1, 2, 3])).expect("appends");
        let snapshot = read(&speed);
        writer.append(&frame(&[4])).expect("appends");
        let later = read(&speed);
        assert_eq!(folded(&snapshot, &Marks::new()), plain(&[1, 2, 3]));
        assert_eq!(folded(&later, &Marks::new()), plain(&[1, 2, 3, 4]));
    });
}

#[test]
fn expired_generations_are_gone_and_the_snapshot_says_so() {
    in_folder(|root| {
        let speed = Speed::new(root.to_owned(), Marks::new());
        let mut writer = writer(root, "a");
        for second in 0..3 {
            writer.append(&frame(&[second])).expect("appends");
            writer.roll(at(second)).expect("rolls");
        }
        let before = read(&speed);
        let watermark = Marks::from([(writer.journal(), 2)]);
        assert_eq!(folded(&before, &watermark), plain(&[2]), "above the watermark only");
        assert_eq!(speed.expire(&watermark), 2);
        let after = read(&speed);
        assert_eq!(folded(&after, &watermark), plain(&[2]));
        assert!(after.covers(&watermark) && before.covers(&Marks::new()));
        assert!(!after.covers(&Marks::from([(writer.journal(), 1)])));
        let fresh = Speed::new(root.to_owned(), watermark.clone());
        assert_eq!(folded(&read(&fresh), &watermark), plain(&[2]), "a restart reads from the watermark on");
    });
}

#[test]
fn ledger_and_seen_are_kept() {
    in_folder(|root| {
        let speed = Speed::new(root.to_owned(), Marks::new());
        let mut writer = writer(root, "a");
        writer.append(&frame(&[1, 3])).expect("appends");
        writer.append(&frame(&[5])).expect("appends");
        let snapshot = read(&speed);
        let (_, generation) = snapshot.above(&snapshot.expired).next().expect("one generation");
        let expect = LedgerRow::counts("collector", at(0), Counts { accepted: 3, ..Counts::default() });
        assert_eq!(generation.ledger().collect::<Vec<_>>(), [expect]);
        let (service, seen) = generation.services().next().expect("one service");
        assert_eq!((service, seen.first_seen, seen.last_seen, seen.count), ("odd", at(1), at(5), 3));
        assert_eq!(generation.messages, 3);
    });
}

#[test]
fn damage_is_a_row_of_the_ledger() {
    in_folder(|root| {
        let mut writer = writer(root, "a");
        writer.append(&frame(&[1])).expect("appends");
        let folder = JournalFolder::new(root.join("a"));
        let path = folder.segment_path(1);
        let length = fs::metadata(&path).expect("exists").len() as usize;
        writer.append(&Frame { at: at(60), ..frame(&[2]) }).expect("appends");
        writer.append(&Frame { at: at(120), ..frame(&[3]) }).expect("appends");
        let mut bytes = fs::read(&path).expect("reads");
        bytes[length + 30] ^= 1;
        fs::write(&path, bytes).expect("writes");
        let speed = Speed::new(root.to_owned(), Marks::new());
        let snapshot = read(&speed);
        assert_eq!(folded(&snapshot, &Marks::new()), plain(&[1, 3]));
        let (_, generation) = snapshot.above(&snapshot.expired).next().expect("one generation");
        let damage: Vec<_> = generation.ledger().filter(|row| !matches!(row.kind, LedgerRowKind::Counts(_))).collect();
        let kind = LedgerRowKind::Damage { journal: "a".into(), segment: 1 };
        assert_eq!(damage, [LedgerRow { source: "a".into(), from: at(0), to: at(120), kind }]);
    });
}

#[test]
fn a_deadline_ends_reading_early() {
    in_folder(|root| {
        let mut writer = writer(root, "a");
        for second in 0..50 {
            writer.append(&frame(&[second])).expect("appends");
        }
        let speed = Speed::new(root.to_owned(), Marks::new());
        assert!(!speed.advance(Instant::now()).expect("reads"));
        let partly = speed.snapshot();
        let position = partly.journals.values().next().expect("one journal").end;
        assert_eq!(position.frame, 1);
        assert_eq!(folded(&partly, &Marks::new()), plain(&[0]));
    });
}

#[test]
fn scattered_times_fill_the_memory_up_to_its_bound_and_no_further() {
    in_folder(|root| {
        let mut writer = writer(root, "a");
        // a message a minute, as far apart as the minutes of ten days
        let scattered = |from: i64| (from..from + 100).map(|minute| minute * 61 * 60).collect::<Vec<_>>();
        let mut sent = Vec::new();
        for segment in 0..20 {
            for frames in 0..2 {
                let seconds = scattered((segment * 2 + frames) * 100);
                writer.append(&frame(&seconds)).expect("appends");
                sent.extend(seconds);
            }
            writer.roll(at(segment)).expect("rolls");
        }
        let speed = Speed::with_room(root.to_owned(), Marks::new(), 1_000);
        for _ in 0..3 {
            assert!(!speed.advance(Instant::now() + Duration::from_secs(60)).expect("reads"), "there is no room");
            assert!(speed.is_full() && speed.is_half_full());
            assert_eq!(speed.cells(), 1_000, "a frame of 100 fills it exactly, and none is read beyond");
        }
        let partly = speed.snapshot();
        assert_eq!(folded(&partly, &Marks::new()), plain(&sent[..1_000]), "what was read is whole");
        // as batches publish, room comes back, and in the end everything was there once
        let mut seen = Folded::new();
        for watermark in 1..=20 {
            let reached = speed.advance(Instant::now() + Duration::from_secs(60)).expect("reads");
            assert_eq!(reached, watermark > 16, "at {watermark}");
            let snapshot = speed.snapshot();
            let published = Marks::from([(writer.journal(), watermark)]);
            let below = Snapshot { journals: snapshot.journals.clone(), expired: snapshot.expired.clone() };
            let before = Marks::from([(writer.journal(), watermark - 1)]);
            let all = folded(&below, &before);
            let rest = folded(&below, &published);
            seen.extend(all.into_iter().filter(|(key, _)| !rest.contains_key(key)));
            speed.expire(&published);
        }
        assert_eq!(seen, plain(&sent));
        assert_eq!(speed.cells(), 0);
    });
}

#[test]
fn what_was_heard_last_outlives_its_generation_and_is_never_imported() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let mut live = writer(temp.path(), "collector");
    let mut import = writer(temp.path(), "import-1");
    let speed = Speed::new(temp.path().to_owned(), Marks::new());
    let heard = || {
        assert!(speed.advance(Instant::now() + Duration::from_secs(10)).expect("reads"));
        let snapshot = speed.snapshot();
        let heard = snapshot.heard().into_iter().map(|(service, heard)| (service.to_owned(), heard.received));
        heard.collect::<BTreeMap<_, _>>()
    };
    live.append(&frame(&[2, 3])).expect("appends");
    import.append(&Frame { source_offset: 9, ..frame(&[4, 5]) }).expect("appends");
    let first = BTreeMap::from([("even".to_owned(), at(2)), ("odd".to_owned(), at(3))]);
    assert_eq!(heard(), first);
    live.roll(at(5)).expect("rolls");
    import.roll(at(5)).expect("rolls");
    assert_eq!(heard(), first);
    assert_eq!(speed.expire(&Marks::from([(live.journal(), 1), (import.journal(), 1)])), 2);
    assert_eq!(heard(), first);
    live.append(&frame(&[7])).expect("appends");
    assert_eq!(heard(), BTreeMap::from([("even".to_owned(), at(2)), ("odd".to_owned(), at(7))]));
}

#[test]
fn what_was_counted_before_is_not_counted_again() {
    in_folder(|root| {
        let speed = Speed::new(root.to_owned(), Marks::new());
        let mut writer = writer(root, "a");
        let counted = |speed: &Speed| read(speed).journals.into_values().next().expect("one journal").counted;
        writer.append(&frame(&[1, 2, 3])).expect("appends");
        assert_eq!(counted(&speed).counts.accepted, 3);
        speed.count_anew();
        assert_eq!(counted(&speed), Counted::default());
        let mut frame = frame(&[4]);
        for kind in [LedgerRowKind::Gap { clean: false }, LedgerRowKind::Damage { journal: "a".into(), segment: 1 }] {
            frame.ledger.push(LedgerRow { source: "a".into(), from: at(0), to: at(1), kind });
        }
        writer.append(&frame).expect("appends");
        let counted = counted(&speed);
        assert_eq!((counted.counts.accepted, counted.unknown_spans, counted.damaged), (1, 1, 1));
    });
}

#[test]
fn the_lag_is_told_by_what_has_been_reached() {
    in_folder(|root| {
        let speed = Speed::new(root.to_owned(), Marks::new());
        writer(root, "a").append(&frame(&[1])).expect("appends");
        let before = Instant::now();
        std::thread::sleep(Duration::from_millis(2));
        assert!(speed.lag() >= Duration::from_millis(2), "nothing has been read since it was made");
        let snapshot = read(&speed);
        assert!(speed.lag() <= before.elapsed() - Duration::from_millis(2), "all of it has just been read");
        let generations = snapshot.journals.values().flat_map(|journal| journal.generations.values());
        assert_eq!(generations.filter_map(|generation| generation.first_received()).min(), Some(at(1)));
    });
}
