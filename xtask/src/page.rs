//! The page: npm makes it from `crates/web/ui`, in a copy of those sources outside of the checkout, and only when they
//! have changed. The web crate takes in the folder that it is left in.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::child;
use crate::folders::Folders;

const SOURCES: &str = "crates/web/ui";
/// What npm and the bundler put beside the sources.
const MADE: [&str; 2] = ["node_modules", "dist"];
/// In `node_modules`: the lock file that is fulfilled. In `dist`: what it was made from.
const STAMP: &str = ".vitals-stamp";

/// Where the page is, if it has been made.
pub(crate) fn built(folders: &Folders) -> Option<PathBuf> {
    let dist = copy(folders).join("dist");
    dist.join(STAMP).is_file().then_some(dist)
}

/// The copy of the sources with its packages, in which the page's own programs run.
pub(crate) fn copy(folders: &Folders) -> PathBuf {
    folders.target.join("page")
}

/// Makes the page where its sources have changed. Without npm, or where it fails, there is none, and a warning says so.
pub(crate) fn build(folders: &Folders) {
    if let Err(error) = make(folders) {
        eprintln!("the page is left out ({error:#}); / will say how to get it");
        fs::remove_dir_all(copy(folders).join("dist")).ok();
    }
}

fn make(folders: &Folders) -> Result<()> {
    let copy = prepare(folders)?;
    let stamp = copy.join("dist").join(STAMP);
    let sources = digest(&copy)?;
    if fs::read_to_string(&stamp).is_ok_and(|made| made == sources) {
        return Ok(());
    }
    fs::remove_file(&stamp).ok();
    child::output(npm(&copy).args(["run", "--silent", "build"]))?;
    fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The page's own tests.
///
/// # Errors
/// When one fails, or without npm.
pub(crate) fn test(folders: &Folders) -> Result<()> {
    child::run(npm(&prepare(folders)?).args(["run", "--silent", "test"]))
}

/// Types and formatting.
///
/// # Errors
/// When something is found, or without npm.
pub(crate) fn lint(folders: &Folders) -> Result<()> {
    child::run(npm(&prepare(folders)?).args(["run", "--silent", "lint"]))
}

fn npm(copy: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(copy);
    npm
}

/// Brings the copy up to date, and its packages where the lock file has changed.
fn prepare(folders: &Folders) -> Result<PathBuf> {
    let (sources, copy) = (folders.checkout.join(SOURCES), copy(folders));
    mirror(&sources, &copy).with_context(|| format!("cannot copy {} to {}", sources.display(), copy.display()))?;
    let stamp = copy.join("node_modules").join(STAMP);
    let wanted = fs::read_to_string(copy.join("package-lock.json")).context("the page has no lock file")?;
    if fs::read_to_string(&stamp).is_ok_and(|fulfilled| fulfilled == wanted) {
        return Ok(copy);
    }
    eprintln!("installing the packages of {SOURCES} through npm (once)…");
    child::output(npm(&copy).args(["ci", "--loglevel=error"]))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(copy)
}

/// Makes `to` hold what `from` holds, but for what is made in either of them.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for old in names(to)? {
        let (path, source) = (to.join(&old), from.join(&old));
        if source.is_dir() != path.is_dir() || !source.exists() {
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
    }
    for name in names(from)? {
        let (source, path) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            mirror(&source, &path)?;
        } else if fs::read(&source)? != fs::read(&path).unwrap_or_default() || !path.exists() {
            fs::copy(&source, &path)?;
        }
    }
    Ok(())
}

/// Of the sources in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !MADE.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Of everything that the page is made from.
fn digest(folder: &Path) -> Result<String> {
    fn add(folder: &Path, hasher: &mut DefaultHasher) -> Result<()> {
        for name in names(folder)? {
            let path = folder.join(&name);
            name.hash(hasher);
            if path.is_dir() { add(&path, hasher)? } else { fs::read(&path)?.hash(hasher) }
        }
        Ok(())
    }
    let mut hasher = DefaultHasher::new();
    add(folder, &mut hasher)?;
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::{digest, mirror};
    use std::fs;

    #[test]
    fn a_copy_follows_its_sources_and_keeps_what_was_made() {
        let folder = std::env::temp_dir().join(format!("xtask-page-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        fs::create_dir_all(from.join("src")).expect("a folder");
        fs::create_dir_all(to.join("node_modules")).expect("a folder");
        fs::write(from.join("src/a.ts"), "1").expect("written");
        fs::write(from.join("old"), "").expect("written");
        mirror(&from, &to).expect("copied");
        let first = digest(&to).expect("read");
        assert_eq!(first, digest(&from).expect("read"));

        fs::remove_file(from.join("old")).expect("removed");
        // what was a file is a folder now
        fs::create_dir(from.join("old")).expect("a folder");
        fs::write(from.join("old/b"), "2").expect("written");
        mirror(&from, &to).expect("copied again");
        assert_ne!(digest(&to).expect("read"), first);
        assert_eq!(fs::read_to_string(to.join("old/b")).expect("there"), "2");
        assert!(to.join("node_modules").is_dir(), "packages are not sources");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
