//! The OpenAPI document: true to what is answered, and held against bad requests by the thousand.

use serde_json::Value;
use system_tests::inputs::{python, python_module, repository};
use system_tests::{Daemon, Output, Site};

use crate::{OPERATE, refuse_one, sample};

/// Operations that are not fuzzed, and why.
const LEFT_ALONE: [&str; 4] = [
    // they never end
    "/api/v1/tail",
    "/api/v1/live",
    // it would write into any folder of this machine
    "/api/v1/backup",
    // each run is a rebuild
    "/api/v1/rebuild",
];

#[test]
fn answers_are_what_the_document_says() {
    let (site, daemon) = sample(true);
    refuse_one(&site, &daemon);
    let base = format!("http://{}", daemon.http());
    let held = Output::of(python("check_document.py").args([&base, OPERATE]).arg(site.path("backup"))).json();
    let held: Vec<&str> = held.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for operation in ["GET /api/v1/summary", "POST /api/v1/verify", "GET /readyz", "GET /metrics"] {
        assert!(held.contains(&operation), "{operation} was not asked: {held:?}");
    }
    let offline: Value = Output::of(&mut site.command(&["openapi"])).json();
    assert!(offline["paths"]["/api/v1/series"].is_object(), "it can be had without a daemon");
    fuzzed(&site, &daemon);
}

/// Schemathesis on every operation with every check it has.
fn fuzzed(site: &Site, daemon: &Daemon) {
    let mut command = python_module("schemathesis.cli");
    command.arg("--config-file").arg(repository("tests/python/schemathesis.toml")).arg("run");
    command.arg(format!("http://{}/api/v1/openapi.json", daemon.http()));
    command.args(["--header", &format!("Authorization: Bearer {OPERATE}")]);
    for path in LEFT_ALONE {
        command.args(["--exclude-path", path]);
    }
    command.env("SCHEMATHESIS_HOOKS", "schemathesis_hooks").env("PYTHONPATH", repository("tests/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let output = Output::of(command.current_dir(site.folder()));
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
    assert!(site.status()["ready"].as_bool().unwrap(), "it answers as before");
}
