//! The table against invented workspaces and against this one.

use serde_json::{Value, json};

use super::broken;
use crate::child;
use crate::folders::Folders;

/// A workspace of one room that depends on others, each with its kind (`null` is a normal dependency).
fn workspace(room: &str, uses: &[(&str, Value)]) -> Value {
    let mut dependencies: Vec<Value> =
        uses.iter().map(|(room, kind)| json!({"name": "any", "kind": kind, "path": format!("/w/{room}")})).collect();
    dependencies.push(json!({"name": "serde", "kind": null, "source": "elsewhere"}));
    let package = json!({"manifest_path": format!("/w/{room}/Cargo.toml"), "dependencies": dependencies});
    json!({"workspace_root": "/w", "packages": [package]})
}

fn check(room: &str, uses: &[(&str, Value)], expect: &[&str]) {
    assert_eq!(broken(&workspace(room, uses)).expect("well-formed"), expect);
}

#[test]
fn allowed_arrows_are_silent() {
    check("crates/model", &[], &[]);
    check("crates/journal", &[("crates/model", Value::Null)], &[]);
    check("crates/web", &[("scheduler", Value::Null), ("crates/query", Value::Null)], &[]);
    check("crates/cli", &[("crates/serving", Value::Null), ("scheduler", Value::Null)], &[]);
}

#[test]
fn a_forbidden_arrow_is_named() {
    check("crates/model", &[("crates/journal", Value::Null)], &["crates/model may not use crates/journal"]);
    check("mock-services", &[("crates/model", Value::Null)], &["mock-services may not use crates/model"]);
    check(
        "crates/serving",
        &[("crates/model", json!("build")), ("crates/batch", json!("build"))],
        &["crates/serving may not use crates/batch"],
    );
}

#[test]
fn an_arrow_to_an_unknown_room_is_forbidden() {
    check("crates/query", &[("crates/common", Value::Null)], &["crates/query may not use crates/common"]);
}

#[test]
fn what_only_tests_use_is_no_arrow() {
    check("crates/model", &[("crates/journal", json!("dev"))], &[]);
}

#[test]
fn a_room_that_the_table_does_not_know_is_named() {
    check("crates/common", &[("crates/model", Value::Null)], &["crates/common is missing from the table"]);
    // the right name in the wrong place
    check("crates/scheduler", &[], &["crates/scheduler is missing from the table"]);
}

#[test]
fn anything_else_than_metadata_is_an_error() {
    assert!(broken(&json!({"packages": []})).is_err());
    assert!(broken(&json!({"workspace_root": "/w", "packages": [{}]})).is_err());
}

#[test]
fn this_workspace_keeps_the_arrows() {
    let folders = Folders::find().expect("cargo runs the tests");
    let metadata = child::metadata(&folders).expect("cargo knows its workspace");
    assert_eq!(broken(&metadata).expect("well-formed"), [""; 0]);
}
