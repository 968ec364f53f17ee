//! A real Prometheus scrapes Vitals with the configuration that this repository hands out, and then knows what every
//! other answer says.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use system_tests::http::get;
use system_tests::inputs::repository;
use system_tests::prometheus::{Prometheus, Samples, promtool};
use system_tests::{BY_HAND, Bucket, Daemon, Site, time_text, until};

const READ: &str = "a-token-to-read-with-0123456789abcdef";

/// A daemon that wants tokens.
fn guarded(site: &Site) -> Daemon {
    for (name, token) in [("read", READ), ("operate", "a-token-to-operate-with-0123456789abcdef")] {
        fs::write(site.path(name), token).unwrap();
    }
    let token = |name: &str| format!("tokens.{name}_file={}", site.path(name).display());
    let (read, operate) = (token("read"), token("operate"));
    site.serve(&[&["--set", &read, "--set", &operate], &BY_HAND[..]].concat())
}

/// The configuration handed out, for this daemon, and faster.
fn configuration(site: &Site, daemon: &Daemon) -> String {
    let text = fs::read_to_string(repository("deploy/prometheus/prometheus.yml")).unwrap();
    let mut replaced = text;
    for (from, to) in [
        ("/run/vitals/tokens/read", site.path("read").display().to_string()),
        ("server:3501", daemon.http().to_string()),
        ("15s", "250ms".to_owned()),
        ("scrape_timeout: 10s", "scrape_timeout: 250ms".to_owned()),
        (
            "vitals.rules.yml",
            repository("deploy/prometheus/vitals.rules.yml").canonicalize().unwrap().display().to_string(),
        ),
    ] {
        assert!(replaced.contains(from), "no {from} in the configuration");
        replaced = replaced.replace(from, &to);
    }
    replaced
}

fn one(samples: &Samples, what: &str) -> f64 {
    assert_eq!(samples.len(), 1, "{what}: {samples:?}");
    *samples.values().next().unwrap()
}

/// A sample for each service.
fn by_service(prometheus: &Prometheus, metric: &str, at: f64) -> BTreeMap<String, f64> {
    prometheus.query(metric, at).into_iter().map(|(labels, value)| (labels["service"].clone(), value)).collect()
}

/// That the minute's numbers in Prometheus are the ones of the command line, bit for bit.
fn agrees(site: &Site, prometheus: &Prometheus, when: &str) {
    let tokens = ["--token-file".to_owned(), site.path("read").display().to_string()];
    until("a scrape and an answer of the same minute", 90, || {
        let at = prometheus.scraped(&["vitals-services"]);
        let start = one(&prometheus.query("vitals_service_minute_start_timestamp_seconds", at), when);
        let start_us = (start * 1e6) as i64;
        let (from, to) = (time_text(start_us), time_text(start_us + 60_000_000));
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let asked = ["--from", &from, "--to", &to, "--every", Bucket::Minute.name()];
        let rows = site.query_range(&[&asked, &tokens[..]].concat()).rows;
        let wanted = |value: &dyn Fn(&system_tests::Row) -> f64| -> BTreeMap<String, f64> {
            rows.iter().map(|((service, _), row)| (service.clone(), value(row))).collect()
        };
        if rows.len() < 3 {
            // the fleet's messages end before the minute does
            return None;
        }
        let check = |metric: &str, expected: BTreeMap<String, f64>| {
            let found = by_service(prometheus, &format!("vitals_service_{metric}"), at);
            assert_eq!(found, expected, "{when}: {metric} at {from}");
        };
        check("cpu_minute_avg_ratio", wanted(&|row| row.cpu.avg));
        check("cpu_minute_max_ratio", wanted(&|row| row.cpu.max));
        check("ram_minute_avg_ratio", wanted(&|row| row.ram.avg));
        check("ram_minute_max_ratio", wanted(&|row| row.ram.max));
        check("disk_minute_avg_ratio", wanted(&|row| row.disk.avg));
        check("disk_minute_max_ratio", wanted(&|row| row.disk.max));
        check("minute_messages", wanted(&|row| row.count as f64));
        Some(())
    });
}

