//! Single steps of the hand-over, and what is left when one of them is the last.

use super::*;
use crate::Error;
use crate::handover::Rolls;
use model::LedgerRowKind;

#[derive(Debug)]
struct Own(std::sync::Mutex<Writer>);

impl Rolls for Own {
    fn roll(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.lock().expect("not poisoned").roll(at(1))?)
    }
}

fn segments(house: &House, journal: &str) -> Vec<u64> {
    let folder = JournalFolder::new(house.folder.journal(journal));
    folder.segments().expect("lists").into_iter().map(|(number, _)| number).collect()
}

#[test]
fn a_batch_moves_everything_closed_and_reclaims_it() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        writer.append(&frame(&[(1, 0, 3), (2, 5, 4)])).expect("appends");
        writer.roll(at(1)).expect("rolls");
        writer.append(&frame(&[(1, 9, 9)])).expect("appends");
        let outcome = house.handover.batch().await.expect("a batch");
        assert_eq!((outcome.rows, outcome.segments), (2, 1));
        assert_eq!(segments(&house, "collector"), [2], "sealed, published and gone");
        assert_eq!(house.cut().watermark.into_values().collect::<Vec<_>>(), [1]);
        assert_eq!(
            house.merged(Granularity::Minute),
            one_pass(&[(1, 0, 3), (2, 5, 4), (1, 9, 9)], Granularity::Minute)
        );
        let again = house.handover.batch().await.expect("a batch");
        assert_eq!((again.rows, again.segments), (0, 0));
    });
}

#[test]
fn closing_segments_waits_for_living_writers_elsewhere() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        writer.append(&frame(&[(1, 0, 3)])).expect("appends");
        let own: [Arc<dyn Rolls>; 1] = [Arc::new(Own(std::sync::Mutex::new(writer)))];
        house.handover.close_segments(&own).await.expect("rolled");
        assert_eq!(segments(&house, "collector"), [1, 2]);
        // a writer that nobody here can roll and that does not roll by itself
        let mut elsewhere = house.writer("http");
        house.handover.close_segments(&own).await.expect("an empty segment needs no closing");
        elsewhere.append(&frame(&[(1, 0, 4)])).expect("appends");
        let error = house.handover.close_segments(&own).await.expect_err("waits in vain");
        assert!(matches!(&error, Error::NotRolling { name, .. } if name == "http"), "{error}");
    });
}

#[test]
fn a_dead_journal_is_closed_and_sealed() {
    run(async {
        let house = House::new().await;
        house.writer("collector").append(&frame(&[(1, 0, 3)])).expect("appends");
        assert_eq!(house.handover.batch().await.expect("a batch").rows, 1);
        assert_eq!(segments(&house, "collector"), [2]);
        let next = house.writer("collector");
        assert_eq!(next.segment(), 2, "the number goes on where the journal was closed");
    });
}

#[test]
fn damage_is_on_record_and_in_quarantine() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        writer.append(&frame(&[(1, 0, 3)])).expect("appends");
        let folder = JournalFolder::new(house.folder.journal("collector"));
        let path = folder.segment_path(1);
        let end = std::fs::metadata(&path).expect("exists").len() as usize;
        writer.append(&frame(&[(1, 1, 4)])).expect("appends");
        writer.append(&frame(&[(1, 2, 5)])).expect("appends");
        writer.roll(at(1)).expect("rolls");
        let mut bytes = std::fs::read(&path).expect("reads");
        bytes[end + 40] ^= 1;
        std::fs::write(&path, bytes).expect("writes");
        house.handover.batch().await.expect("a batch");
        assert_eq!(house.merged(Granularity::Day), one_pass(&[(1, 0, 3), (1, 2, 5)], Granularity::Day));
        let reading = house.cut().reading.expect("views");
        let rows = reading.ledger(&TimeRange { from: at(-600), to: at(600) }).expect("reads");
        let damaged = rows.iter().any(|row| matches!(row.kind, LedgerRowKind::Damage { segment: 1, .. }));
        assert!(damaged, "{rows:?}");
        assert!(reading.segments().expect("reads")[0].damaged);
        assert_eq!(std::fs::read_dir(house.folder.quarantine("collector")).expect("exists").count(), 1);
    });
}

#[test]
fn nothing_is_removed_while_raw_messages_are_read() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        writer.append(&frame(&[(1, 0, 3)])).expect("appends");
        writer.roll(at(1)).expect("rolls");
        let options = CutOptions { wait: Duration::from_secs(60), allow_behind: false, raw: true };
        let cut = tokio::task::block_in_place(|| house.store.cut(&options)).expect("a cut");
        house.handover.batch().await.expect("a batch");
        let mut rows = 0;
        cut.raw.as_ref().expect("raw").unsealed(&mut |messages| rows += messages.len()).expect("reads");
        assert_eq!((rows, segments(&house, "collector")), (1, vec![1, 2]), "the cut was before the seal");
        drop(cut);
        house.handover.batch().await.expect("a batch");
        assert_eq!(segments(&house, "collector"), [2]);
    });
}

