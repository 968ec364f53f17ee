//! Retention, stopped at each of its steps: what is left answers as before, also after compaction and a rebuild.

use super::*;
use crate::handover::published;
use model::{Floors, Kept};

/// The last step that retention comes to before every process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Rollups are on disk, no commit says so.
    Folded,
    /// The commit is there, views do not know.
    Committed,
    /// Views have their floors, and still what lies below.
    Raised,
    /// Nobody names the files any more, and they are there.
    Followed,
    /// It is done, and goes on.
    Done,
}

pub(super) const STOPS: [Stop; 5] = [Stop::Folded, Stop::Committed, Stop::Raised, Stop::Followed, Stop::Done];

/// Returns how many raw messages were dropped.
pub(super) async fn retain(house: House, floors: &Floors, stop: Stop) -> (House, u64) {
    let handover = &house.handover;
    if matches!(stop, Stop::Followed | Stop::Done) {
        let pin = (stop == Stop::Followed).then(|| house.store.pins.pin());
        let rows = handover.retain_from(floors).await.expect("retains").rows;
        drop(pin);
        let house = if stop == Stop::Done { house } else { house.crash().await };
        return (house, rows);
    }
    let mut master = handover.lock().await.expect("opens");
    let views = house.store.views.views().expect("views");
    let published = published(&views).expect("reads");
    let mut rows = 0;
    if let Some(dropping) = master.fold_away(published, floors, true).await.expect("folds")
        && stop != Stop::Folded
    {
        rows = master.drop_folded(dropping).await.expect("commits").rows;
        if stop == Stop::Raised {
            views.raise_floors(&master.retained().expect("reads").floors).expect("raises");
        }
    }
    drop((master, views));
    (house.crash().await, rows)
}

/// That every bucket above the floors is what one pass over all messages gives.
pub(super) fn check(house: &House, sent: &[Point], when: &str) {
    let floors = house.cut().floors().expect("reads");
    for granularity in Granularity::ALL {
        let left = |mut cells: Cells| {
            cells.retain(|(_, bucket), _| *bucket >= floors.of(granularity));
            cells
        };
        assert_eq!(left(house.merged(granularity)), left(one_pass(sent, granularity)), "{granularity}s, {when}");
    }
}

/// That every message above the floor of raw messages is there, and `dropped` are not.
pub(super) fn check_raw(house: &House, sent: &[Point], dropped: u64) {
    let options = CutOptions { wait: Duration::from_secs(60), allow_behind: false, raw: true };
    let cut = tokio::task::block_in_place(|| house.store.cut(&options)).expect("a cut");
    let floor = cut.floors().expect("reads").raw;
    let raw = cut.raw.as_ref().expect("raw");
    let (mut all, mut above) = (0, 0);
    let mut visit = |messages: &model::Messages| {
        all += messages.len() as u64;
        above += messages.iter().filter(|message| message.time >= floor).count();
    };
    raw.sealed(&TimeRange { from: Time::MIN, to: Time::MAX }, None, &mut visit).expect("reads");
    raw.unsealed(&mut visit).expect("reads");
    assert_eq!(above, sent.iter().filter(|(_, second, _)| at(*second) >= floor).count());
    assert_eq!(all + dropped, sent.len() as u64);
    let proof = house.verify();
    assert_eq!((proof.messages, proof.different), (all, 0), "{:?}", proof.differences);
}

fn days(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count * 86_400))
}

/// As of three days after the tests' messages.
pub(super) fn floors(raw: u64, minute: Option<u64>, hour: Option<u64>) -> Floors {
    let kept = Kept { raw: days(raw), minute: minute.and_then(days), hour: hour.and_then(days), ..Kept::default() };
    kept.floors(at(3 * 86_400))
}

const LATE: i64 = -40_000_000;