#[test]
fn prometheus_scrapes_both_endpoints_and_agrees_with_the_command_line() {
    let site = Site::new();
    let daemon = guarded(&site);
    // without tokens, and collecting in a process of its own
    let open = Site::new();
    let (collector, unguarded) = (open.collect(&[]), open.serve(&[&["--no-collector"], &BY_HAND[..]].concat()));
    let jobs = format!(
        "{}\n  - {{job_name: open, static_configs: [{{targets: [\"{}\"]}}]}}\n  - {{job_name: no-token, static_configs: \
         [{{targets: [\"{}\"]}}]}}\n",
        configuration(&site, &daemon),
        unguarded.http(),
        daemon.http()
    );
    let prometheus = Prometheus::start(site.folder(), &jobs);
    // three services, a message a second of each through the last minutes up to now, of which one in 300 is malformed
    let flaws = "--services 3 --count 900 --rate 3000 --incident malformed:service-2@+100s/3s";
    let sent = site.fleet(daemon.udp(), flaws).finish();
    let elsewhere = open.fleet(collector.udp(), "--services 2 --count 300 --rate 3000").finish();
    open.await_total(elsewhere.count());
    let _ = prometheus.scraped(&["vitals", "vitals-services", "open"]);
    until("a scrape without a token", 60, || {
        let targets = prometheus.ask("targets")["activeTargets"].clone();
        let without = targets.as_array().unwrap().iter().find(|target| target["labels"]["job"] == "no-token").unwrap();
        let refused = without["lastError"].as_str().unwrap().contains("401 Unauthorized");
        (refused && without["health"] == "down").then_some(())
    });

    agrees(&site, &prometheus, "all realtime");
    let operate = site.path("operate").display().to_string();
    site.run(&["jobs", "run", "batch", "--token-file", &operate]).ok();
    agrees(&site, &prometheus, "after a batch");

    let at = prometheus.scraped(&["vitals", "vitals-services", "open"]);
    let value = |expression: &str| one(&prometheus.query(expression, at), expression);
    let malformed = sent.summary["malformed"].as_f64().unwrap();
    let valid = sent.summary["valid"].as_f64().unwrap();
    assert!(malformed > 0.0 && valid > 0.0, "{}", sent.summary);
    assert_eq!(value("vitals_messages_received_total{job=\"vitals\"}"), malformed + valid);
    assert_eq!(value("vitals_messages_accepted_total{job=\"vitals\"}"), valid);
    assert_eq!(value("sum(vitals_messages_rejected_total{job=\"vitals\"})"), malformed);
    assert_eq!(value("vitals_kernel_dropped_total{job=\"vitals\"}"), 0.0);
    assert_eq!(value("vitals_messages_accepted_total{job=\"open\", source=\"collector\"}"), elsewhere.count() as f64);
    assert_eq!(value("sum(vitals_service_messages_total)"), valid);
    assert_eq!(value("vitals_job_runs_total{job=\"vitals\", name=\"batch\", outcome=\"ok\"}"), 1.0);
    assert_eq!(
        value("vitals_journal_watermark_lag_seconds{job=\"vitals\", source=\"collector\"}"),
        0.0,
        "all is in the views"
    );
    assert!(value("vitals_journal_watermark_segment{job=\"vitals\", source=\"collector\"}") >= 1.0);
    assert!(value("vitals_master_bytes{job=\"vitals\"}") > 0.0);
    assert!(value("vitals_realtime_lag_seconds{job=\"vitals\"}") < 10.0);
    assert_eq!(value("min(vitals_scrape_success)"), 1.0);
    let requests =
        "vitals_http_request_duration_seconds_count{job=\"vitals\", route=\"/metrics/services\", method=\"GET\"}";
    assert!(value(requests) >= 1.0);
    let last = by_service(&prometheus, "vitals_service_cpu_ratio", at);
    assert_eq!(last.keys().collect::<Vec<_>>(), ["service-1", "service-2", "service-3"]);

    let groups = prometheus.ask("rules");
    for rule in groups["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap()) {
        assert!(["ok", "unknown"].contains(&rule["health"].as_str().unwrap()), "{rule}");
    }
    let mut scraped = String::new();
    for path in ["/metrics", "/metrics/services"] {
        assert_eq!(get(daemon.http(), path, None).0, 401, "{path}");
        let (status, text) = get(daemon.http(), path, Some(READ));
        assert_eq!(status, 200, "{text}");
        let lint = promtool(site.folder(), &["check", "metrics"], &text);
        assert_eq!((lint.code, lint.stderr.as_str(), lint.stdout.as_str()), (Some(0), "", ""), "{path}");
        scraped += &text;
    }
    let names: BTreeSet<&str> =
        scraped.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let rules = fs::read_to_string(repository("deploy/prometheus/vitals.rules.yml")).unwrap();
    let words =
        rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("vitals_"));
    assert_eq!(words.filter(|word| !names.contains(word)).collect::<Vec<_>>(), Vec::<&str>::new(), "alerts on nothing");
    let documented = fs::read_to_string(repository("docs/prometheus.md")).unwrap();
    let silent = names.iter().filter(|name| name.starts_with("vitals_") && !documented.contains(&format!("`{name}")));
    assert_eq!(silent.collect::<Vec<_>>(), Vec::<&&str>::new(), "metrics that docs/prometheus.md does not speak of");
}

#[test]
fn the_alerts_fire_when_they_should() {
    let folder = repository("deploy/prometheus");
    promtool(&folder, &["check", "rules", "vitals.rules.yml"], "").ok();
    promtool(&folder, &["check", "config", "--syntax-only", "prometheus.yml"], "").ok();
    promtool(&folder, &["test", "rules", "vitals.rules.test.yml"], "").ok();
    // none without a test
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (rules, tests) = (read("vitals.rules.yml"), read("vitals.rules.test.yml"));
    let alerts = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let untested: Vec<&str> = alerts.filter(|alert| !tests.contains(&format!("alertname: {alert}"))).collect();
    assert_eq!(untested, Vec::<&str>::new());
}
