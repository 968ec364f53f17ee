//! One service, one minute, four ways to ask: the command line, HTTP, SQL through the real psql, and the metrics that a
//! real Prometheus scraped. While batches run they agree with each other and with the messages that were sent, to the
//! last bit.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use chrono::Utc;
use serde_json::Value;
use system_tests::http::get;
use system_tests::postgres::asked;
use system_tests::prometheus::Prometheus;
use system_tests::{BY_HAND, Daemon, Expected, Row, Site, time_text};

const SERVICE: &str = "service-1";
const SERIES: [&str; 3] = ["cpu", "ram", "disk"];
const MINUTE_US: i64 = 60_000_000;

/// What everybody is asked for: how many messages, and of each series the mean and the peak.
#[derive(Debug, PartialEq)]
struct Told {
    count: f64,
    means: [f64; 3],
    peaks: [f64; 3],
}

impl Told {
    fn of(row: &Row) -> Self {
        let all = [row.cpu, row.ram, row.disk];
        Self { count: row.count as f64, means: all.map(|series| series.avg), peaks: all.map(|series| series.max) }
    }
}

/// The minute that Prometheus knows, with its numbers: all of them of one scrape.
fn by_metrics(prometheus: &Prometheus) -> (i64, Told) {
    let at = prometheus.scraped(&["services"]);
    let one = |metric: &str, labels: &str| {
        let samples = prometheus.query(&format!("vitals_service_{metric}{labels}"), at);
        assert_eq!(samples.len(), 1, "{metric}: {samples:?}");
        *samples.values().next().unwrap()
    };
    let start = one("minute_start_timestamp_seconds", "");
    let of_service = |metric: &str| one(metric, &format!("{{service=\"{SERVICE}\"}}"));
    let each = |kind: &str| SERIES.map(|series| of_service(&format!("{series}_minute_{kind}_ratio")));
    let told = Told { count: of_service("minute_messages"), means: each("avg"), peaks: each("max") };
    ((start * 1e6) as i64, told)
}

fn by_command_line(site: &Site, from: &str, to: &str) -> Told {
    let answer = site.query_range(&["--from", from, "--to", to, "--every", "minute", "--service", SERVICE]);
    assert_eq!(answer.rows.len(), 1, "{}", answer.document);
    Told::of(answer.rows.values().next().unwrap())
}

fn by_http(http: SocketAddr, from: &str, to: &str) -> Told {
    let path = format!("/api/v1/series?from={from}&to={to}&every=minute&service={SERVICE}");
    let (status, body) = get(http, &path, None);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let [row] = answer["rows"].as_array().unwrap().as_slice() else { panic!("one row: {answer}") };
    let each = |key: &str| SERIES.map(|series| row[series][key].as_f64().unwrap());
    Told { count: row["count"].as_f64().unwrap(), means: each("avg"), peaks: each("max") }
}

fn by_psql(postgres: SocketAddr, from: &str) -> Told {
    let columns = ["count", "cpu_avg", "ram_avg", "disk_avg", "cpu_max", "ram_max", "disk_max"].join(", ");
    let statement = format!("SELECT {columns} FROM minute WHERE service = '{SERVICE}' AND time = '{from}'");
    let told = asked(postgres, &statement);
    let numbers: Vec<f64> = told.split('|').map(|number| number.parse().unwrap()).collect();
    let [count, means @ .., _, _, _] = numbers.as_slice() else { panic!("seven columns: {told}") };
    let peaks = &numbers[4..];
    Told { count: *count, means: means.try_into().unwrap(), peaks: peaks.try_into().unwrap() }
}

/// Messages of a few services in each second of the minutes around now, so that the last whole minute has some whenever
/// it is asked for. Times ahead of the clock are taken up to ten minutes.
fn send(site: &Site, daemon: &Daemon, seed: u32) -> Expected {
    let from = Utc::now() - chrono::Duration::minutes(2);
    let start = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let options = format!("--services 3 --count 1440 --rate 6000 --start {start} --time-step 1s --seed {seed}");
    site.fleet(daemon.udp(), &options).finish().expected
}

#[test]
fn every_way_to_ask_gives_the_same_numbers_during_batches() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let prometheus = Prometheus::start(site.folder(), &configuration(daemon.http()));
    let mut expected = Expected::default();
    let done = AtomicBool::new(false);
    let batches = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                site.batch();
                batches.fetch_add(1, Ordering::Relaxed);
            }
        });
        for round in 0..3 {
            expected.add(&send(&site, &daemon, round));
            site.await_accepted(expected.count());
            agree(&site, &daemon, &prometheus, &expected);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(batches.into_inner() >= 3, "batches ran meanwhile");
    site.verify(expected.count());
}

fn configuration(http: SocketAddr) -> String {
    format!(
        "scrape_configs:\n  - {{job_name: services, metrics_path: /metrics/services, scrape_interval: 250ms, \
         scrape_timeout: 250ms, static_configs: [{{targets: [\"{http}\"]}}]}}\n"
    )
}

/// Asks everybody for the minute that Prometheus has scraped.
fn agree(site: &Site, daemon: &Daemon, prometheus: &Prometheus, expected: &Expected) {
    let (start, metrics) = by_metrics(prometheus);
    let (from, to) = (time_text(start), time_text(start + MINUTE_US));
    let rows = expected.rows_within(start..start + MINUTE_US, None);
    let sent = Told::of(&rows[&(SERVICE.to_owned(), None)]);
    let told = [
        ("metrics", metrics),
        ("command line", by_command_line(site, &from, &to)),
        ("HTTP", by_http(daemon.http(), &from, &to)),
        ("psql", by_psql(daemon.postgres(), &from)),
    ];
    for (who, told) in told {
        assert_eq!(told, sent, "{who}, of the minute from {from}");
    }
}
