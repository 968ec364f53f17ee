//! A stop between any two steps of a seal: sealing again completes it, and nothing is in it twice.

use super::*;
use crate::{Sealed, read_ledger, slice_ledger};
use model::Marks;

fn segments(numbers: impl Iterator<Item = u64>) -> Vec<SegmentContent> {
    numbers.map(|number| segment(journal(1), number, &["2026-11-21", "2026-11-22"])).collect()
}

fn ledger_segments(files: &[PathBuf], above: &Marks, up_to: &Marks) -> Vec<u64> {
    let mut segments = Vec::new();
    read_ledger(files, above, up_to, &mut |row| segments.push(row.segment)).unwrap();
    segments.sort_unstable();
    segments
}

#[test]
fn a_ledger_that_is_ahead_is_not_sealed_again() {
    run(async {
        let mut store = Store::new().await;
        store.master.seal_ledger(&mut segments(1..=5)).await.unwrap();
        store.reopen().await;
        let ahead = Sealed { messages: Marks::new(), ledger: Marks::from([(journal(1), 5)]) };
        assert_eq!((store.master.sealed(), store.master.sealed().both()), (ahead, Marks::new()));

        // fewer segments than the ledger has already: their messages follow, its rows stay
        store.master.seal(segments(1..=3)).await.unwrap();
        assert_eq!(store.master.versions().ledger, 1);
        let three = store.master.sealed().both();
        assert_eq!(three, Marks::from([(journal(1), 3)]));
        let part = store.master.ledger_files_after(0, &three).await.unwrap();
        assert_eq!((part.version, store.master.ledger_files(&three).await.unwrap().version), (0, 0));
        assert_eq!(ledger_segments(&part.files, &Marks::new(), &three), [1, 2, 3]);

        store.master.seal(segments(4..=7)).await.unwrap();
        let seven = store.master.sealed().both();
        let rest = store.master.ledger_files_after(part.version, &seven).await.unwrap();
        assert_eq!((rest.version, store.master.ledger_files(&seven).await.unwrap().version), (2, 2));
        assert_eq!(ledger_segments(&rest.files, &three, &seven), [4, 5, 6, 7]);
        assert_eq!(store.rows().len(), 14);

        let out = store.folder.path().join("slice.parquet");
        assert_eq!(slice_ledger(&rest.files, &three, &seven, &out).unwrap(), 4);
        assert_eq!(ledger_segments(&[out], &Marks::new(), &seven), [4, 5, 6, 7]);
    });
}

#[test]
fn files_without_a_commit_are_orphans() {
    run(async {
        let mut store = Store::new().await;
        store.master.seal(segments(1..=1)).await.unwrap();
        let kept = files(&store.master);
        let folder = store.master.messages.folder().to_owned();
        let lost = crate::files::write_messages(&folder, &[&segments(2..=2)[0].messages[0]]).unwrap();
        std::fs::write(folder.join("day=2026-11-21/.x.parquet.1-0.tmp"), "torn").unwrap();
        std::fs::write(folder.join("_delta_log/.00000000000000000009.json.1-0.tmp"), "torn").unwrap();
        store.reopen().await;
        assert_eq!(files(&store.master), kept);

        let pinned = HashSet::from([folder.join(&lost[0].path)]);
        assert_eq!(store.master.remove_orphans(&pinned).await.unwrap().files, 3);
        assert_eq!(store.master.remove_orphans(&HashSet::new()).await.unwrap().files, 1);
        assert_eq!(store.master.remove_orphans(&HashSet::new()).await.unwrap().files, 0);
        assert_eq!(store.rows().len(), 2);
        store.reopen().await;
        store.master.seal(segments(2..=2)).await.unwrap();
        assert_eq!(store.rows().len(), 4);
    });
}

#[test]
fn a_table_that_was_not_created_whole_is_created_again() {
    run(async {
        let mut store = Store::new().await;
        let messages = store.path().join("messages");
        std::fs::remove_dir_all(&messages).unwrap();
        std::fs::create_dir_all(messages.join("_delta_log")).unwrap();
        std::fs::write(messages.join("_delta_log/.00000000000000000000.json.1-0.tmp"), "{\"torn").unwrap();
        assert!(Master::open_existing(&store.path()).await.unwrap().is_none());
        store.reopen().await;
        store.master.seal(segments(1..=1)).await.unwrap();
        assert_eq!(store.rows().len(), 2);
    });
}
