//! The names of services that a journal's writer has let in, in the file `NAMES` beside its segments: how a life knows
//! the services of the lives before it, also where it has no views and its segments are reclaimed.
//!
//! Constraints: one writer, who holds the journal's lock; one name a line, appended when a life sees it first, so that
//! the newest are last; at most the newest `max` are kept on opening, so the file holds at most twice that. No answer
//! depends on it, and it is not synced: what a power cut takes of it has to prove itself new once more.

use journal::{JournalFolder, replace_file};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const NAMES: &str = "NAMES";
/// The first line; a file of another version is not understood and begun anew.
const HEAD: &str = "vitals names 1";

#[derive(Debug)]
pub(crate) struct Names {
    path: PathBuf,
    /// `None` where it cannot be written.
    file: Option<File>,
}

impl Names {
    /// The file of the journal in `folder`, cut back to its newest `max` names. Never fails: without it every name is
    /// new, which is no reason not to collect.
    pub(crate) fn open(folder: &Path, max: usize) -> Names {
        let path = folder.join(NAMES);
        let kept = read(&path, max);
        let lines: String = kept.iter().rev().flat_map(|name| [&**name, "\n"]).collect();
        let file = replace_file(&path, format!("{HEAD}\n{lines}").as_bytes())
            .map_err(io::Error::other)
            .and_then(|()| OpenOptions::new().append(true).open(&path));
        let mut names = Names { path, file: None };
        match file {
            Ok(file) => names.file = Some(file),
            Err(error) => names.give_up(&error),
        }
        names
    }

    pub(crate) fn add(&mut self, name: &str) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.write_all(format!("{name}\n").as_bytes()) {
            self.give_up(&error);
        }
    }

    fn give_up(&mut self, error: &io::Error) {
        self.file = None;
        tracing::warn!(path = %self.path.display(), %error, "names of services cannot be kept; after a restart they count as new");
    }
}

/// The names that any journal under `journals` knows, at most `max`; those of `own` before all others.
pub(crate) fn known(journals: &Path, own: &Path, max: usize) -> HashSet<Box<str>> {
    let others = JournalFolder::list(journals).unwrap_or_default();
    let folders = [own].into_iter().chain(others.iter().map(JournalFolder::path).filter(|path| *path != own));
    let mut known = HashSet::new();
    for folder in folders {
        let left = max - known.len();
        known.extend(read(&folder.join(NAMES), max).into_iter().take(left));
    }
    known
}

/// The newest distinct names of a file, newest first. A line that a crash has torn is left out.
fn read(path: &Path, max: usize) -> Vec<Box<str>> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let Some(lines) = bytes.strip_prefix(format!("{HEAD}\n").as_bytes()) else { return Vec::new() };
    let whole = lines.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &lines[..end]);
    let names = whole.rsplit(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    let mut seen = HashSet::new();
    names.filter(|name| model::is_name(name) && seen.insert(*name)).take(max).map(Box::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(names: &[Box<str>]) -> Vec<&str> {
        names.iter().map(AsRef::as_ref).collect()
    }

    #[test]
    fn the_newest_names_stay() {
        let temp = tempfile::tempdir().expect("a temporary folder");
        let mut names = Names::open(temp.path(), 3);
        ["a", "b", "c", "d", "b"].into_iter().for_each(|name| names.add(name));
        let path = temp.path().join(NAMES);
        assert_eq!(texts(&read(&path, 3)), ["b", "d", "c"]);
        Names::open(temp.path(), 3).add("e");
        assert_eq!(std::fs::read_to_string(&path).expect("reads"), "vitals names 1\nc\nd\nb\ne\n");
    }

    #[test]
    fn all_journals_are_known_and_the_own_one_first() {
        let temp = tempfile::tempdir().expect("a temporary folder");
        for (journal, name) in [("a", "first"), ("own", "second"), ("z", "third")] {
            Names::open(&temp.path().join(journal), 9).add(name);
        }
        let known = |max| known(temp.path(), &temp.path().join("own"), max);
        assert_eq!(known(9).len(), 3);
        assert_eq!(known(1), HashSet::from(["second".into()]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_the_file_holds_names_are_kept(bytes in prop::collection::vec(any::<u8>(), 0..300), head in any::<bool>()) {
            let temp = tempfile::tempdir().expect("a temporary folder");
            let path = temp.path().join(NAMES);
            let head: &[u8] = if head { b"vitals names 1\n" } else { b"" };
            std::fs::write(&path, [head, &bytes].concat()).expect("writes");
            let before = read(&path, 5);
            let mut names = Names::open(temp.path(), 5);
            prop_assert_eq!(&read(&path, 5), &before);
            names.add("checkout");
            let newest = read(&path, 1);
            prop_assert_eq!(texts(&newest), ["checkout"]);
        }
    }
}