#[test]
fn lost_views_are_rebuilt_at_the_next_start() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        let mut sent = Vec::new();
        for round in 0..5 {
            let points = [(1, round * 90_000, 3), (2, round, 9)];
            writer.append(&frame(&points)).expect("appends");
            writer.roll(at(1)).expect("rolls");
            house.handover.batch().await.expect("a batch");
            sent.extend(points);
        }
        let before = house.cut().services().expect("reads");
        std::fs::remove_file(house.folder.views().join("CURRENT")).expect("removes");
        let house = house.crash().await;
        for granularity in Granularity::ALL {
            assert_eq!(house.merged(granularity), one_pass(&sent, granularity));
        }
        assert_eq!(house.cut().services().expect("reads"), before);
        assert_eq!(house.verify().different, 0);
    });
}

#[test]
fn verify_finds_a_cell_that_lies() {
    run(async {
        let house = House::new().await;
        let mut writer = house.writer("collector");
        writer.append(&frame(&[(1, 0, 3)])).expect("appends");
        writer.roll(at(1)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        assert_eq!(house.verify().different, 0);
        // the same rollups once more, as a batch that counts twice would put them
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let snapshot = house.handover.lock().await.expect("opens").snapshot().expect("a snapshot");
        let files: Vec<_> = snapshot.files.into_iter().map(|file| file.path).collect();
        let folded = batch::aggregate(&files, temporary.path(), &options().batch).await.expect("folds");
        let views = house.store.views.views().expect("views");
        let state = views.state().expect("reads");
        let publication = serving::Publication {
            rollups: folded.rollups,
            services: Vec::new(),
            ledger: Vec::new(),
            segments: Vec::new(),
            watermark: state.watermark,
            versions: state.versions,
        };
        views.publish(&publication).expect("publishes");
        let found = house.verify();
        assert_eq!(found.different, 5, "one cell in each granularity");
        assert_eq!(found.cells.values().sum::<u64>(), 5);
    });
}

#[test]
fn scattered_days_are_sealed_some_at_a_time() {
    run(async {
        let house = House::new().await;
        let large = Options { seal_bytes: 1 << 30, ..options() };
        let handover = Handover::new(house.store.clone(), large, Arc::new(SystemClock)).expect("starts");
        let mut writer = house.writer("collector");
        let mut points = Vec::new();
        for segment in 0..4 {
            let scattered: Vec<Point> = (0..150).map(|day| (1, (segment * 150 + day) * -86_400, 1)).collect();
            writer.append(&frame(&scattered)).expect("appends");
            writer.roll(at(1)).expect("rolls");
            points.extend(scattered);
        }
        handover.batch().await.expect("a batch");
        let master = batch::Master::open_existing(&house.folder.master()).await.expect("opens").expect("it is there");
        let seals = master.seals_after(0).await.expect("reads");
        let files: Vec<usize> = seals.iter().map(|seal| seal.files.len()).collect();
        assert_eq!(files, [450, 150], "no segment is added to 400 days");
        assert_eq!(house.merged(Granularity::Day), one_pass(&points, Granularity::Day));
    });
}

#[test]
fn full_realtime_views_are_not_ready_until_a_batch_and_never_answer_less() {
    run(async {
        let House { folder, store, handover, found, _temporary } = House::new().await;
        drop(handover);
        let store = Arc::into_inner(store).expect("nobody else has it");
        let store =
            Arc::new(Store { speed: speed::Speed::with_room(folder.journals(), Default::default(), 3), ..store });
        let handover = Handover::new(store.clone(), options(), Arc::new(SystemClock)).expect("starts");
        let house = House { folder, store, handover, found, _temporary };
        let mut writer = house.writer("collector");
        let points: Vec<Point> = (0..6).map(|minute| (1, minute * 60, 1)).collect();
        points.chunks(2).for_each(|pair| writer.append(&frame(pair)).expect("appends"));
        writer.roll(at(1)).expect("rolls");
        let options = CutOptions { wait: Duration::from_secs(60), allow_behind: false, raw: false };
        let error = tokio::task::block_in_place(|| house.store.cut(&options)).expect_err("there is no room");
        assert!(matches!(error, Error::Full { cells: 4 }) && error.is_not_ready(), "{error}");
        let behind = CutOptions { allow_behind: true, ..options };
        assert!(!tokio::task::block_in_place(|| house.store.cut(&behind)).expect("asked for").complete);
        house.handover.batch().await.expect("a batch");
        assert_eq!(house.merged(Granularity::Minute), one_pass(&points, Granularity::Minute));
        assert_eq!(house.store.speed.cells(), 0);
    });
}
