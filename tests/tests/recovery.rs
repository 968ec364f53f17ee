//! What each start finds of the life before, as the record says it, against what was done to that life.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use system_tests::{BY_HAND, Site, time_us, until};

const SERVER: [&str; 5] = ["--no-collector", BY_HAND[0], BY_HAND[1], BY_HAND[2], BY_HAND[3]];

/// The last starts, the newest first, which is that of a process of this kind.
fn starts(site: &Site, process: &str) -> Vec<Value> {
    let starts = site.json(&["status", "--recovery"]).as_array().unwrap().clone();
    assert_eq!(starts[0]["process"], process, "{starts:?}");
    starts
}

fn opened(start: &Value) -> &Value {
    &start["journals"]["collector"]["opened"]
}

fn newest_segment(site: &Site) -> PathBuf {
    let files = fs::read_dir(site.data().join("journal/collector")).unwrap();
    let segments =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "seg"));
    segments.max().unwrap()
}

#[test]
fn clean_and_unclean_ends_and_what_was_replayed() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let first = &starts(&site, "serve")[0];
    assert_eq!((&first["clean"], &first["views"], &first["stopped"]), (&Value::Null, &"new".into(), &Value::Null));
    assert!(first["ready_after_ms"].is_u64(), "{first}");
    assert_eq!((&opened(first)["clean"], &opened(first)["last_sign"]), (&true.into(), &Value::Null), "{first}");
    assert_eq!(first["journals"]["collector"]["replayed"], Value::Null, "nothing was there: {first}");
    let sent = site.fleet(daemon.udp(), "--count 500 --rate 5000").finish().count();
    site.await_accepted(sent);
    site.batch();
    let more = site.fleet(daemon.udp(), "--count 300 --rate 5000 --seed 2").finish().count();
    site.await_accepted(sent + more);
    assert!(daemon.stop().success());

    let daemon = site.serve(&BY_HAND);
    let found = starts(&site, "serve");
    assert!(time_us(&found[1]["stopped"]) > time_us(&found[1]["started"]), "{found:?}");
    let second = &found[0];
    assert_eq!(
        (&second["clean"], &opened(second)["clean"], &second["views"]),
        (&true.into(), &true.into(), &"sound".into())
    );
    assert_eq!((&opened(second)["torn_bytes"], &second["quarantined"]), (&0.into(), &serde_json::json!([])));
    // what the batch had taken over is not read again
    assert_eq!(second["journals"]["collector"]["replayed"]["messages"], more, "{second}");
    let gap = time_us(&second["started"]) - time_us(&opened(second)["last_sign"]);
    assert!(gap >= 0 && opened(second)["gap_ms"].as_i64().unwrap() >= gap / 1000, "{second}");

    let again = site.fleet(daemon.udp(), "--count 200 --rate 5000 --seed 3").finish().count();
    site.await_accepted(again);
    daemon.kill();
    let torn = newest_segment(&site);
    let length = fs::metadata(&torn).unwrap().len();
    let mut bytes = fs::read(&torn).unwrap();
    bytes.extend([7; 57]);
    fs::write(&torn, bytes).unwrap();
    let foreign = site.data().join("journal/collector/segment-000000000900.seg");
    fs::write(&foreign, "no segment at all").unwrap();

    let _daemon = site.serve(&BY_HAND);
    let found = starts(&site, "serve");
    let third = &found[0];
    assert_eq!((&third["clean"], &opened(third)["clean"]), (&false.into(), &false.into()), "{third}");
    assert_eq!(found[1]["stopped"], Value::Null, "it never said so: {found:?}");
    assert_eq!(opened(third)["torn_bytes"], 57, "{third}");
    assert_eq!(fs::metadata(&torn).unwrap().len(), length, "cut to where it was");
    assert_eq!(third["quarantined"], serde_json::json!(["collector/segment-000000000900.seg"]), "{third}");
    assert!(site.data().join("quarantine/collector/segment-000000000900.seg").exists());
    assert_eq!(third["journals"]["collector"]["replayed"]["messages"], more + again, "{third}");

    // the same in the status, and in words
    let status = site.status();
    assert_eq!(status["recovery"], serde_json::json!([third]));
    let words = site.run(&["status", "--recovery"]).ok().stdout;
    for expected in
        ["ended uncleanly", "57 bytes of torn tail", "segment-000000000900.seg", "500 messages", "stopped in order"]
    {
        assert!(words.contains(expected), "no {expected:?} in {words}");
    }
}

#[test]
fn views_that_are_set_aside_are_on_record() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--count 400 --rate 5000").finish().count();
    site.await_accepted(sent);
    site.batch();
    assert!(daemon.stop().success());
    fs::write(site.data().join("views/1/views.duckdb"), [7; 50_000]).unwrap();
    let _daemon = site.serve(&BY_HAND);
    let start = &starts(&site, "serve")[0];
    assert_eq!(
        (&start["views"], &start["quarantined"]),
        (&"missing".into(), &serde_json::json!(["views/1"])),
        "{start}"
    );
}

#[test]
fn views_that_are_rebuilt_are_on_record() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let sent = site.fleet(daemon.udp(), "--count 400 --rate 5000").finish().count();
    site.await_accepted(sent);
    site.batch();
    assert!(daemon.stop().success());
    fs::remove_file(site.data().join("views/CURRENT")).unwrap();
    fs::write(site.data().join("master/messages/orphan.parquet"), "nobody names it").unwrap();
    let daemon = site.serve(&BY_HAND);
    let start = until("the views to be rebuilt", 60, || {
        let start = starts(&site, "serve").swap_remove(0);
        (!start["rebuilt_messages"].is_null()).then_some(start)
    });
    assert_eq!((&start["views"], &start["rebuilt_messages"]), (&"missing".into(), &sent.into()), "{start}");
    assert_eq!(start["orphans_removed"], 1, "{start}");
    assert!(daemon.stop().success());
    let words = site.run(&["status", "--recovery"]).ok().stdout;
    assert!(words.contains("missing or unreadable, rebuilt from 400 messages"), "without a daemon: {words}");
}

#[test]
fn two_processes_tell_of_each_other() {
    let site = Site::new();
    let collector = site.collect(&[]);
    let server = site.serve(&SERVER);
    let sent = site.fleet(collector.udp(), "--count 600 --rate 5000").finish().count();
    site.await_total(sent);
    collector.kill();
    let collector = site.collect(&[]);
    let found = starts(&site, "collect");
    assert_eq!((&found[0]["clean"], &opened(&found[0])["clean"]), (&false.into(), &false.into()), "{found:?}");
    assert!(opened(&found[0])["last_sign"].is_string(), "{found:?}");
    assert_eq!(found[0]["views"], Value::Null, "it has none");

    // the server knows the collector's from the record
    let status = site.status();
    let processes: Vec<&Value> = status["recovery"].as_array().unwrap().iter().map(|start| &start["process"]).collect();
    assert_eq!(processes, ["serve", "collect"], "{status}");
    assert_eq!(status["recovery"][1], found[0], "{status}");
    let over_http = site.json(&["status", "--recovery", "--server", &server.http().to_string()]);
    assert_eq!(over_http.as_array().unwrap(), &found);

    server.kill();
    let _server = site.serve(&SERVER);
    let start = &starts(&site, "serve")[0];
    assert_eq!(start["clean"], false, "{start}");
    let journal = &start["journals"]["collector"];
    assert_eq!((&journal["opened"], &journal["replayed"]["messages"]), (&Value::Null, &sent.into()), "{start}");
    assert!(collector.stop().success());
}