/// Messages of two days and of a year before, in three batches.
async fn filled() -> (House, Vec<Point>) {
    let house = House::new().await;
    let mut writer = house.writer("collector");
    let mut sent = Vec::new();
    for round in 0..3 {
        let points = [(1, round, 3), (2, 90_000 + round, 9), (1, LATE + 30 * round, 5), (3, 70, 1)];
        writer.append(&frame(&points)).expect("appends");
        writer.roll(at(1)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        sent.extend(points);
    }
    (house, sent)
}

#[test]
fn stopped_at_each_step_and_then_compacted_and_rebuilt() {
    run(async {
        for stop in STOPS {
            let (house, mut sent) = filled().await;
            let floors = floors(2, Some(2), Some(300));
            let (house, mut dropped) = retain(house, &floors, stop).await;
            let when = |what: &str| format!("{what} after a stop at {stop:?}");
            check(&house, &sent, &when("at once"));
            check_raw(&house, &sent, dropped);
            house.handover.compact().await.expect("compacts");
            check(&house, &sent, &when("compacted"));
            house.handover.rebuild().await.expect("rebuilds");
            check(&house, &sent, &when("rebuilt"));
            check_raw(&house, &sent, dropped);

            // a message of a day that is gone comes late
            let mut writer = house.writer("collector");
            writer.append(&frame(&[(1, LATE, 9)])).expect("appends");
            sent.push((1, LATE, 9));
            check(&house, &sent, &when("with a late message"));
            writer.roll(at(1)).expect("rolls");
            house.handover.batch().await.expect("a batch");
            check(&house, &sent, &when("with a late message published"));
            check_raw(&house, &sent, dropped);

            dropped += house.handover.retain_from(&floors).await.expect("retains").rows;
            assert_eq!(dropped, 10, "all but the messages of the second day");
            assert_eq!(house.cut().floors().expect("reads"), Floors { raw: floors.minute, ..floors });
            check(&house, &sent, &when("retained to the end"));
            check_raw(&house, &sent, dropped);
            let house = house.crash().await;
            house.handover.rebuild().await.expect("rebuilds");
            assert_eq!(house.cut().floors().expect("reads"), Floors { raw: floors.minute, ..floors });
            check(&house, &sent, &when("rebuilt at last"));
            check_raw(&house, &sent, dropped);
            assert_eq!(house.cut().services().expect("reads").values().map(|seen| seen.count).sum::<u64>(), 13);
        }
    });
}

#[test]
fn floors_stay_where_they_are_when_more_is_kept_later() {
    run(async {
        let (house, sent) = filled().await;
        let high = floors(2, Some(2), None);
        house.handover.retain_from(&high).await.expect("retains");
        let lower = floors(30, None, None);
        let outcome = house.handover.retain_from(&lower).await.expect("retains");
        assert_eq!((outcome.rows, outcome.expired), (0, 0));
        assert_eq!(house.cut().floors().expect("reads"), Floors { raw: high.minute, ..high });
        house.handover.rebuild().await.expect("rebuilds");
        assert_eq!(house.cut().floors().expect("reads"), Floors { raw: high.minute, ..high });
        check(&house, &sent, "after a lower floor");
        assert_eq!(house.verify().raw_from, Some(high.raw));
    });
}

#[test]
fn views_older_than_what_was_dropped_are_rebuilt() {
    run(async {
        let (house, sent) = filled().await;
        let views = house.folder.views();
        let copy = tempfile::tempdir().expect("a temporary folder");
        let file = views.join("1/views.duckdb");
        // views as they were before the last batches: those ask by name for files that are gone
        let empty = House::new().await;
        let empty_file = empty.folder.views().join("1/views.duckdb");
        empty.store.views.views().expect("views").checkpoint().expect("checkpoints");
        std::fs::copy(&empty_file, copy.path().join("views.duckdb")).expect("copies");
        house.handover.retain_from(&floors(1, None, None)).await.expect("retains");
        let House { folder, store, handover, _temporary, .. } = house;
        drop((store, handover));
        std::fs::copy(copy.path().join("views.duckdb"), &file).expect("copies");
        let house = House { _temporary, ..House::open(folder).await };
        house.handover.batch().await.expect("a batch");
        check(&house, &sent, "rebuilt");
        check_raw(&house, &sent, 12);
    });
}
