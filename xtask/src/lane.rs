//! The two ways to build: against the prebuilt DuckDB library, or with DuckDB compiled from source. They differ in
//! features, so cargo keeps both in one target folder and changing lanes rebuilds only what has to do with DuckDB.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::folders::Folders;
use crate::library;
use crate::page;

#[derive(Debug)]
pub(crate) enum Lane {
    /// The folder that holds the library.
    Prebuilt(PathBuf),
    Bundled,
}

impl Lane {
    /// The prebuilt lane where the library is there or can be fetched, else the bundled one.
    ///
    /// # Errors
    /// When `DUCKDB_LIB_DIR` names a folder without the library: whoever set it does not want another one.
    pub(crate) fn find(folders: &Folders) -> Result<Self> {
        if let Some(folder) = env::var_os("DUCKDB_LIB_DIR") {
            let folder = PathBuf::from(folder);
            let file = folder.join(library::FILE);
            ensure!(library::is_library(&file), "DUCKDB_LIB_DIR: {} is no library; unset it", file.display());
            return Ok(Self::Prebuilt(folder));
        }
        match library::fetched(&folders.cache) {
            Ok(folder) => Ok(Self::Prebuilt(folder)),
            Err(error) => {
                eprintln!(
                    "no prebuilt DuckDB ({error:#}); it is compiled instead, once: about 40 minutes on two cores"
                );
                Ok(Self::Bundled)
            }
        }
    }

    /// A cargo command of this lane, which more arguments may follow.
    pub(crate) fn cargo(&self, folders: &Folders, arguments: &[&str]) -> Command {
        let mut command = child::cargo(folders);
        command.args(arguments);
        // the same for every command, or they would take turns in compiling the web crate
        match page::built(folders) {
            Some(page) => command.env("BUILD_VITALS_PAGE", page),
            None => command.env_remove("BUILD_VITALS_PAGE"),
        };
        if let Self::Prebuilt(folder) = self {
            command.arg("--no-default-features").env("DUCKDB_LIB_DIR", folder);
        }
        command
    }

    /// Where programs without an rpath of their own, such as test executables, look for libraries.
    pub(crate) fn library_path(&self) -> Option<OsString> {
        let Self::Prebuilt(folder) = self else { return env::var_os("LD_LIBRARY_PATH") };
        let inherited = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let others = env::split_paths(&inherited).filter(|path| !path.as_os_str().is_empty() && path != folder);
        env::join_paths(std::iter::once(folder.clone()).chain(others)).ok()
    }

    /// Puts the library beside the programs built in `folder`, where their rpath looks for it.
    pub(crate) fn place_library(&self, folder: &Path) -> Result<()> {
        match self {
            Self::Prebuilt(from) => place(&from.join(library::FILE), &folder.join(library::FILE)),
            Self::Bundled => Ok(()),
        }
    }
}

/// Links, and copies where the two are on different file systems. A library in use is replaced, not written over.
fn place(from: &Path, to: &Path) -> Result<()> {
    if same(from, to) {
        return Ok(());
    }
    let beside = to.with_extension(format!("so-{}", std::process::id()));
    let placed = fs::hard_link(from, &beside).or_else(|_| fs::copy(from, &beside).map(|_| ()));
    placed
        .and_then(|()| fs::rename(&beside, to))
        .with_context(|| format!("cannot place {} as {}", from.display(), to.display()))
}

/// A link to the same file, or a copy made after its last change.
fn same(from: &Path, to: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(from), Ok(to)) = (from.metadata(), to.metadata()) else { return false };
    let linked = from.dev() == to.dev() && from.ino() == to.ino();
    linked || (from.len() == to.len() && from.mtime() <= to.mtime())
}

#[cfg(test)]
mod tests {
    use super::place;
    use std::fs;

    #[test]
    fn a_library_that_changed_replaces_the_one_in_use() {
        let folder = std::env::temp_dir().join(format!("xtask-place-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let (from, to) = (folder.join("from.so"), folder.join("to.so"));
        for content in ["one", "another"] {
            // as a fetch does it: a new file under the old name
            fs::remove_file(&from).ok();
            fs::write(&from, content).expect("written");
            place(&from, &to).expect("placed");
            place(&from, &to).expect("placed again");
            assert_eq!(fs::read_to_string(&to).expect("there"), content);
        }
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2, "nothing is left beside");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
