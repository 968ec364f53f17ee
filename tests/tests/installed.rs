//! The programs as they are handed out: run by absolute path, from another working folder, with an empty environment,
//! they find their library and need nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use system_tests::inputs::repository;
use system_tests::{Answer, BY_HAND, Daemon, Output, Site, program, until};

fn installed(name: &str) -> PathBuf {
    let path = program(name);
    path.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn bare(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(installed(name));
    command.env_clear().current_dir(folder);
    command
}

#[test]
fn they_say_their_version() {
    let site = Site::new();
    for name in ["vitals", "mock-services"] {
        let said = Output::of(bare(name, site.folder()).arg("--version")).ok().stdout;
        let (program, version) = said.trim_end().split_once(' ').expect("name and version");
        assert_eq!((program, version), (name, env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn a_message_goes_all_the_way() {
    let site = Site::new();
    let vitals = |arguments: &[&str]| Output::of(bare("vitals", site.folder()).args(arguments));
    // the default data folder lies in the working folder
    let mut serve = bare("vitals", site.folder());
    serve.args(["serve", "--log-format", "json"]).args(BY_HAND);
    serve.args(["--udp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--postgres", "127.0.0.1:0"]);
    let daemon = Daemon::start(&mut serve, site.path("log"));
    assert!(site.path("data/vitals").is_dir());

    let to = daemon.udp().to_string();
    vitals(&["send", "--service", "checkout", "--cpu", "0.4", "--to", &to]).ok();
    let fleet = ["--to", &to, "--services", "3", "--count", "300", "--rate", "3000", "--quiet"];
    let sent = Output::of(bare("mock-services", site.folder()).args(fleet)).json();
    assert_eq!(sent["valid"], 300);
    let total = || Answer::read(vitals(&["query", "--last", "10m", "--format", "json"]).json()).total();
    until("all messages to be in an answer", 30, || (total() == 301).then_some(()));

    let sample = repository("data/sample/messages.csv");
    vitals(&["import", sample.to_str().expect("a path in UTF-8")]).ok();
    vitals(&["jobs", "run", "batch"]).ok();
    let proof: Value = vitals(&["verify", "--format", "json"]).json();
    assert_eq!((&proof["messages"], &proof["different"]), (&801.into(), &0.into()));
    assert!(daemon.stop().success());
    vitals(&["verify"]).ok();
    assert_eq!(total(), 301, "without a daemon");
}

#[test]
fn the_demo_runs_and_ends_by_itself() {
    let site = Site::new();
    let output = Output::of(bare("vitals", site.folder()).args(["demo", "--for", "5s"])).ok();
    for words in ["service-1", "Verified", "all equal"] {
        assert!(output.stdout.contains(words), "no {words}: {output:?}");
    }
}
