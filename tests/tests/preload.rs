//! The library that torture rests on does what it says: to `dd`, which makes the calls it is asked for and no others.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use system_tests::program;
use tempfile::TempDir;

/// `dd` writes three blocks of four bytes to `folder/out` under the library.
fn dd(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new("dd");
    command.args(["bs=4", "count=3", "if=/dev/zero"]).arg(format!("of={}", folder.join("out").display()));
    command.env("LD_PRELOAD", program("libpreload.so")).env("PRELOAD_FOLDER", folder);
    command.envs(variables.iter().copied()).output().unwrap()
}

fn folder() -> (TempDir, std::path::PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().canonicalize().unwrap();
    (place, folder)
}

fn length(folder: &Path) -> Option<u64> {
    fs::metadata(folder.join("out")).ok().map(|file| file.len())
}

#[test]
fn it_kills_before_in_the_middle_of_and_after_a_call() {
    for (fault, left) in [("kill-before", 4), ("kill-middle", 6), ("kill-after", 8)] {
        let (_place, folder) = folder();
        let output = dd(&folder, &[("PRELOAD_DO", fault), ("PRELOAD_CALLS", "write"), ("PRELOAD_AT", "2")]);
        assert_eq!((output.status.signal(), length(&folder)), (Some(9), Some(left)), "{fault}");
    }
    let (_place, folder) = folder();
    let output = dd(&folder, &[("PRELOAD_DO", "kill-before")]);
    assert_eq!((output.status.signal(), length(&folder)), (Some(9), None), "the first call creates the file");
}

#[test]
fn it_fails_calls_and_only_those_that_count() {
    let (_place, folder) = folder();
    let full = dd(&folder, &[("PRELOAD_DO", "enospc"), ("PRELOAD_CALLS", "write"), ("PRELOAD_AT", "3")]);
    let told = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(!full.status.success() && told.contains("No space left"), "{told}");
    assert_eq!(length(&folder), Some(8));
    for spared in [("PRELOAD_PATHS", "another"), ("PRELOAD_WHILE", "/no/such/file"), ("PRELOAD_CALLS", "unlink")] {
        let output = dd(&folder, &[("PRELOAD_DO", "eio"), spared]);
        assert_eq!((output.status.success(), length(&folder)), (true, Some(12)), "{spared:?}");
    }
}

#[test]
fn a_process_of_the_program_is_recorded_and_not_hit() {
    let (place, folder) = folder();
    let watched = folder.join("watched");
    fs::create_dir(&watched).unwrap();
    let log = place.path().join("log");
    let mut shell = Command::new("sh");
    shell.args(["-c", "mkdir \"$PRELOAD_FOLDER/a\" && rmdir \"$PRELOAD_FOLDER/a\" && true"]);
    shell.env("LD_PRELOAD", program("libpreload.so")).env("PRELOAD_FOLDER", &watched).env("PRELOAD_LOG", &log);
    let status = shell.env("PRELOAD_DO", "kill-before").env("PRELOAD_CALLS", "mkdir,rmdir").status().unwrap();
    assert!(status.success(), "{status}");
    // length, code, path: a folder made and a folder removed
    let records = [9, 10].map(|code| [&10_u32.to_le_bytes()[..], &[code], &1_u64.to_le_bytes(), b"a"].concat());
    assert_eq!(fs::read(&log).unwrap(), records.concat());
}
