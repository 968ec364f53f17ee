//! Compaction and the removal of what it replaced.

use super::*;
use crate::{Compaction, Versions, read_ledger};
use model::Marks;

const DAYS: [&str; 3] = ["2026-11-20T05:00", "2026-11-21T00:00", "2026-11-21T10:00"];

async fn sealed(seals: u64) -> Store {
    let mut store = Store::new().await;
    for number in 1..=seals {
        store.master.seal(vec![segment(journal(1), number, &DAYS)]).await.unwrap();
    }
    store
}

#[test]
fn compaction_keeps_rows_and_seals() {
    run(async {
        let mut store = sealed(4).await;
        let (rows, versions) = (store.rows(), store.master.versions());
        let old = store.master.snapshot().unwrap();
        let published = Versions { messages: 3, ledger: 3 };
        // the 21st has not ended; of the 20th, the fourth file is not published
        let done = store.master.compact(published, time("2026-11-21T23:59")).await.unwrap();
        assert_eq!((done.replaced.len(), done.written, done.rows), (3 + 3, 2, 3 + 3));
        assert_eq!(store.master.versions(), Versions { messages: 5, ledger: 5 });
        assert_eq!(store.rows(), rows);

        // whoever holds the old snapshot goes on reading it
        assert!(old.files.iter().all(|file| read_file(&file.path, None, None, &mut |_| {}).is_ok()));

        store.master.seal(vec![segment(journal(1), 5, &DAYS)]).await.unwrap();
        let seals = store.master.seals_after(3).await.unwrap();
        assert_eq!(seals.iter().map(|seal| seal.version).collect::<Vec<_>>(), [4, 6]);
        assert_eq!(seals[0].segments[0].segment, 4);
        assert!(seals.iter().all(|seal| seal.files.len() == 2));
        let ledger = store.master.ledger_files_after(3, &store.master.sealed().both()).await.unwrap();
        assert_eq!((ledger.version, ledger.files.len()), (6, 2));

        store.reopen().await;
        assert_eq!(store.master.sealed().both(), Marks::from([(journal(1), 5)]));
        assert_eq!(store.master.seals_after(versions.messages).await.unwrap().len(), 1);
    });
}

#[test]
fn compacted_days_are_left_alone() {
    run(async {
        let mut store = sealed(3).await;
        let (published, later) = (store.master.versions(), time("2027-01-01"));
        assert_eq!(store.master.compact(published, later).await.unwrap().written, 3);
        let after = store.master.versions();
        assert_eq!(store.master.compact(after, later).await.unwrap(), Compaction::default());
        assert_eq!(store.master.versions(), after);
        assert_eq!(store.master.snapshot().unwrap().files.len(), 2);
        let mut accepted = Vec::new();
        let (files, up_to) =
            (store.master.ledger_files(&store.master.sealed().ledger).await.unwrap(), store.master.sealed());
        assert_eq!(files.files.len(), 1);
        read_ledger(&files.files, &Marks::new(), &up_to.ledger, &mut |row| accepted.push(row.segment)).unwrap();
        assert_eq!(accepted, [1, 2, 3]);
    });
}

#[test]
fn only_replaced_files_are_removed() {
    run(async {
        let mut store = sealed(2).await;
        let rows = store.rows();
        let done = store.master.compact(store.master.versions(), time("2027-01-01")).await.unwrap();
        let named: Vec<PathBuf> = files(&store.master).into_iter().collect();
        let asked = [done.replaced.clone(), named].concat();
        let removed = store.master.remove_files(&asked).await.unwrap();
        assert_eq!(removed.files, done.replaced.len() as u64);
        assert!(removed.bytes > 0 && done.replaced.iter().all(|file| !file.exists()));
        assert_eq!(store.master.remove_files(&asked).await.unwrap().files, 0);
        assert_eq!(store.rows(), rows);
    });
}

/// Numbers that no compression makes small.
fn noise(seed: u64, count: u64) -> SegmentContent {
    let mut messages = Messages::default();
    for row in 0..count {
        let bits = (seed << 32 | row).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 12;
        let at = Time::from_micros(time(DAYS[0]).as_micros() + (bits % 60_000_000) as i64);
        messages.push(&message("checkout", at, bits as f64 / (1_u64 << 52) as f64));
    }
    SegmentContent { messages: vec![messages], ..segment(journal(1), seed, &[]) }
}

#[test]
fn a_trickle_of_late_messages_does_not_rewrite_a_large_day() {
    run(async {
        let mut store = Store::new().await;
        store.master.seal(vec![noise(1, 100_000)]).await.unwrap();
        let large = files(&store.master);
        assert!(store.master.snapshot().unwrap().files[0].bytes > 1 << 20);
        let mut rewritten = 0;
        for hour in 0..5 {
            for minute in 0..4 {
                store.master.seal(vec![segment(journal(1), 2 + hour * 4 + minute, &DAYS[..1])]).await.unwrap();
            }
            let done = store.master.compact(store.master.versions(), time("2027-01-01")).await.unwrap();
            rewritten += done.rows;
            assert!(large.is_subset(&files(&store.master)), "it stands where it stood");
            assert_eq!(store.master.snapshot().unwrap().files.len(), 2, "and the late ones beside it are one file");
        }
        assert!(rewritten < 1_000, "{rewritten} rows written anew for 20 late messages");

        store.master.seal(vec![noise(90, 40_000)]).await.unwrap();
        store.master.compact(store.master.versions(), time("2027-01-01")).await.unwrap();
        assert_eq!(store.master.snapshot().unwrap().files.len(), 1, "enough has come to be worth it");
        assert_eq!(store.rows().len(), 140_020);
    });
}
