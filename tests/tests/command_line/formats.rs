//! One answer in four forms, which agree with each other to the last digit.

use serde_json::{Value, json};
use system_tests::inputs::repository;
use system_tests::{Site, until};

const DAY: [&str; 5] = ["query", "--from", "2026-11-20", "--to", "2026-11-21"];

fn sample() -> Site {
    let site = Site::new();
    let file = repository("data/sample/messages.csv");
    site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
    site
}

fn printed(site: &Site, arguments: &[&str], format: &str) -> String {
    site.run(&[arguments, &["--format", format]].concat()).ok().stdout
}

/// A list of objects as the lines of CSV with a header should say it; a bucket is called by its time there, as in SQL.
fn flattened(rows: &[Value]) -> Vec<Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = |(key, value): (&String, &Value)| match value.as_object() {
        Some(inner) => inner.iter().map(|(name, value)| (format!("{key}_{name}"), text(value))).collect(),
        None if key == "bucket" => vec![("time".to_owned(), text(value))],
        None => vec![(key.clone(), text(value))],
    };
    let row = |row: &Value| row.as_object().expect("an object").iter().flat_map(fields).collect();
    let mut rows: Vec<Vec<(String, String)>> = rows.iter().map(row).collect();
    rows.iter_mut().for_each(|row| row.sort_unstable());
    rows
}

/// The lines of CSV, each field with its column; no field of these tests is quoted.
fn read_csv(text: &str) -> Vec<Vec<(String, String)>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let named = |fields: Vec<String>| {
        assert_eq!(fields.len(), header.len(), "{text}");
        let mut row: Vec<(String, String)> = header.iter().cloned().zip(fields).collect();
        row.sort_unstable();
        row
    };
    lines.map(named).collect()
}

fn check(site: &Site, arguments: &[&str], rows_of: fn(Value) -> Value) {
    let document = serde_json::from_str(&printed(site, arguments, "json")).expect("one document of JSON");
    let rows = rows_of(document);
    let rows = rows.as_array().expect("a list");
    let ndjson = printed(site, arguments, "ndjson");
    let lines: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert_eq!(lines, *rows, "{arguments:?}");
    assert_eq!(read_csv(&printed(site, arguments, "csv")), flattened(rows), "{arguments:?}");
    let table = printed(site, arguments, "table");
    assert_eq!(table.lines().count(), rows.len() + 1, "a header and a line a row: {table}");
    for (line, row) in table.lines().skip(1).zip(rows) {
        assert!(line.starts_with(row["service"].as_str().expect("text")), "{line}");
    }
}

#[test]
fn forms_of_an_answer_agree() {
    let site = sample();
    let rows = |document: Value| document["rows"].clone();
    check(&site, &DAY, rows);
    for every in ["minute", "hour", "day", "month", "year"] {
        check(&site, &[&DAY[..], &["--every", every]].concat(), rows);
    }
    check(&site, &["services"], |document| document);
}

#[test]
fn a_table_is_for_people() {
    let site = sample();
    let table = printed(&site, &DAY, "table");
    let line = table.lines().find(|line| line.starts_with("service-4 ")).expect("a line of each service");
    let words: Vec<&str> = line.split_whitespace().collect();
    let shown = ["service-4", "100", "53.4%", "33.4%", "74.8%", "2026-11-20", "10:27:50", "64.8%", "54.5%", "74.0%"];
    assert_eq!(words[..10], shown, "{line}");
}

#[test]
fn columns_have_underscores_and_an_order() {
    let site = sample();
    let series = |name: &str| ["avg", "min", "max", "max_at"].map(|field| format!(",{name}_{field}")).concat();
    let values = ["cpu", "ram", "disk"].map(series).concat();
    let header = |text: String| text.lines().next().expect("a header").to_owned();
    assert_eq!(header(printed(&site, &DAY, "csv")), format!("service,count{values}"));
    let hours = [&DAY[..], &["--every", "hour"]].concat();
    assert_eq!(header(printed(&site, &hours, "csv")), format!("service,time,count{values}"));
}

#[test]
fn nothing_is_a_form_too() {
    let site = sample();
    let check = |arguments: &[&str], warning: Option<&str>| {
        let arguments = [&DAY[..], arguments].concat();
        let document: Value = serde_json::from_str(&printed(&site, &arguments, "json")).expect("one document of JSON");
        assert_eq!(document["rows"], json!([]));
        let warnings = document["warnings"].as_array().expect("a list");
        assert_eq!(warnings.len(), usize::from(warning.is_some()), "{warnings:?}");
        assert_eq!(printed(&site, &arguments, "ndjson"), "");
        assert_eq!(printed(&site, &arguments, "csv").lines().count(), 1, "the header");
        let table = site.run(&arguments).ok();
        assert_eq!(table.stdout, "no messages in this range\n");
        assert!(table.stderr.contains(warning.unwrap_or_default()), "{table:?}");
        assert_eq!(table.stderr.is_empty(), warning.is_none(), "{table:?}");
    };
    check(&["--service", "none"], Some("no service was ever seen that matches none"));
    check(&["--layer", "realtime"], None);
}

#[test]
fn other_lists_come_in_the_same_forms() {
    let site = sample();
    let daemon = site.serve(&system_tests::BY_HAND);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.send_to(b"one, \"two\"\n", daemon.udp()).expect("sent");
    until("the refusal", 30, || (site.status()["received"] == 1).then_some(()));
    site.batch();
    for list in ["rejects", "jobs", "jobs history", "ledger"] {
        let arguments: Vec<&str> = list.split(' ').collect();
        let rows: Value = serde_json::from_str(&printed(&site, &arguments, "json")).expect("one document of JSON");
        let rows = rows.as_array().expect("a list").len();
        assert!(rows > 0, "{list}");
        assert_eq!(printed(&site, &arguments, "ndjson").lines().count(), rows, "{list}");
        assert_eq!(printed(&site, &arguments, "csv").lines().count(), rows + 1, "{list}");
        assert_eq!(printed(&site, &arguments, "table").lines().count(), rows + 1, "{list}");
    }
    let csv = printed(&site, &["rejects"], "csv");
    assert!(csv.ends_with(",\"one, \"\"two\"\"\\n\"\n"), "escaped as the documents say, quoted as CSV is: {csv}");
}
