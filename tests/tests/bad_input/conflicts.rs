//! Folders and ports that are taken, cannot be, or are not there.

use std::fs;

use system_tests::inputs::repository;
use system_tests::{BY_HAND, Site};

use crate::{listing, says};

#[test]
fn two_daemons_cannot_have_the_same() {
    let (one, two) = (Site::new(), Site::new());
    let daemon = one.serve(&BY_HAND);
    let (udp, http) = (daemon.udp().to_string(), daemon.http().to_string());
    let free = "127.0.0.1:0";
    let pid = daemon.pid().to_string();

    says(&one, &["serve", "--udp", free, "--http", free], 1, &["in use", &pid, &http, "another folder with --data"]);
    says(&one, &["collect", "--udp", free], 1, &["in use", "--data"]);
    says(&two, &["serve", "--udp", &udp, "--http", free], 1, &[&udp, "in use", "--udp"]);
    says(&two, &["collect", "--udp", &udp], 1, &[&udp, "in use", "--udp"]);
    says(&two, &["serve", "--udp", free, "--http", &http], 1, &[&http, "--http"]);

    // and the first one was not robbed of a single message
    let sent = one.fleet(daemon.udp(), "--count 300 --rate 3000 --source-ports 50").finish();
    one.await_accepted(sent.count());
    let two = two.serve(&BY_HAND);
    assert_ne!(two.udp(), daemon.udp(), "a refusal leaves nothing behind that is in the way");
}

#[test]
fn folders_that_cannot_be() {
    let site = Site::new();
    fs::write(site.path("file"), "").expect("the test's folder can be written");
    let (below, file) = (site.path("file/data"), site.path("file"));
    let sample = repository("data/sample/messages.csv");
    let sample = sample.to_str().expect("a path in UTF-8");
    for folder in [below.to_str().expect("a path in UTF-8"), file.to_str().expect("a path in UTF-8"), "/proc/vitals"] {
        let words = ["cannot create", folder];
        says(&site, &["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", folder], 1, &words);
        says(&site, &["import", sample, "--data", folder], 1, &words);
    }
}

#[test]
fn without_a_data_folder_nobody_makes_one_to_ask() {
    let site = Site::new();
    let path = site.data().display().to_string();
    let commands = [
        "query",
        "services",
        "ledger",
        "rejects",
        "tail",
        "jobs",
        "jobs history",
        "jobs run batch",
        "verify",
        "rebuild",
    ];
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        says(&site, &arguments, 1, &["there is no data folder", &path, "vitals serve", "--data"]);
    }
    says(&site, &["status"], 4, &["no process serves", &path, "vitals serve"]);
    says(&site, &["status", "--check"], 4, &["no process serves"]);
    for command in ["query", "status", "jobs run batch"] {
        let arguments: Vec<&str> = command.split(' ').chain(["--server", "127.0.0.1:1"]).collect();
        says(&site, &arguments, 4, &["nobody answers at 127.0.0.1:1", "--server"]);
    }
    assert!(!site.data().exists());
}

#[test]
fn status_speaks_only_of_a_process() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    assert_eq!(site.run(&["status", "--check"]).code, Some(0));
    assert!(daemon.stop().success());
    let before = listing(&site.data());
    says(&site, &["status"], 4, &["no process serves"]);
    says(&site, &["status", "--format", "json"], 4, &["no process serves"]);
    assert_eq!(listing(&site.data()), before, "it creates nothing");
}
