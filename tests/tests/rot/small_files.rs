//! Locks, job history, what was refused: nothing that an answer depends on.

use std::fs;

use crate::{Harm, Rest};

const HARMS: [Harm; 6] = [Harm::Flip(500), Harm::Cut(500), Harm::Empty, Harm::Garbage, Harm::Older, Harm::Delete];

fn each(path: &str) {
    let rest = Rest::new();
    for harm in HARMS {
        if !rest.file(path).exists() || fs::metadata(rest.file(path)).unwrap().len() == 0 {
            fs::write(rest.file(path), "{\"pid\":1,\"http\":\"127.0.0.1:9\",\"version\":\"0\"}\n").unwrap();
        }
        harm.to(&rest.file(path), &rest.site);
        let daemon = rest.survives(&format!("{harm:?} to {path}"));
        assert!(daemon.stop().success(), "{harm:?} to {path}");
    }
}

#[test]
fn the_lock_of_the_folder() {
    each("LOCK");
}

#[test]
fn the_lock_of_a_journal() {
    each("journal/collector/LOCK");
}

#[test]
fn the_history_of_jobs() {
    each("state/jobs.jsonl");
}
