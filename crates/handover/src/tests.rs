//! The hand-over on real files: journals, Delta tables and DuckDB in a temporary folder.

mod backup;
mod law;
mod retain;
mod start;
mod steps;

use crate::cut::{Cut, CutOptions};
use crate::handover::{Handover, Options};
use crate::store::{Access, Store};
use journal::frames::Kind;
use journal::{Durability, Frame, JournalFolder, Recovery, Writer, WriterOptions};
use model::{
    Counts, DataFolder, Granularity, HealthRollup, LedgerRow, Message, Rollup, Span, SystemClock, Time, TimeRange,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A data folder with its store, as one process life after the other opens it.
struct House {
    folder: DataFolder,
    store: Arc<Store>,
    handover: Handover,
    _temporary: Option<tempfile::TempDir>,
}

fn options() -> Options {
    Options {
        batch: batch::Limits { memory_bytes: 256 << 20, partitions: 1 },
        seal_bytes: 4096,
        keep: Duration::ZERO,
        roll_wait: Duration::from_millis(100),
        kept: model::Kept::default(),
    }
}

fn limits() -> serving::Limits {
    serving::Limits { memory_mb: 256, threads: 1 }
}

impl House {
    async fn new() -> House {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = DataFolder::new(temporary.path().join("vitals"));
        std::fs::create_dir_all(folder.path()).expect("creates");
        House { _temporary: Some(temporary), ..House::open(folder).await }
    }

    async fn open(folder: DataFolder) -> House {
        let store = Store::open(folder.clone(), limits(), Access::Write).expect("opens");
        let handover = Handover::new(store.clone(), options(), Arc::new(SystemClock)).expect("starts");
        handover.prepare().await.expect("prepares");
        handover.rebuild_missing().await.expect("rebuilds");
        House { folder, store, handover, _temporary: None }
    }

    /// Ends this life without a word and begins the next.
    async fn crash(mut self) -> House {
        let temporary = self._temporary.take();
        let folder = self.folder.clone();
        drop(self);
        House { _temporary: temporary, ..House::open(folder).await }
    }

    /// Ends this life and begins the next in another folder, out of a backup.
    async fn moved(self) -> House {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let backup = temporary.path().join("backup");
        self.handover.backup(&backup, &[]).await.expect("backs up");
        let folder = DataFolder::new(temporary.path().join("vitals"));
        crate::restore(&backup, &folder).expect("restores");
        House { _temporary: Some(temporary), ..House::open(folder).await }
    }

    fn writer(&self, name: &str) -> Writer {
        self.open_writer(name).0
    }

    fn open_writer(&self, name: &str) -> (Writer, Recovery) {
        let folder = JournalFolder::new(self.folder.journal(name)).writable().expect("asks");
        let options = WriterOptions {
            durability: Durability::Never,
            segment_bytes: u64::MAX,
            segment_age: Duration::MAX,
            quarantine: self.folder.quarantine(&folder.name()),
        };
        Writer::open(&folder, options, |_| 0, at(0)).expect("opens")
    }

    fn cut(&self) -> Cut {
        let options = CutOptions { wait: Duration::from_secs(60), allow_behind: false, raw: false };
        tokio::task::block_in_place(|| self.store.cut(&options)).expect("a cut")
    }

    fn merged(&self, granularity: Granularity) -> Cells {
        let cut = self.cut();
        let always = TimeRange { from: Time::MIN, to: Time::MAX };
        let mut cells = Cells::new();
        let mut add = |service: &str, bucket: Time, rollup: &HealthRollup| {
            cells.entry((service.to_owned(), granularity.floor(bucket))).or_default().merge(rollup);
        };
        cut.view_rollups(&Span { granularity, range: always }, None, &mut add).expect("reads views");
        cut.realtime_rollups(&always, &|_| true, &mut add);
        cells
    }

    fn verify(&self) -> crate::Verification {
        tokio::task::block_in_place(|| self.store.verify(None, Duration::from_secs(60))).expect("verifies")
    }
}

type Cells = BTreeMap<(String, Time), HealthRollup>;

fn at(second: i64) -> Time {
    Time::from_micros(1_795_219_200_000_000 + second * 1_000_000)
}

/// A message as the tests make them up: a service, a time and tenths of CPU.
type Point = (u8, i64, u8);

fn frame(points: &[Point]) -> Frame {
    let mut frame = Frame::empty(Kind::Batch, at(0));
    for (service, second, tenths) in points {
        frame.messages.push(&Message {
            service: &format!("service-{service}"),
            instance: None,
            time: at(*second),
            received: at(0),
            cpu: f64::from(*tenths) / 10.0,
            ram_total: 16.0,
            ram_free: 16.0 - f64::from(*tenths),
            disk_total: 3.0,
            disk_free: f64::from(*tenths) / 10.0,
            sender: None,
            sequence: None,
            extra: None,
        });
    }
    let counts = Counts { accepted: points.len() as u64, ..Counts::default() };
    frame.ledger.push(LedgerRow::counts("collector", at(0), counts));
    frame
}

/// One pass over the points, with arithmetic of its own.
fn one_pass(points: &[Point], granularity: Granularity) -> Cells {
    let mut cells = Cells::new();
    for (service, second, tenths) in points {
        let cell = cells.entry((format!("service-{service}"), granularity.floor(at(*second)))).or_default();
        let tenths = f64::from(*tenths);
        let shares = [tenths / 10.0, (16.0 - (16.0 - tenths)) / 16.0, (3.0 - tenths / 10.0) / 3.0];
        for (rollup, share) in [&mut cell.cpu, &mut cell.ram, &mut cell.disk].into_iter().zip(shares) {
            let value = (share * 1e9).round_ties_even() as u32;
            let first = rollup.count == 0;
            let peak = first || value > rollup.max || (value == rollup.max && at(*second) < rollup.max_at);
            *rollup = Rollup {
                count: rollup.count + 1,
                sum: rollup.sum + i128::from(value),
                min: if first { value } else { rollup.min.min(value) },
                max: if peak { value } else { rollup.max },
                max_at: if peak { at(*second) } else { rollup.max_at },
            };
        }
    }
    cells
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test)
}
