//! Small files beside the data, whatever is in them: the history of jobs and the record of rejects open, what can be
//! read of them is read, and they go on.

#![no_main]

use fuzz::Scratch;
use libfuzzer_sys::fuzz_target;
use scheduler::History;
use std::sync::LazyLock;

static SCRATCH: LazyLock<Scratch> = LazyLock::new(Scratch::new);

fuzz_target!(|data: &[u8]| {
    let path = SCRATCH.file("jobs.jsonl", data);
    let read = History::read(&path).expect("reads");
    let opened = History::open(&path).expect("opens").runs();
    assert!(opened.len() <= read.len() && read.ends_with(&opened[opened.len().saturating_sub(1)..]));
    let folder = SCRATCH.path().join("rejects");
    std::fs::create_dir_all(&folder).expect("creates");
    std::fs::write(folder.join("000000000001-collector.jsonl"), data).expect("writes");
    let rejected = collector::rejects::read(&folder, None, 10).expect("reads");
    assert!(rejected.len() <= 10 && rejected.is_sorted_by_key(|rejected| rejected.received_at));
});
