//! Three years of messages at a glance: a data folder whose answers an oracle knows for any range of time.

use std::fs;
use std::ops::Range;

use chrono::DateTime;
use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Daemon, Expected, Site};

/// Instants that a wrong split of a range puts on the wrong side, or leaves out.
const EDGES: [&str; 20] = [
    "2021-12-31T23:59:59.999999",
    "2022-01-01",
    "2022-01-01T12:55:59.999999",
    "2022-01-01T12:56",
    "2022-01-14T23:59:59.999999",
    "2022-01-15",
    "2022-01-31T23:59:59.999999",
    "2022-02-28T23:59:59.999999",
    "2022-03-01",
    "2022-03-31T23:58:59.999999",
    "2022-03-31T23:59",
    "2022-11-30T23:59:59.999999",
    "2022-12-01",
    "2022-12-31T23:59:59.999999",
    "2023-01-01",
    "2024-02-29T12:00:00.5",
    "2024-12-31T23:59:59.999999",
    "2025-02-12T23:33:59.999999",
    "2025-02-12T23:34",
    "2025-03-01",
];

const DAY_US: i64 = 86_400_000_000;

/// Messages from December 2021 to March 2025: half of them in the batch views, half in the realtime views of a daemon.
pub(crate) struct History {
    pub(crate) site: Site,
    _daemon: Daemon,
    pub(crate) batch: Expected,
    pub(crate) realtime: Expected,
    pub(crate) merged: Expected,
    /// Of every message.
    pub(crate) times: Vec<i64>,
}

impl History {
    pub(crate) fn new() -> Self {
        let site = Site::new();
        let (batch, realtime) = messages();
        let times = batch.iter().chain(&realtime).map(|heartbeat| heartbeat.time_us).collect();
        import(&site, "batch", &batch);
        let daemon = site.serve(&BY_HAND);
        import(&site, "realtime", &realtime);
        let [batch, realtime] = [batch, realtime].map(|half| Heartbeat::expect(&half, &site.path("list")));
        let mut merged = batch.clone();
        merged.add(&realtime);
        Self { site, _daemon: daemon, batch, realtime, merged, times }
    }
}

/// The same messages, all of one batch, without a daemon.
pub(crate) fn published() -> (Site, Expected) {
    let site = Site::new();
    let (mut all, more) = messages();
    all.extend(more);
    import(&site, "all", &all);
    let expected = Heartbeat::expect(&all, &site.path("list"));
    (site, expected)
}

fn import(site: &Site, name: &str, heartbeats: &[Heartbeat]) {
    let file = site.path(name);
    fs::write(&file, heartbeats.iter().map(Heartbeat::wire).collect::<String>())
        .expect("the test's folder can be written");
    site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
}

fn messages() -> (Vec<Heartbeat>, Vec<Heartbeat>) {
    let mut dice = Dice::new(7);
    let all = within("2021-12-01", "2025-03-15");
    // on some days, for every day is a file of the master dataset
    let days: Vec<i64> = (0..60).map(|_| dice.between(&all) / DAY_US * DAY_US).collect();
    let random: Vec<i64> = (0..50 * days.len()).map(|at| days[at / 50] + dice.between(&(0..DAY_US))).collect();
    let times = EDGES.iter().flat_map(|edge| [instant(edge); 3]).chain(random);
    let heartbeats =
        times.enumerate().map(|(number, time)| Heartbeat::numbered(u32::try_from(number).expect("few"), time));
    heartbeats.partition(|heartbeat| heartbeat.cpu < 0.5)
}

/// A range as it is typed.
pub(crate) fn within(from: &str, to: &str) -> Range<i64> {
    instant(from)..instant(to)
}

/// A time as it is typed, in microseconds since 1970: what is not said is zero, and in UTC.
pub(crate) fn instant(text: &str) -> i64 {
    let complete = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ if text.ends_with('Z') || text.contains('+') => text.to_owned(),
        _ => format!("{text}Z"),
    };
    let time = DateTime::parse_from_rfc3339(&complete).unwrap_or_else(|error| panic!("{text}: {error}"));
    time.timestamp_micros()
}

/// Numbers that look random and are the same in each run (Knuth's MMIX generator).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 16) % bound
    }

    pub(crate) fn between(&mut self, range: &Range<i64>) -> i64 {
        range.start + self.below((range.end - range.start).unsigned_abs()).cast_signed()
    }
}
