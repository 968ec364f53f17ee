//! What came into quarantine since a moment: whatever part of a start moves something aside, this sees it.

use model::DataFolder;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Names told; further ones are counted.
const TOLD_MAX: usize = 100;

/// What lay in quarantine when it was looked at.
#[derive(Clone, Debug)]
pub struct Quarantine {
    folder: DataFolder,
    /// Names below the folder, each with the time of its last change or move: a name may come a second time.
    pieces: BTreeSet<(String, (i64, i64))>,
}

impl Quarantine {
    /// Looks, and creates nothing.
    pub fn look(folder: &DataFolder) -> Quarantine {
        let mut pieces = BTreeSet::new();
        for (owner, path) in entries(&folder.quarantines()) {
            for (piece, path) in entries(&path) {
                if let Ok(metadata) = fs::symlink_metadata(path) {
                    pieces.insert((format!("{owner}/{piece}"), (metadata.ctime(), metadata.ctime_nsec())));
                }
            }
        }
        Quarantine { folder: folder.clone(), pieces }
    }

    /// What has come since.
    pub fn added(&self) -> Vec<String> {
        let now = Quarantine::look(&self.folder);
        let mut added: Vec<String> = now.pieces.difference(&self.pieces).map(|(name, _)| name.clone()).collect();
        let more = added.len().saturating_sub(TOLD_MAX);
        added.truncate(TOLD_MAX);
        added.extend((more > 0).then(|| format!("and {more} more")));
        added
    }
}

/// Names and paths; none where there is no folder to read.
fn entries(folder: &Path) -> Vec<(String, std::path::PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_since_is_told_also_under_a_known_name() {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = DataFolder::new(temporary.path());
        assert_eq!(Quarantine::look(&folder).added(), Vec::<String>::new());
        let put = |owner: &str, name: &str| {
            let path = folder.quarantine(owner);
            fs::create_dir_all(&path).expect("creates");
            fs::write(path.join(name), "rot").expect("writes");
        };
        put("collector", "segment-1");
        let before = Quarantine::look(&folder);
        assert_eq!(before.added(), Vec::<String>::new());
        put("collector", "segment-2");
        fs::create_dir_all(folder.quarantine("views").join("1")).expect("creates");
        assert_eq!(before.added(), ["collector/segment-2", "views/1"]);
        // moved out and in again, the name is the same and the piece another
        fs::rename(folder.quarantine("collector").join("segment-1"), temporary.path().join("x")).expect("moves");
        fs::rename(temporary.path().join("x"), folder.quarantine("collector").join("segment-1")).expect("moves");
        assert_eq!(before.added(), ["collector/segment-1", "collector/segment-2", "views/1"]);
        (0..200).for_each(|number| put("many", &format!("{number:03}")));
        let told = before.added();
        assert_eq!((told.len(), told[TOLD_MAX].as_str()), (TOLD_MAX + 1, "and 103 more"));
    }
}
