//! Parquet that pyarrow, pandas and Polars have written: the same answers as the same messages in CSV.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use system_tests::inputs::{python, repository};
use system_tests::{Output, Site};

use crate::minutes;

/// The tables that `write_tables.py` writes; each puts its name before those of the services.
const TABLES: [&str; 9] = [
    "pyarrow-us-utc",
    "pyarrow-ms-naive",
    "pyarrow-ns-berlin",
    "pyarrow-int96",
    "pyarrow-seconds",
    "pyarrow-decimals",
    "pandas",
    "polars",
    "polars-structs",
];

#[test]
fn tables_give_the_answers_of_the_same_csv() {
    let site = Site::new();
    let csv = repository("data/sample/messages.csv");
    let tables = site.path("tables");
    Output::of(python("write_tables.py").arg(&csv).arg(&tables)).ok();
    let path = |name: &str| tables.join(name).to_str().expect("a path in UTF-8").to_owned();
    let files: Vec<String> = TABLES.iter().map(|name| path(&format!("{name}.parquet"))).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let csv = csv.to_str().expect("a path in UTF-8").to_owned();
    let imported = site.run(&[&["import", &csv], &files[..]].concat()).ok();
    assert_eq!(imported.stdout.matches("500 accepted, 0 rejected").count(), TABLES.len() + 1, "{imported:?}");
    assert!(imported.stdout.contains("columns left out: note"), "{imported:?}");

    let mut by_table = BTreeMap::<String, Vec<Value>>::new();
    for mut row in minutes(&site) {
        let name = row["service"].as_str().expect("a name").to_owned();
        let (table, service) = name.split_once(':').unwrap_or(("csv", &name));
        row["service"] = service.into();
        by_table.entry(table.to_owned()).or_default().push(row);
    }
    let expected = by_table.remove("csv").expect("the CSV is in");
    assert_eq!(expected.len(), 500);
    for table in TABLES {
        assert!(by_table.get(table) == Some(&expected), "{table} has other answers");
    }
    let known = site.run(&["import", files[0]]).refusal(1);
    assert!(known.contains("imported already"), "{known}");

    let refusal = |name: &str| site.run(&["import", &path(name)]).refusal(1);
    assert!(refusal("gzip.parquet").contains("compressed with GZIP"));
    assert!(refusal("other.parquet").contains("there is no column timestamp or time; there are service, when"));
    let whole = fs::read(path("polars.parquet")).expect("it was written");
    fs::write(path("cut.parquet"), &whole[..whole.len() / 2]).expect("the folder can be written");
    assert!(refusal("cut.parquet").contains("nothing of it was imported"));
}
