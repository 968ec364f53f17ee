//! Standard input as a file: known by its content, gone on with where it stopped, and nothing before it ends.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use system_tests::inputs::repository;
use system_tests::{Output, Site, until};

#[test]
fn a_pipe_is_imported_as_the_file_would_be() {
    let site = Site::new();
    let content = fs::read(repository("data/sample/messages.txt")).expect("the sample is there");
    let imported = Output::fed(&mut site.command(&["import", "-"]), &content).ok();
    assert!(imported.stdout.starts_with("standard input: 500 accepted, 0 rejected; journal import-"), "{imported:?}");
    let file = repository("data/sample/messages.txt");
    let refusal = site.run(&["import", file.to_str().expect("a path in UTF-8")]).refusal(1);
    assert!(refusal.contains("imported already"), "{refusal}");
}

#[test]
fn a_pipe_that_is_broken_off_leaves_nothing() {
    let site = Site::new();
    let content = fs::read(repository("data/sample/messages.ndjson")).expect("the sample is there");
    for (signal, code) in [(Signal::KILL, None), (Signal::INT, Some(1))] {
        let mut command = site.command(&["import", "-"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(&content).expect("is read");
        until("it to wait for more", 10, || site.data().join("state/tmp").exists().then_some(()));
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        let output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), code, "{output:?}");
        if code.is_some() {
            let said = String::from_utf8(output.stderr).expect("text");
            assert!(said.contains("stopped before standard input ended; nothing of it was taken in"), "{said}");
        }
        assert!(!site.data().join("journal").exists());
        assert_eq!(fs::read_dir(site.data().join("state/tmp")).expect("a folder").count(), 0, "nothing is left");
    }
    Output::fed(&mut site.command(&["import", "-"]), &content).ok();
    assert_eq!(site.query(&[]).total(), 500);
}
