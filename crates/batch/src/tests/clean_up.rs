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
