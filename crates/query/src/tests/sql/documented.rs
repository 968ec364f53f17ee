//! `docs/sql.md`: its examples run, and its columns are the ones there are.

use super::*;

const PAGE: &str = include_str!("../../../../../docs/sql.md");

#[test]
fn the_examples_run() {
    run(async {
        let mut house = House::new().await;
        house.append(&[("cart", time(0).as_micros(), 1), ("checkout", time(60).as_micros(), 2)], Vec::new());
        let sql = house.sql();
        let examples: Vec<&str> = PAGE.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(examples.len() > 8);
        // of the lists of other rooms this one has only an empty table of another name
        for example in examples.iter().filter(|example| !example.contains("FROM rejects")) {
            rows(&sql, example).await;
        }
        assert_eq!(cells(&sql, examples[0]).await, [["true"]]);
        let explain = examples.iter().find(|example| example.starts_with("EXPLAIN")).expect("one explains");
        let told = PAGE.lines().find(|line| line.starts_with("RollupScan")).expect("what it says");
        assert!(shown(&sql, explain).await.contains(told), "{}", shown(&sql, explain).await);
    });
}

#[test]
fn the_columns_are_described() {
    let schemas =
        [columns::rollups_schema(), columns::messages_schema(), columns::services_schema(), columns::ledger_schema()];
    for field in schemas.iter().flat_map(|schema| schema.fields()) {
        assert!(PAGE.contains(&format!("`{}`", field.name())), "{} is missing from docs/sql.md", field.name());
    }
}
