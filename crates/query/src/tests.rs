//! Answers against a plain fold of what was appended, over random ranges, series and filters.

mod latest;
mod patterns;
mod retained;
mod sql;

use super::*;
use handover::{Access, Handover, Options, Store};
use journal::frames::Kind;
use journal::{Durability, Frame, JournalFolder, Writer, WriterOptions};
use model::{Clock, Counts, DataFolder, Granularity, Kept, LedgerRow, LedgerRowKind, Message, Time, TimeRange};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

struct House {
    _temporary: tempfile::TempDir,
    store: Arc<Store>,
    handover: Handover,
    writer: Writer,
}

/// A service, a time in microseconds and the billionths of its CPU.
type Point = (&'static str, i64, u32);

const SERVICES: [&str; 3] = ["checkout", "cart", "search"];

/// A clock that stands.
#[derive(Debug)]
struct Now(Time);

impl Clock for Now {
    fn now(&self) -> Time {
        self.0
    }
}

impl House {
    async fn new() -> House {
        House::keeping(Kept::default(), time(0)).await
    }

    /// One whose retention takes this for the present.
    async fn keeping(kept: Kept, now: Time) -> House {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = DataFolder::new(temporary.path());
        let limits = serving::Limits { memory_mb: 256, threads: 1 };
        let store = Store::open(folder.clone(), limits, Access::Write).expect("opens");
        let options = Options {
            batch: batch::Limits { memory_bytes: 256 << 20, partitions: 1 },
            seal_bytes: 1 << 20,
            keep: Duration::ZERO,
            roll_wait: Duration::from_secs(1),
            kept,
        };
        let handover = Handover::new(store.clone(), options, Arc::new(Now(now))).expect("starts");
        handover.prepare().await.expect("prepares");
        let options = WriterOptions {
            durability: Durability::Never,
            segment_bytes: u64::MAX,
            segment_age: Duration::MAX,
            quarantine: folder.quarantine("collector"),
        };
        let journal = JournalFolder::new(folder.journal("collector"));
        let (writer, _) = Writer::open(&journal, options, |_| 0, time(0)).expect("opens");
        House { _temporary: temporary, store, handover, writer }
    }

    fn append(&mut self, points: &[Point], rows: Vec<LedgerRow>) {
        append(&mut self.writer, points, rows);
    }

    fn ask(&self, question: Question) -> Answer {
        tokio::task::block_in_place(|| answer(&self.store, &question)).expect("an answer")
    }
}

fn append(writer: &mut Writer, points: &[Point], rows: Vec<LedgerRow>) {
    let mut frame = Frame::empty(Kind::Batch, time(0));
    for (service, at, billionths) in points {
        frame.messages.push(&Message {
            service,
            instance: None,
            time: Time::from_micros(*at),
            received: time(0),
            cpu: f64::from(*billionths) / 1e9,
            ram_total: 16.0,
            ram_free: 4.0,
            disk_total: 8.0,
            disk_free: 6.0,
            sender: None,
            sequence: None,
            extra: None,
        });
    }
    frame.ledger = rows;
    writer.append(&frame).expect("appends");
}

fn time(second: i64) -> Time {
    Time::from_micros(1_795_219_200_000_000 + second * 1_000_000)
}

fn question(from: Time, to: Time) -> Question {
    Question {
        range: TimeRange::new(from, to).expect("not empty"),
        services: Vec::new(),
        every: None,
        layer: Layer::Merged,
        wait: Duration::from_secs(60),
        allow_behind: false,
        explain: true,
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

/// Per service and bucket: count, and of CPU the sum, minimum, maximum and its earliest time.
type Expected = BTreeMap<(String, Option<Time>), (u64, i128, u32, u32, i64)>;

fn brute_force(points: &[Point], range: &TimeRange, every: Option<Granularity>, service: Option<&str>) -> Expected {
    let mut cells = Expected::new();
    for (name, at, value) in points {
        if !range.contains(Time::from_micros(*at)) || service.is_some_and(|service| service != *name) {
            continue;
        }
        let bucket = every.map(|every| every.floor(Time::from_micros(*at)));
        let cell = cells.entry(((*name).to_owned(), bucket)).or_insert((0, 0, u32::MAX, 0, i64::MAX));
        let peak = *value > cell.3 || (*value == cell.3 && *at < cell.4);
        *cell = (cell.0 + 1, cell.1 + i128::from(*value), cell.2.min(*value), cell.3, cell.4);
        if peak {
            (cell.3, cell.4) = (*value, *at);
        }
    }
    cells
}

fn check(answer: &Answer, expect: &Expected) {
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.service.clone(), row.bucket)).collect();
    assert_eq!(rows, expect.keys().cloned().collect::<Vec<_>>());
    for (row, (count, sum, min, max, max_at)) in answer.rows.iter().zip(expect.values()) {
        assert_eq!(row.count, *count);
        let share = |billionths: u32| f64::from(billionths) / 1e9;
        assert_eq!((row.cpu.min, row.cpu.max), (share(*min), share(*max)));
        assert_eq!(row.cpu.max_at, Time::from_micros(*max_at));
        assert_eq!(row.cpu.avg, *sum as f64 / (*count as f64 * 1e9));
        assert_eq!((row.ram.avg, row.disk.max), (0.75, 0.25));
    }
}

fn points() -> impl Strategy<Value = Vec<Point>> {
    let second = 1_000_000i64;
    let spread = prop_oneof![0..180 * second, 0..90_000 * second, -40_000_000 * second..0];
    let at = spread.prop_map(|offset| time(0).as_micros() + offset);
    prop::collection::vec((prop::sample::select(SERVICES.to_vec()), at, 0u32..6), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 100, ..ProptestConfig::default() })]
    #[test]
    fn answers_equal_brute_force(rounds in prop::collection::vec(points(), 1..4), picks in prop::collection::vec(any::<(u16, u16, u8)>(), 12)) {
        run(async {
            let mut house = House::new().await;
            let mut sent = Vec::new();
            for (round, points) in rounds.iter().enumerate() {
                house.append(points, Vec::new());
                sent.extend(points.iter().copied());
                house.writer.roll(time(0)).expect("rolls");
                if round % 2 == 0 {
                    house.handover.batch().await.expect("a batch");
                }
            }
            let edge = |pick: u16| {
                let near = sent[usize::from(pick) % sent.len()].1;
                Time::from_micros(match pick % 4 {
                    0 => near,
                    1 => near + 1,
                    2 => Granularity::Minute.floor(Time::from_micros(near)).as_micros(),
                    _ => Granularity::Day.next(Granularity::Day.floor(Time::from_micros(near))).as_micros(),
                })
            };
            for (a, b, kind) in picks {
                let (from, to) = (edge(a).min(edge(b)), edge(a).max(edge(b)));
                if from == to {
                    continue;
                }
                let every = Granularity::ALL.get(usize::from(kind) % 7).copied();
                let service = SERVICES.get(usize::from(kind) % 5).copied();
                let services = service.iter().map(|service| (*service).to_owned()).collect();
                let answer = house.ask(Question { every, services, ..question(from, to) });
                check(&answer, &brute_force(&sent, &TimeRange { from, to }, every, service));
            }
        });
    }
}

