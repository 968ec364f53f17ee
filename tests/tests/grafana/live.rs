//! Every query of every dashboard against a Vitals that has a week behind it and is being fed, and the Prometheus that
//! scrapes it.

use std::collections::BTreeSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use system_tests::inputs::{Heartbeat, python};
use system_tests::prometheus::Prometheus;
use system_tests::{BY_HAND, Daemon, Output, Site};

use crate::dashboards::{NAMES, dashboard, panels, service_variable, targets};
use crate::expand::View;

const SERVICES: [&str; 2] = ["service-1", "service-2"];
const DAYS: i64 = 9;
const STEP_US: i64 = 20 * 60 * 1_000_000;

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// Two services through nine days, whose disks fill up.
fn past(site: &Site) -> String {
    let steps = DAYS * 86_400 * 1_000_000 / STEP_US;
    let begin = now_us() - steps * STEP_US;
    let lines = (0..steps).flat_map(|step| {
        SERVICES.map(|service| {
            let disk = [512.0, 512.0 * (0.6 - 0.2 * step as f64 / steps as f64)];
            let of = Heartbeat::numbered(step as u32, begin + step * STEP_US);
            Heartbeat { service: service.to_owned(), disk, ..of }.csv()
        })
    });
    let header = "service,time,cpu,ram_total,ram_free,disk_total,disk_free\n".to_owned();
    let path = site.path("past.csv");
    fs::write(&path, header + &lines.collect::<String>()).unwrap();
    path.display().to_string()
}

/// A daemon with a past, that is scraped, and that has been asked and sent to while it was.
fn fed(site: &Site) -> (Daemon, Prometheus, f64) {
    let daemon = site.serve(&BY_HAND);
    site.run(&["import", &past(site)]).ok();
    site.batch();
    let target = format!("static_configs: [{{targets: [\"{}\"]}}]", daemon.http());
    let configuration = format!(
        "global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}\nscrape_configs:\n  - {{job_name: vitals, {target}}}\n  \
         - {{job_name: vitals-services, metrics_path: /metrics/services, {target}}}\n"
    );
    let jobs = ["vitals", "vitals-services"];
    let prometheus = Prometheus::start(site.folder(), &configuration);
    let _ = prometheus.scraped(&jobs);
    // a first question, so that its counters are there before they rise
    site.query(&[]);
    let _ = statements(site, &daemon, &["SELECT count(*) FROM minute".to_owned()]);
    let _ = prometheus.scraped(&jobs);
    let flaws = "--services 2 --count 800 --rate 4000 --incident malformed:service-2@+100s/3s";
    let _ = site.fleet(daemon.udp(), flaws).finish();
    site.query(&[]);
    let _ = statements(site, &daemon, &["SELECT count(*) FROM hour".to_owned()]);
    let at = prometheus.scraped(&jobs);
    (daemon, prometheus, at)
}

/// The answers to SQL statements, by a client that has nothing of ours.
fn statements(site: &Site, daemon: &Daemon, texts: &[String]) -> Vec<Value> {
    let file = site.path("statements.json");
    fs::write(&file, serde_json::to_string(texts).unwrap()).unwrap();
    let mut client = python("statements.py");
    client.arg(daemon.postgres().port().to_string()).arg("none").arg(&file);
    let answers = Output::of(&mut client).json();
    let answers = answers.as_array().unwrap().clone();
    for (text, answer) in texts.iter().zip(&answers) {
        assert_eq!(answer.get("error"), None, "{text}");
    }
    answers
}

fn columns(answer: &Value) -> Vec<&str> {
    answer["columns"].as_array().unwrap().iter().map(|column| column[0].as_str().unwrap()).collect()
}

/// Columns that the panel's settings speak of.
fn named(panel: &Value) -> BTreeSet<&str> {
    let overrides = panel["fieldConfig"]["overrides"].as_array().unwrap().iter();
    let names = overrides.filter(|one| one["matcher"]["id"] == "byName");
    names.map(|one| one["matcher"]["options"].as_str().unwrap()).collect()
}

