//! Four ways to ask for a service's mean and peak of the same minute: the command line, HTTP, SQL through psql, and what
//! Prometheus scraped. They agree to the last bit, also while a batch moves the numbers from one layer to the other.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use system_tests::http::get;
use system_tests::postgres::asked;
use system_tests::prometheus::Prometheus;
use system_tests::{Answer, Daemon, Site, time_text, time_us, until};

/// A batch is due every second, and has something to do.
const BATCHES: [&str; 4] = ["--set", "jobs.batch=* * * * * *", "--set", "journal.segment_age=200ms"];
/// So long after a minute nothing of it is on its way any more.
const SETTLED: f64 = 2.0;

/// By service, mean and peak of CPU, RAM and disk.
type Minute = BTreeMap<String, [f64; 6]>;

fn of_answer(answer: &Answer) -> Minute {
    let values = |row: &system_tests::Row| [row.cpu, row.ram, row.disk].map(|series| [series.avg, series.max]).concat();
    answer.rows.iter().map(|((service, _), row)| (service.clone(), values(row).try_into().unwrap())).collect()
}

fn by_command(site: &Site, from: &str, to: &str) -> Minute {
    of_answer(&site.query_range(&["--from", from, "--to", to, "--every", "minute"]))
}

fn by_http(daemon: &Daemon, from: &str, to: &str) -> Minute {
    let (status, body) = get(daemon.http(), &format!("/api/v1/series?every=minute&from={from}&to={to}"), None);
    assert_eq!(status, 200, "{body}");
    of_answer(&Answer::read(serde_json::from_str(&body).unwrap()))
}

fn by_psql(daemon: &Daemon, from: &str) -> Minute {
    let columns = "service, cpu_avg, cpu_max, ram_avg, ram_max, disk_avg, disk_max";
    let rows = asked(daemon.postgres(), &format!("SELECT {columns} FROM minute WHERE time = '{from}'"));
    let row = |line: &str| {
        let (service, values) = line.split_once('|').unwrap();
        let values: Vec<f64> = values.split('|').map(|value| value.parse().unwrap()).collect();
        (service.to_owned(), values.try_into().unwrap())
    };
    rows.lines().map(row).collect()
}

fn by_prometheus(prometheus: &Prometheus, at: f64) -> Minute {
    let mut minute = Minute::new();
    let series = ["cpu", "ram", "disk"].into_iter().flat_map(|series| [(series, "avg"), (series, "max")]);
    for (index, (series, of)) in series.enumerate() {
        for (labels, value) in prometheus.query(&format!("vitals_service_{series}_minute_{of}_ratio"), at) {
            minute.entry(labels["service"].clone()).or_default()[index] = value;
        }
    }
    minute
}

fn one(prometheus: &Prometheus, metric: &str, at: f64) -> f64 {
    prometheus.query(metric, at).into_values().next().unwrap()
}

/// Seconds since 1970 at the call and behind the question, and what it came to.
fn timed<T>(ask: impl FnOnce() -> T) -> (Range<f64>, T) {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let began = now();
    let answer = ask();
    (began..now(), answer)
}

/// When batches ran that did something, in seconds since 1970.
fn batches(site: &Site) -> Vec<Range<f64>> {
    let runs = site.json(&["jobs", "history", "batch", "--limit", "100"]);
    let runs = runs.as_array().unwrap().iter().map(|run| &run["last"]).filter(|run| run["rows"].as_u64() > Some(0));
    let span = |run: &Value| {
        let started = time_us(&run["started"]) as f64 / 1e6;
        started..started + run["took_ms"].as_f64().unwrap() / 1e3
    };
    runs.map(span).collect()
}

#[test]
fn four_clients_agree_on_a_minute_while_batches_run() {
    let site = Site::new();
    let daemon = site.serve(&BATCHES);
    let prometheus = Prometheus::start(
        site.folder(),
        &format!(
            "global: {{scrape_interval: 250ms, scrape_timeout: 250ms}}\nscrape_configs: [{{job_name: services, \
             metrics_path: /metrics/services, static_configs: [{{targets: [\"{}\"]}}]}}]\n",
            daemon.http()
        ),
    );
    // five minutes of three services up to now, and then their messages of today's clock without an end
    let _ = site.fleet(daemon.udp(), "--services 3 --count 900 --rate 9000").finish();
    let _endless = site.fleet(daemon.udp(), "--services 3 --every 4ms --seed 8");
    let mut during: BTreeMap<&str, Vec<Range<f64>>> = BTreeMap::new();
    until("each client to have asked during a batch", 90, || {
        let at = prometheus.scraped(&["services"]);
        let start = one(&prometheus, "vitals_service_minute_start_timestamp_seconds", at);
        if at < start + 60.0 + SETTLED {
            return None;
        }
        let (from, to) = (time_text((start * 1e6) as i64), time_text((start * 1e6) as i64 + 60_000_000));
        let answers = [
            ("the command line", timed(|| by_command(&site, &from, &to))),
            ("HTTP", timed(|| by_http(&daemon, &from, &to))),
            ("psql", timed(|| by_psql(&daemon, &from))),
            ("Prometheus", (at..at + one(&prometheus, "scrape_duration_seconds", at), by_prometheus(&prometheus, at))),
        ];
        let expected = &answers[0].1.1;
        assert_eq!(expected.keys().collect::<Vec<_>>(), ["service-1", "service-2", "service-3"], "{from}");
        for (client, (span, found)) in &answers {
            assert_eq!(found, expected, "{client}, the minute from {from}");
            during.entry(client).or_default().push(span.clone());
        }
        let batches = batches(&site);
        let met = |span: &Range<f64>| batches.iter().any(|batch| span.start < batch.end && batch.start < span.end);
        during.values().all(|spans| spans.iter().any(met)).then_some(())
    });
}