#[test]
fn the_coarsest_buckets_are_read() {
    run(async {
        let mut house = House::new().await;
        let day = 86_400;
        let points: Vec<Point> = (0..40).map(|step| ("cart", time(step * day).as_micros(), 5)).collect();
        house.append(&points, Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        let year = question("2026-01-01".parse().expect("a time"), "2028-01-01".parse().expect("a time"));
        let explain = house.ask(year).explain.expect("asked for");
        assert_eq!(explain.view_cells, BTreeMap::from([("year".to_owned(), 1)]));
        assert_eq!((explain.realtime_cells, explain.raw_rows), (0, 0));
        let ragged = question("2026-11-21T00:00:01Z".parse().expect("a time"), "2027-01-01".parse().expect("a time"));
        let explain = house.ask(ragged).explain.expect("asked for");
        let cells = |granularity: &str| explain.view_cells.get(granularity).copied();
        assert_eq!((cells("month"), cells("day"), explain.raw_rows), (Some(1), Some(9), 0));
        assert_eq!(explain.plan.first().map(|piece| piece.granularity.as_str()), Some("raw"));
    });
}

#[test]
fn layers_add_up_and_are_answered_in_whole_minutes() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(1).as_micros(), 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        house.append(&[("cart", time(2).as_micros(), 2), ("cart", time(70).as_micros(), 3)], Vec::new());
        let asked = || question(time(2), time(3));
        let count = |layer| {
            let answer = house.ask(Question { layer, ..asked() });
            (answer.rows.iter().map(|row| row.count).sum::<u64>(), answer.answered)
        };
        assert_eq!(count(Layer::Merged), (1, TimeRange { from: time(2), to: time(3) }.into()));
        let widened = TimeRange { from: time(0), to: time(60) }.into();
        assert_eq!((count(Layer::Batch), count(Layer::Realtime)), ((1, widened), (1, widened)));
    });
}

#[test]
fn coverage_is_the_same_before_and_after_a_batch() {
    run(async {
        let mut house = House::new().await;
        let counts = Counts { accepted: 2, shed: 3, kernel_dropped: Some(4), ..Counts::default() };
        let gap = LedgerRow {
            source: "collector".to_owned(),
            from: time(30),
            to: time(70),
            kind: LedgerRowKind::Gap { clean: false },
        };
        house.append(&[], vec![LedgerRow::counts("collector", time(0), counts.clone()), gap]);
        house.append(&[], vec![LedgerRow::counts("collector", time(0), counts)]);
        let before = house.ask(question(time(0), time(180)));
        assert_eq!((before.coverage.accepted, before.coverage.shed, before.coverage.received), (4, 6, 10));
        assert_eq!((before.coverage.unknown_minutes, before.coverage.kernel_dropped), (2, None));
        house.writer.roll(time(0)).expect("rolls");
        house.handover.batch().await.expect("a batch");
        assert_eq!(house.ask(question(time(0), time(180))).coverage, before.coverage);
        let later = house.ask(question(time(120), time(180))).coverage;
        assert_eq!((later.received, later.unknown_minutes, later.kernel_dropped), (0, 0, Some(0)));
    });
}

#[test]
fn a_tail_shows_what_is_appended_from_now_on() {
    run(async {
        let mut house = House::new().await;
        let at = time(1).as_micros();
        house.append(&[("cart", at, 1)], Vec::new());
        let mut tail = Tail::new(house.store.folder.journals()).expect("begins");
        let filter = TailFilter::new(&["c*".to_owned()]).expect("a pattern");
        let shown = |tail: &mut Tail| {
            let mut names = Vec::new();
            tail.read(&mut |messages| names.extend(filter.shown(messages).map(|message| message.service)))
                .expect("reads");
            names
        };
        assert!(shown(&mut tail).is_empty());
        house.append(&[("checkout", at, 1), ("search", at, 1)], Vec::new());
        house.writer.roll(time(0)).expect("rolls");
        house.append(&[("cart", at, 1)], Vec::new());
        assert_eq!(shown(&mut tail), ["checkout", "cart"]);
        assert!(shown(&mut tail).is_empty());
    });
}
