//! Which messages a data folder holds, by readers that are not ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Fact, Key, master, segment};
use crate::inputs::Heartbeat;

/// Messages by what tells them apart.
pub(super) type Facts = BTreeMap<Key, Heartbeat>;

/// Everything the master dataset holds, and the whole frames of the segments that it does not.
///
/// # Panics
/// When a message is there twice, or something is unreadable that was durable before anything named it.
pub(super) fn read(data: &Path) -> Facts {
    let master = master::read(data);
    let mut facts = Facts::new();
    add(&mut facts, master.facts, "the master dataset");
    for path in segments(data) {
        let Some(segment) = segment::read(&fs::read(&path).expect("a segment can be read")) else { continue };
        if master.marks.get(&segment.journal).is_none_or(|mark| segment.number > *mark) {
            add(&mut facts, segment.facts, &path.display().to_string());
        }
    }
    facts
}

/// What the master dataset holds.
pub(super) fn sealed(data: &Path) -> Facts {
    let mut facts = Facts::new();
    add(&mut facts, master::read(data).facts, "the master dataset");
    facts
}

fn add(facts: &mut Facts, found: Vec<Fact>, place: &str) {
    for (key, heartbeat) in found {
        let known = facts.insert(key.clone(), heartbeat);
        assert!(known.is_none(), "{key:?} is there twice; the second time in {place}");
    }
}

fn segments(data: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let files = entries(&data.join("journal")).into_iter().flat_map(|journal| entries(&journal));
    let mut segments: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "seg")).collect();
    segments.sort();
    segments
}
