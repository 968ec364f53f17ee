//! Sealing and reading back.

use super::*;
use crate::{Versions, read_ledger};
use model::{LedgerRowKind, Marks, Reason, TimeRange};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn what_was_sealed_is_read_back_whole() {
    run(async {
        let mut store = Store::new().await;
        let rows = [
            message("b", time("2026-11-21T23:59:59.999999Z"), 1.0 / 3.0),
            Message {
                instance: Some("i-1"),
                sender: Some("sender ü"),
                sequence: Some(i64::MIN),
                extra: Some("{\"k\":1}"),
                cpu: 5e-324,
                disk_free: 0.0,
                ..message("a", time("0001-01-01"), 0.0)
            },
            Message { sequence: Some(0), extra: Some("{}"), ..message("a", time("9999-12-31T23:59:59.999999Z"), 1.0) },
            message("b", time("1969-12-31T23:59"), 0.25),
            Message { instance: Some("i-2"), ..message("a", time("2026-11-21"), f64::MIN_POSITIVE) },
        ];
        let (mut first, mut second) = (Messages::default(), Messages::default());
        rows[..2].iter().for_each(|row| first.push(row));
        rows[2..].iter().for_each(|row| second.push(row));
        let mut expect: Vec<String> = [texts(&first), texts(&second)].concat();
        expect.sort();
        let content = SegmentContent { messages: vec![first, second], ..segment(journal(1), 1, &[]) };
        let sealing = store.master.seal(vec![content]).await.unwrap();
        assert_eq!((sealing.rows, sealing.files, sealing.segments), (5, 4, 1));
        store.reopen().await;
        assert_eq!(store.rows(), expect);
        let days: Vec<String> =
            store.master.snapshot().unwrap().files.iter().map(|file| file.day.to_string()).collect();
        let expect = ["0001-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "2026-11-21T00:00:00Z", "9999-12-31T00:00:00Z"];
        assert_eq!(days, expect);
    });
}

#[test]
fn a_file_is_sorted_by_service_and_time() {
    run(async {
        let mut store = Store::new().await;
        let mut messages = Messages::default();
        for (service, minute) in [("b", 2), ("a", 9), ("b", 1), ("c", 0), ("a", 3)] {
            messages.push(&message(service, time(&format!("2026-11-21T12:0{minute}")), 0.5));
        }
        let content = SegmentContent { messages: vec![messages], ..segment(journal(1), 1, &[]) };
        store.master.seal(vec![content]).await.unwrap();
        let mut order = Vec::new();
        let file = store.master.snapshot().unwrap().files.remove(0).path;
        let note = &mut |messages: &Messages| {
            order.extend(messages.iter().map(|row| format!("{}{}", row.service, &row.time.to_string()[15..16])));
        };
        read_file(&file, None, None, note).unwrap();
        assert_eq!(order, ["a3", "a9", "b1", "b2", "c0"]);
    });
}

#[test]
fn sealing_twice_is_once() {
    run(async {
        let mut store = Store::new().await;
        let both = vec![segment(journal(1), 1, &["2026-11-21"]), segment(journal(1), 2, &["2026-11-22"])];
        let first = store.master.seal(both.clone()).await.unwrap();
        assert_eq!(first.versions, Versions { messages: 1, ledger: 1 });
        let again = store.master.seal(both.clone()).await.unwrap();
        assert_eq!((again.rows, again.segments, again.versions), (0, 0, first.versions));
        store.reopen().await;
        let more = [both, vec![segment(journal(1), 3, &["2026-11-21"]), segment(journal(2), 1, &[])]].concat();
        assert_eq!(store.master.seal(more).await.unwrap().rows, 1);
        assert_eq!(store.rows().len(), 3);
        let marks = Marks::from([(journal(1), 3), (journal(2), 1)]);
        assert_eq!((&store.master.sealed().messages, store.master.sealed().both()), (&marks, marks.clone()));
    });
}

#[test]
fn a_segment_without_a_message_is_sealed_too() {
    run(async {
        let mut store = Store::new().await;
        let empty = SegmentContent { ledger: Vec::new(), damaged: true, ..segment(journal(1), 4, &[]) };
        store.master.seal(vec![empty]).await.unwrap();
        store.reopen().await;
        assert_eq!(store.master.sealed().both(), Marks::from([(journal(1), 4)]));
        let seals = store.master.seals_after(0).await.unwrap();
        assert_eq!((seals.len(), &seals[0].files, seals[0].segments[0].damaged), (1, &Vec::new(), true));
        assert_eq!(store.master.seal(Vec::new()).await.unwrap().versions.messages, 1);
    });
}

#[test]
fn ledger_rows_of_every_kind_are_read_back() {
    run(async {
        let mut store = Store::new().await;
        let minute = time("2026-11-21T12:00");
        let counts = |accepted, dropped| Counts {
            accepted,
            duplicate: 1,
            shed: 2,
            rejected: BTreeMap::from([(Reason::NotJson, 3), (Reason::TooOld, 4)]),
            kernel_dropped: dropped,
        };
        let of = |kind| LedgerRow { kind, ..LedgerRow::counts("udp", minute, Counts::default()) };
        let ledger = vec![
            LedgerRow::counts("udp", minute, counts(5, Some(1))),
            LedgerRow::counts("udp", minute, counts(6, None)),
            of(LedgerRowKind::Gap { clean: true }),
            of(LedgerRowKind::Damage { journal: journal(9).to_string(), segment: 42 }),
        ];
        let mut merged = counts(5, Some(1));
        merged.merge(&counts(6, None));
        let expect = [&ledger[2..], &[LedgerRow::counts("udp", minute, merged)]].concat();
        store.master.seal(vec![SegmentContent { ledger, ..segment(journal(1), 1, &[]) }]).await.unwrap();
        let sealed = store.master.sealed().ledger;
        let found = store.master.ledger_files(&sealed).await.unwrap();
        let mut rows = Vec::new();
        assert_eq!(read_ledger(&found.files, &Marks::new(), &sealed, &mut |row| rows.push(row.row)).unwrap(), 3);
        assert_eq!(rows, expect);
    });
}

#[test]
fn opening_to_read_creates_nothing() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        assert!(Master::open_existing(folder.path()).await.unwrap().is_none());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut writer = Master::open(folder.path()).await.unwrap();
        let mut reader = Master::open_existing(folder.path()).await.unwrap().unwrap();
        writer.seal(vec![segment(journal(1), 1, &["2026-11-21"])]).await.unwrap();
        assert_eq!(reader.versions().messages, 0);
        reader.refresh().await.unwrap();
        assert_eq!((reader.versions(), reader.sealed()), (writer.versions(), writer.sealed()));
        assert_eq!(files(&reader), files(&writer));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Enough rows for several pages and row groups, so that what is skipped is skipped rightly.
    #[test]
    fn a_part_of_a_file_is_exactly_what_was_asked(
        seed in any::<u64>(),
        bounds in prop::option::of((0i64..100_000, 1i64..100_000)),
        names in prop::option::of(prop::collection::hash_set(0u64..9, 0..3)),
    ) {
        let mut messages = Messages::default();
        let mut next = seed;
        for _ in 0..150_000 {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let service = format!("service-{}", (next >> 60) % 7);
            messages.push(&message(&service, Time::from_micros((next >> 33) as i64 % 100_000), 0.5));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = crate::files::write_messages(folder.path(), &[&messages]).unwrap().remove(0);
        let range = bounds.map(|(from, width)| {
            TimeRange::new(Time::from_micros(from), Time::from_micros(from + width)).unwrap()
        });
        let services = names.map(|names| names.iter().map(|name| format!("service-{name}")).collect::<HashSet<_>>());
        let asked = messages.iter().filter(|row| {
            range.is_none_or(|range| range.contains(row.time))
                && services.as_ref().is_none_or(|services| services.contains(row.service))
        });
        let key = |row: Message<'_>| (row.service.to_owned(), row.time, row.received);
        let mut expect: Vec<_> = asked.map(key).collect();
        expect.sort();
        let mut found = Vec::new();
        let note = &mut |messages: &Messages| found.extend(messages.iter().map(key));
        let visited = read_file(&folder.path().join(&file.path), range.as_ref(), services.as_ref(), note).unwrap();
        prop_assert_eq!(visited, expect.len() as u64);
        prop_assert!(found == expect, "{} found, {} expected", found.len(), expect.len());
    }
}