/// That rows are there and such as the panel can show.
fn check_rows(what: &str, panel: &Value, target: &Value, answer: &Value) {
    let rows = answer["rows"].as_array().unwrap();
    assert!(!rows.is_empty(), "{what} has no rows");
    assert!(
        rows.iter().any(|row| row.as_array().unwrap().iter().any(|value| !value.is_null())),
        "{what}: only nothing"
    );
    let is_share = panel["fieldConfig"]["defaults"]["unit"] == "percentunit";
    for value in rows.iter().flat_map(|row| row.as_array().unwrap()).filter_map(Value::as_f64).filter(|_| is_share) {
        assert!((0.0..=1.0).contains(&value), "{what}: {value} is no share");
    }
    if target["format"] == "time_series" {
        assert_eq!(columns(answer)[0], "time", "{what}");
        // timestamp with time zone
        assert_eq!(answer["columns"][0][1], 1184, "{what}");
        assert!(rows.is_sorted_by_key(|row| row[0].as_str().unwrap()), "{what}: in order of time");
    }
}

#[test]
fn every_query_is_answered_with_what_its_panel_shows() {
    let site = Site::new();
    let (daemon, prometheus, at) = fed(&site);
    let now = now_us();
    let view = View { from: now - 86_400_000_000, to: now + 60_000_000, services: &SERVICES, every: "minute" };
    let (mut asked, mut expressions) = (0, 0);
    for name in NAMES {
        let dashboard = dashboard(name);
        let (variable, multiple) = service_variable(&dashboard).unzip();
        let multiple = multiple.unwrap_or(false);
        let found: Vec<(&Value, &Value)> =
            panels(&dashboard).flat_map(|panel| targets(panel).iter().map(move |target| (panel, target))).collect();
        let (sql, promql): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, target)| target.get("rawSql").is_some());

        let of = |view: &View| -> Vec<String> {
            sql.iter().map(|(_, target)| view.sql(target["rawSql"].as_str().unwrap(), multiple)).collect()
        };
        let texts = of(&view);
        asked += texts.len();
        let answers = statements(&site, &daemon, &texts);
        for ((panel, target), answer) in sql.iter().zip(&answers) {
            check_rows(&format!("{name}, {}: {}", panel["title"], target["rawSql"]), panel, target, answer);
        }
        for panel in panels(&dashboard).filter(|panel| panel.get("transformations").is_none()) {
            let own = sql.iter().zip(&answers).filter(|((of, _), _)| of["id"] == panel["id"]);
            let shown: BTreeSet<&str> = own.flat_map(|(_, answer)| columns(answer)).collect();
            let unknown: Vec<&str> = named(panel).into_iter().filter(|name| !shown.contains(name)).collect();
            assert_eq!(unknown, Vec::<&str>::new(), "{name}, {}: settings for what is not there", panel["title"]);
        }
        // the wider buckets have the same columns
        statements(&site, &daemon, &of(&View { every: "day", ..view }));
        if let Some(variable) = variable {
            let list = statements(&site, &daemon, &[variable.to_owned()]);
            assert_eq!(list[0]["rows"], serde_json::json!([["service-1"], ["service-2"]]), "{name}");
        }

        expressions += promql.len();
        for (panel, target) in promql {
            let text = view.promql(target["expr"].as_str().unwrap(), multiple);
            let what = format!("{name}, {}: {text}", panel["title"]);
            let samples = prometheus.query(&text, at);
            assert!(samples.values().any(|value| value.is_finite()), "{what} has no values: {samples:?}");
            let legend = target["legendFormat"].as_str().unwrap_or_default();
            for label in legend.split("{{").skip(1).map(|rest| rest.split_once("}}").unwrap().0) {
                assert!(samples.keys().all(|labels| labels.contains_key(label)), "{what}: no label {label}");
            }
            if panel["fieldConfig"]["defaults"]["unit"] == "percentunit" {
                assert!(samples.values().all(|value| (0.0..=1.0).contains(value)), "{what}: {samples:?}");
            }
        }
    }
    assert!(asked > 25 && expressions > 30, "{asked} statements and {expressions} expressions were tried");
}
