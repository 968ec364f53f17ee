//! What scripts rely on: the keys of every JSON document, and the exit codes.

use std::fs;

use serde_json::Value;
use system_tests::inputs::repository;
use system_tests::{BY_HAND, Site, time_us, until};

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        object.as_object().unwrap_or_else(|| panic!("{object}")).keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn check(object: &Value, expected: &str) {
    let mut expected: Vec<&str> = expected.split(' ').collect();
    expected.sort_unstable();
    assert_eq!(keys(object), expected, "{object}");
}

fn list(document: &Value) -> &[Value] {
    document.as_array().unwrap_or_else(|| panic!("{document}"))
}

/// A folder that holds the sample, a few messages of today and a refused one, all but the last batch's published.
fn site() -> (Site, system_tests::Daemon) {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let file = repository("data/sample/messages.csv");
    site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
    let incident = "--count 40 --rate 2000 --services 2 --incident malformed:service-2@+0s/1s";
    let sent = site.fleet(daemon.udp(), incident).finish();
    until("all datagrams", 30, || (site.status()["received"] == sent.count()).then_some(()));
    (site, daemon)
}

#[test]
fn an_answer() {
    let (site, _daemon) = site();
    let before = site.query(&[]).document;
    assert_eq!(before["watermark"], Value::Null, "nothing is published");
    site.batch();
    for arguments in [&[][..], &["--every", "hour"]] {
        let answer = site.query(arguments).document;
        check(&answer, "asked from to watermark coverage warnings rows");
        check(&answer["asked"], "from to");
        let coverage = &answer["coverage"];
        check(coverage, "clock received accepted duplicate rejected shed kernel_dropped unknown_minutes damaged");
        assert_eq!(coverage["clock"], "received");
        let count = |key: &str| coverage[key].as_u64().unwrap_or_else(|| panic!("no {key} in {coverage}"));
        assert_eq!(count("received"), count("accepted") + count("duplicate") + count("rejected") + count("shed"));
        // the file and the datagrams
        assert_eq!((count("received"), count("rejected")), (540, 1));
        assert_eq!((count("kernel_dropped"), count("unknown_minutes")), (0, 0));
        assert_eq!((&coverage["damaged"], &answer["warnings"]), (&serde_json::json!([]), &serde_json::json!([])));
        assert!(answer["watermark"]["collector"].as_u64() > Some(0), "{}", answer["watermark"]);
        let imports = keys(&answer["watermark"]).into_iter().filter(|journal| journal.starts_with("import-")).count();
        assert_eq!(imports, 1, "{}", answer["watermark"]);
        for row in list(&answer["rows"]) {
            let bucket = if arguments.is_empty() { "" } else { " bucket" };
            check(row, &format!("service count cpu ram disk{bucket}"));
            for series in ["cpu", "ram", "disk"] {
                let series = &row[series];
                check(series, "avg min max max_at");
                let share = |key: &str| series[key].as_f64().expect("a share");
                let ordered = [0.0, share("min"), share("avg"), share("max"), 1.0];
                assert!(ordered.is_sorted(), "{series}");
                assert!(time_us(&series["max_at"]) > 0, "{series}");
            }
        }
    }
}

#[test]
fn a_status() {
    let (site, _daemon) = site();
    site.batch();
    let status = site.status();
    for key in "received accepted duplicate rejected shed kernel_dropped in_flight watermark segments generations \
                receive_buffer_bytes durability uptime_s version jobs"
        .split_whitespace()
    {
        assert!(status.get(key).is_some(), "no {key} in {status}");
    }
    assert_eq!((&status["received"], &status["durability"]), (&40.into(), &"interval".into()));
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert!(status["receive_buffer_bytes"].as_u64() > Some(0), "{status}");
    let refused = status["rejected"].as_object().expect("by reason");
    assert_eq!(refused.values().filter_map(Value::as_u64).sum::<u64>(), 1, "{status}");
    let check = site.run(&["status", "--check"]).ok();
    assert_eq!((check.stdout.as_str(), check.stderr.as_str()), ("", ""));
}

