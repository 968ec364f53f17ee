//! `vitals sql` as its users run it: during a batch, over a daemon and over the files, and what goes wrong.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;

use serde_json::Value;
use system_tests::{Site, assert_same, until};

const EVERY_SECOND: [&str; 4] = ["--set", "jobs.batch=* * * * * *", "--set", "journal.segment_age=300ms"];

/// All tables in one statement, of which every number is the same at any moment.
const ALIKE: &str =
    "SELECT (SELECT count(*) FROM messages), (SELECT sum(count) FROM minute), (SELECT sum(count) FROM hour),
    (SELECT sum(count) FROM day), (SELECT sum(count) FROM services), (SELECT sum(accepted) FROM ledger)";

const SUMMARY: &str = "SELECT service, count(*) AS count, min(cpu) AS least, max(cpu) AS peak FROM messages
    GROUP BY service ORDER BY service";

#[test]
fn statements_agree_with_answers_during_batches_and_without_a_daemon() {
    let site = Site::new();
    let daemon = site.serve(&EVERY_SECOND);
    let mut fleet = site.fleet(daemon.udp(), "--count 8000 --rate 2000 --shape mixed --late 0.1");
    let mut seen = 0;
    while fleet.is_sending() {
        let row = rows(&site, ALIKE).remove(0);
        assert!(row.iter().all(|number| *number == row[0]), "one moment: {row:?}");
        assert!(row[0].as_u64() >= Some(seen), "{row:?} after {seen}");
        seen = row[0].as_u64().unwrap();
    }
    assert!(seen > 0, "no statement ran beside the fleet");
    let sent = fleet.finish();
    site.await_accepted(8000);
    until("a batch", 60, || site.json(&["sql", "SELECT 1 FROM minute"])["watermark"]["collector"].as_u64());

    let answer = site.query(&[]);
    assert_same(&answer.rows, &sent.expected.rows(), "as it was sent");
    let summary = rows(&site, SUMMARY);
    assert_eq!(summary.len(), answer.document["rows"].as_array().unwrap().len());
    for (row, expected) in summary.iter().zip(answer.document["rows"].as_array().unwrap()) {
        let cpu = &expected["cpu"];
        assert_eq!(row[..], [&expected["service"], &expected["count"], &cpu["min"], &cpu["max"]].map(Clone::clone));
    }

    let file = site.path("statement.sql");
    fs::write(&file, SUMMARY).unwrap();
    let in_form = |format| site.run(&["sql", "--file", file.to_str().unwrap(), "--format", format]).ok().stdout;
    let forms = ["csv", "ndjson", "table"];
    let served = forms.map(in_form);
    assert!(served[0].starts_with("service,count,least,peak\n"), "{}", served[0]);
    let lines: Vec<Value> = served[1].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), summary.len());
    assert!(daemon.stop().success());
    assert_eq!(rows(&site, SUMMARY), summary, "from the files");
    assert_eq!(forms.map(in_form), served, "from the files");
    let jobs = rows(&site, "SELECT name, running, last_outcome FROM jobs WHERE name = 'batch'");
    assert_eq!(serde_json::json!(jobs), serde_json::json!([["batch", false, "ok"]]));
}

#[test]
fn what_cannot_be_answered_is_said_in_one_line() {
    let site = Site::new();
    let daemon = site.serve(&["--set", "query.timeout=1s", "--set", "query.wait=500ms", "--set", "query.memory=16MiB"]);
    let check = |statement: &str, code: i32, words: &str| {
        let refusal = site.run(&["sql", statement, "--set", "query.memory=16MiB"]).refusal(code);
        assert!(refusal.contains(words), "{statement}: {refusal}");
    };
    let bad = || {
        check("DELETE FROM minute", 2, "SQL only reads here");
        check("INSERT INTO minute VALUES (1)", 2, "INSERT is refused");
        check("SELECT nope", 2, "reads no table");
        check("SELECT length(repeat('x', 1900000000))", 2, "it may have 1 MiB");
        check("SELECT 1 FROM minute GROUP BY CUBE(a, b, c, d, e, f, g, h, i, j, k)", 2, "1024 sets");
        check("SELECT cpu_agv FROM minute", 2, "did you mean");
        check("SELECT * FROM minutes", 2, "no table is named \"minutes\"");
        check("SELECT array_agg(value) FROM generate_series(1, 10000000)", 2, "raise query.memory");
    };
    bad();
    let endless = "SELECT sum(a.value * b.value) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    check(endless, 4, "raise query.timeout");
    // rows before the failure are printed, and are no whole answer
    let failing = site.run(&["sql", "SELECT 1 / (40000 - value) FROM generate_series(1, 50000)", "--format", "csv"]);
    assert!(failing.code == Some(1) && failing.stderr.contains("not whole"), "{:?}", (failing.code, failing.stderr));
    assert!(daemon.stop().success());
    bad();
}

fn rows(site: &Site, statement: &str) -> Vec<Vec<Value>> {
    let document = site.json(&["sql", statement]);
    serde_json::from_value(document["rows"].clone()).unwrap()
}
