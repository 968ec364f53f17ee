//! What a start puts on record.

use super::*;
use crate::handover::ViewsFound;
use crate::starts::{JournalStart, Process, Replayed, Start};
use std::time::Instant;

/// What a process that begins here and now would put on record.
async fn start(house: &House, own: &[(model::JournalId, u64)]) -> Start {
    let prepared = house.handover.prepare().await.expect("prepares");
    assert!(house.store.speed.advance(Instant::now() + Duration::from_secs(60)).expect("reads"));
    let mut start = Start::new(Process::Serve, "0", at(0));
    start.prepared(&prepared);
    start.replayed(&house.store.speed.snapshot(), &own.iter().copied().collect());
    start
}

fn replayed(start: &Start, journal: &str) -> Option<Replayed> {
    start.journals.get(journal).and_then(|journal: &JournalStart| journal.replayed)
}

#[test]
fn a_start_tells_what_it_replayed_and_what_was_left_over() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        writer.append(&frame(&[(1, 0, 3), (2, 5, 4)])).expect("appends");
        writer.roll(at(1)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        writer.append(&frame(&[(1, 9, 9)])).expect("appends");
        writer.roll(at(2)).expect("rolls");
        writer.append(&frame(&[(1, 9, 10), (1, 9, 11)])).expect("appends");
        drop(writer);
        let own = house.writer("collector");
        let orphan = house.folder.master().join("messages").join("day=2026-11-20");
        std::fs::create_dir_all(&orphan).expect("a folder");
        std::fs::write(orphan.join("orphan.parquet"), "nobody names it").expect("writes");

        let house = house.crash().await;
        let found = start(&house, &[(own.journal(), own.segment())]).await;
        // the life that `crash` began removed the orphan
        assert_eq!((found.views, found.orphans_removed), (Some(ViewsFound::Sound), 0));
        assert_eq!(replayed(&found, "collector"), Some(Replayed { segments: 2, messages: 3, damaged: 0 }));
        assert!(!orphan.join("orphan.parquet").exists());
    });
}

#[test]
fn a_start_tells_missing_views_from_new_ones_and_counts_orphans() {
    run(async {
        let house = House::new().await;
        house.writer("collector").append(&frame(&[(1, 0, 3)])).expect("appends");
        house.handover.batch().await.expect("a batch");
        let (folder, temporary) = (house.folder.clone(), house._temporary);
        drop((house.store, house.handover));
        std::fs::remove_file(folder.views().join("CURRENT")).expect("removes");
        let orphan = folder.master().join("messages").join("orphan.parquet");
        std::fs::write(orphan, "nobody names it").expect("writes");

        let store = Store::open(folder.clone(), limits(), Access::Write).expect("opens");
        let handover = Handover::new(store.clone(), options(), Arc::new(SystemClock)).expect("starts");
        let house = House { folder, store, handover, found: Reconciled::default(), _temporary: temporary };
        let found = start(&house, &[]).await;
        assert_eq!((found.views, found.orphans_removed), (Some(ViewsFound::Missing), 1));
        let rebuilt = house.handover.rebuild_missing().await.expect("rebuilds");
        assert_eq!(rebuilt.map(|outcome| outcome.rows), Some(1));
        assert_eq!(house.handover.rebuild_missing().await.expect("nothing to do"), None);
    });
}