#[test]
fn services_and_rejects_and_the_ledger() {
    let (site, _daemon) = site();
    for when in ["before a batch", "after a batch"] {
        let services = site.json(&["services"]);
        let names: Vec<&str> = list(&services).iter().filter_map(|line| line["service"].as_str()).collect();
        assert_eq!(names, ["service-1", "service-2", "service-3", "service-4", "service-5"], "{when}");
        for line in list(&services) {
            check(line, "service first_seen last_seen last_received count");
            assert!(time_us(&line["first_seen"]) <= time_us(&line["last_seen"]), "{line}");
        }
        // the second service's first datagram was malformed
        let counts: Vec<u64> = list(&services).iter().filter_map(|line| line["count"].as_u64()).collect();
        assert_eq!(counts, [120, 119, 100, 100, 100], "{when}");

        let rejects = site.json(&["rejects"]);
        let [rejected] = list(&rejects) else { panic!("{rejects}") };
        check(rejected, "reason received_at source bytes detail");

        let ledger = site.json(&["ledger", "--last", "1h"]);
        let mut received = 0;
        for line in list(&ledger) {
            check(line, "minute source received accepted duplicate rejected shed kernel_dropped");
            let count = |key: &str| line[key].as_u64().unwrap_or_else(|| panic!("no {key} in {line}"));
            let rejected = line["rejected"].as_object().expect("by reason").values().filter_map(Value::as_u64);
            let fates = count("accepted") + count("duplicate") + rejected.sum::<u64>() + count("shed");
            assert_eq!(count("received"), fates, "{line}");
            assert_eq!(time_us(&line["minute"]) % 60_000_000, 0, "{line}");
            received += count("received");
        }
        assert_eq!(received, 540, "{when}: {ledger}");
        site.batch();
    }
}

#[test]
fn jobs_and_their_history() {
    let (site, daemon) = site();
    let last = "started took_ms outcome rows segments expired";
    let jobs = site.json(&["jobs"]);
    let names: Vec<&str> = list(&jobs).iter().filter_map(|job| job["name"].as_str()).collect();
    assert_eq!(names, ["batch", "compact", "retention"]);
    assert!(list(&jobs).iter().all(|job| job["last"].is_null()), "{jobs}");
    site.batch();
    site.run(&["jobs", "run", "compact"]).ok();
    site.run(&["jobs", "run", "retention"]).ok();
    site.batch();

    let jobs = site.json(&["jobs"]);
    for job in list(&jobs) {
        check(job, "name schedule next last running failures");
        check(&job["last"], last);
        assert_eq!((&job["last"]["outcome"], &job["schedule"]), (&"ok".into(), &"0 0 1 1 *".into()));
        assert!(time_us(&job["last"]["started"]) < time_us(&job["next"]), "{job}");
    }
    let history = site.json(&["jobs", "history"]);
    let ran: Vec<&str> = list(&history).iter().filter_map(|run| run["name"].as_str()).collect();
    assert_eq!(ran, ["batch", "retention", "compact", "batch"], "the newest first");
    for run in list(&history) {
        check(run, "name schedule next last");
        check(&run["last"], last);
    }
    assert_eq!(list(&history)[3]["last"]["rows"], 539, "{history}");
    assert_eq!(list(&site.json(&["jobs", "history", "batch", "--limit", "1"])).len(), 1);
    assert_eq!(list(&site.json(&["jobs", "history", "compact"])).len(), 1);

    assert!(daemon.stop().success());
    assert_eq!(site.json(&[&["jobs", "history"], &BY_HAND[..]].concat()), history, "without a daemon");
    let _daemon = site.serve(&BY_HAND);
    assert_eq!(site.json(&["jobs", "history"]), history, "after a restart");
}

#[test]
fn verify_exits_with_3_where_views_are_wrong() {
    let [one, other] = ["messages.csv", "messages.ndjson"].map(|name| {
        let site = Site::new();
        let file = repository("data/sample").join(name);
        site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
        assert_eq!(site.run(&["verify"]).code, Some(0));
        site
    });
    // sound views, but of another journal
    fs::copy(other.data().join("views/1/views.duckdb"), one.data().join("views/1/views.duckdb")).expect("copied");
    let found = one.run(&["verify", "--format", "json"]);
    assert_eq!(found.code, Some(3), "{found:?}");
    let report: Value = serde_json::from_str(&found.stdout).expect("a report");
    assert!(report["different"].as_u64() > Some(0), "{report}");
    let found = one.run(&["verify"]);
    assert_eq!(found.code, Some(3), "{found:?}");
    assert!(found.stdout.contains("vitals rebuild"), "it says what to do: {found:?}");
    one.run(&["rebuild"]).ok();
    one.verify(500);
}
