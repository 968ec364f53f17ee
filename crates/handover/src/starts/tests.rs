//! What is on record of starts, and what becomes of a record that cannot be read.

use super::*;

fn folder() -> (tempfile::TempDir, DataFolder) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = DataFolder::new(temporary.path());
    (temporary, folder)
}

fn start(process: Process, second: i64) -> Start {
    Start::new(process, "0", Time::from_micros(second * 1_000_000))
}

#[test]
fn a_stop_that_is_on_record_was_in_order() {
    let (_temporary, folder) = folder();
    let first = Starts::begin(&folder, start(Process::Serve, 1));
    assert_eq!(first.now().clean, None, "there was none before");
    let second = Starts::begin(&folder, start(Process::Serve, 2));
    assert_eq!(second.now().clean, Some(false), "the first never said that it stopped");
    second.update(|start| start.stopped = Some(Time::from_micros(3_000_000)));
    let third = Starts::begin(&folder, start(Process::Serve, 4));
    third.update(|start| start.ready_after_ms = Some(7));
    assert_eq!(third.now().clean, Some(true));
    let other = Starts::begin(&folder, start(Process::Collect, 3));
    assert_eq!(other.now().clean, None, "another kind of process");

    let seconds: Vec<i64> = read(&folder).iter().map(|start| start.started.as_micros() / 1_000_000).collect();
    assert_eq!(seconds, [4, 3, 2, 1], "the newest first");
    assert_eq!(read(&folder)[0], third.now());
}

#[test]
fn no_more_than_the_last_ones_are_kept() {
    let (_temporary, folder) = folder();
    for second in 0..50 {
        Starts::begin(&folder, start(Process::Serve, second));
    }
    let starts = read_of(&folder, Process::Serve);
    assert_eq!((starts.len(), starts[0].started.as_micros()), (KEEP, 30_000_000));
    assert_eq!(starts[KEEP - 1].started.as_micros(), 49_000_000);
}

#[test]
fn a_record_that_is_damaged_stops_nobody() {
    let (_temporary, folder) = folder();
    Starts::begin(&folder, start(Process::Serve, 1));
    let path = folder.starts("serve");
    let mut bytes = std::fs::read(&path).expect("written");
    bytes.extend(b"\xff\xfe no JSON\n{\"process\": \"serve\"");
    std::fs::write(&path, bytes).expect("writes");
    let next = Starts::begin(&folder, start(Process::Serve, 2));
    assert_eq!(read(&folder).len(), 2, "the lines that can be read");

    std::fs::remove_file(&path).expect("removes");
    std::fs::create_dir(&path).expect("makes a folder in its place");
    next.update(|start| start.orphans_removed = 3);
    assert_eq!((next.now().orphans_removed, read(&folder).len()), (3, 0));
}
