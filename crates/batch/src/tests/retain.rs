//! Retention of messages: what is dropped is in the retained rollups and only there, at every step.

use super::*;
use crate::{Dropped, Versions, aggregate};
use model::{Floors, Granularity, HealthRollup, TimeRange};
use std::collections::BTreeMap;

const DAYS: [&str; 4] = ["2026-01-20T05:00:01Z", "2026-01-21T00:00", "2026-01-21T10:00:59Z", "2026-11-21T01:00"];

async fn sealed(seals: std::ops::RangeInclusive<u64>) -> Store {
    let mut store = Store::new().await;
    for number in seals {
        store.master.seal(vec![segment(journal(1), number, &DAYS)]).await.unwrap();
    }
    store
}

fn floors(raw: &str, minute: &str) -> Floors {
    Floors { raw: time(raw), minute: time(minute), ..Floors::default() }
}

async fn retain(store: &mut Store, floors: &Floors) -> Option<Dropped> {
    let published = store.master.versions();
    let dropping = store.master.fold_away(published, floors, false).await.unwrap()?;
    Some(store.master.drop_folded(dropping).await.unwrap())
}

type Cells = BTreeMap<(String, Time), HealthRollup>;

/// Retained rollups and those of the files, merged.
async fn rollups(store: &Store, granularity: Granularity) -> Cells {
    let out = tempfile::tempdir().unwrap();
    let snapshot = store.master.snapshot().unwrap();
    let files: Vec<PathBuf> = snapshot.files.iter().map(|file| file.path.clone()).collect();
    let limits = aggregate::Limits { memory_bytes: 64 << 20, partitions: 1 };
    let folded = aggregate::aggregate(&files, out.path(), &limits).await.unwrap();
    let mut cells = Cells::new();
    let mut add = |service: &str, bucket, rollup: &HealthRollup| {
        cells.entry((service.to_owned(), bucket)).or_default().merge(rollup);
    };
    for (_, file) in folded.rollups.iter().filter(|(of, _)| *of == granularity) {
        crate::retained::read_rollups(file, None, &mut add).unwrap();
    }
    let always = TimeRange { from: Time::MIN, to: Time::MAX };
    snapshot.retained.rollups(granularity, &always, &mut add).unwrap();
    cells
}

async fn all(store: &Store) -> Vec<Cells> {
    let mut all = Vec::new();
    for granularity in Granularity::ALL {
        all.push(rollups(store, granularity).await);
    }
    all
}

#[test]
fn what_is_dropped_is_retained_as_rollups() {
    run(async {
        let mut store = sealed(1..=3).await;
        let before = all(&store).await;
        let floors = floors("2026-01-22", "0001-01-01");
        let dropped = retain(&mut store, &floors).await.unwrap();
        assert_eq!((dropped.files, dropped.rows, dropped.replaced.len()), (6, 9, 6));
        assert_eq!((store.rows().len(), all(&store).await), (3, before.clone()));
        assert_eq!(store.master.snapshot().unwrap().retained.floors, floors);
        assert_eq!(retain(&mut store, &floors).await, None, "there is nothing more");
        let seals = store.master.seals_after(0).await.unwrap();
        assert_eq!(seals.len(), 3, "publish passes over the commit");

        // late messages of a day that was dropped are dropped by the next retention, into a folder of both
        store.master.seal(vec![segment(journal(1), 4, &DAYS[..1])]).await.unwrap();
        let late = all(&store).await;
        assert_ne!(late, before);
        let dropped = retain(&mut store, &floors).await.unwrap();
        assert_eq!((dropped.files, dropped.rows), (1, 1));
        assert_eq!(all(&store).await, late);
        let retained = store.master.snapshot().unwrap().retained;
        assert_eq!((retained.folders.len(), retained.files().len()), (1, 7), "the folder before is taken in");

        store.reopen().await;
        assert_eq!(all(&store).await, late);
        let removed = store.master.remove_orphans(&HashSet::new()).await.unwrap();
        assert_eq!(removed.files, 6 + 1 + 7, "files of messages and the retained folder before");
        assert_eq!(store.master.remove_orphans(&HashSet::new()).await.unwrap().files, 0);
        assert_eq!(all(&store).await, late);
        let folders = std::fs::read_dir(store.path().join("messages")).unwrap().count();
        assert_eq!(folders, 2, "the log and one day");
    });
}

#[test]
fn a_stop_before_the_commit_leaves_an_orphan() {
    run(async {
        let mut store = sealed(1..=2).await;
        let before = all(&store).await;
        let floors = floors("2026-01-22", "2026-01-21");
        let published = store.master.versions();
        assert!(store.master.fold_away(published, &floors, false).await.unwrap().is_some());
        let empty = ["retained/7", "messages/day=2026-01-19"].map(|folder| store.path().join(folder));
        empty.iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        store.reopen().await;
        assert_eq!(all(&store).await, before);
        assert_eq!(store.master.snapshot().unwrap().retained.floors, Floors::default());
        assert_eq!(store.master.remove_orphans(&HashSet::new()).await.unwrap().files, 7);
        assert!(std::fs::read_dir(store.path().join("retained")).unwrap().next().is_none());
        assert!(!empty.iter().any(|folder| folder.exists()), "what a stop between two removals leaves goes as well");

        // once more, beside an orphan: its number is not used again
        store.master.fold_away(published, &floors, false).await.unwrap().unwrap();
        retain(&mut store, &floors).await.unwrap();
        let after = all(&store).await;
        assert_eq!(after[1..], before[1..], "hours and coarser");
        let left = before[0].iter().filter(|((_, minute), _)| *minute >= floors.minute);
        assert_eq!(after[0], left.map(|(key, rollup)| (key.clone(), *rollup)).collect::<Cells>());
        assert_eq!(store.master.remove_orphans(&HashSet::new()).await.unwrap().files, 4 + 7);
        store.reopen().await;
        assert_eq!(all(&store).await, after);
    });
}

#[test]
fn only_published_files_are_dropped_and_floors_never_fall() {
    run(async {
        let mut store = sealed(1..=3).await;
        let published = Versions { messages: 2, ledger: 2 };
        let floors = floors("2026-01-22", "2026-01-20");
        let dropping = store.master.fold_away(published, &floors, false).await.unwrap().unwrap();
        assert_eq!(store.master.drop_folded(dropping).await.unwrap().files, 4);
        let waiting = store.master.old_messages(store.master.versions(), &floors).await.unwrap();
        assert_eq!(waiting, (2, 3));
        let lower = self::floors("2026-01-01", "0001-01-01");
        retain(&mut store, &lower).await.unwrap();
        assert_eq!(store.master.snapshot().unwrap().retained.floors, floors);

        // raised alone, when somebody says that it is needed
        let higher = self::floors("2026-02-01", "2026-02-01");
        let published = store.master.versions();
        assert!(store.master.fold_away(published, &higher, false).await.unwrap().is_none());
        let before = store.master.snapshot().unwrap().retained.files();
        let dropping = store.master.fold_away(published, &higher, true).await.unwrap().unwrap();
        let dropped = store.master.drop_folded(dropping).await.unwrap();
        let retained = store.master.snapshot().unwrap().retained;
        assert_eq!((dropped.rows, retained.floors), (0, higher));
        assert_eq!((before.len(), retained.files().len()), (7, 6), "minutes below the floor are files no more");
        assert_eq!(dropped.replaced.len(), 2, "they and the list before");
    });
}
