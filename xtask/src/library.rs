//! The prebuilt DuckDB library: compiling DuckDB takes longer than everything else together, so the one that DuckDB
//! publishes for Node is used. It is fetched once per version, through npm, which knows its registry and checks what
//! it got.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::child;

/// Of the npm package; the `duckdb` crate in `Cargo.toml` is made for this DuckDB.
const VERSION: &str = "1.5.6-r.1";

pub(crate) const FILE: &str = "libduckdb.so";

/// The folder that holds the library of this version, which is fetched if it is not there yet.
///
/// # Errors
/// For a machine that DuckDB publishes no library for, without npm or tar, and when the fetch fails.
pub(crate) fn fetched(cache: &Path) -> Result<PathBuf> {
    let versions = cache.join("duckdb");
    let folder = versions.join(VERSION);
    if is_library(&folder.join(FILE)) {
        return Ok(folder);
    }
    let package = package(OS, ARCH)?;
    eprintln!("fetching DuckDB {VERSION} through npm (once)…");
    // beside its final place, so that a rename puts it there whole or not at all
    let unpacked = versions.join(format!(".fetch-{}", std::process::id()));
    fs::create_dir_all(&unpacked).with_context(|| format!("cannot create {}", unpacked.display()))?;
    let outcome = fetch(package, &unpacked).and_then(|file| put(&file, &folder));
    fs::remove_dir_all(&unpacked).with_context(|| format!("cannot remove {}", unpacked.display()))?;
    outcome.map(|()| folder)
}

/// True if the file begins as a shared library does.
pub(crate) fn is_library(file: &Path) -> bool {
    let mut magic = [0; 4];
    fs::File::open(file).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// The npm package that holds the library for a machine.
fn package(os: &str, arch: &str) -> Result<&'static str> {
    match (os, arch) {
        ("linux", "x86_64") => Ok("@duckdb/node-bindings-linux-x64"),
        ("linux", "aarch64") => Ok("@duckdb/node-bindings-linux-arm64"),
        _ => bail!("there is none for {os} on {arch}"),
    }
}

fn fetch(package: &str, into: &Path) -> Result<PathBuf> {
    let name = format!("{package}@{VERSION}");
    child::output(Command::new("npm").current_dir(into).args(["pack", "--loglevel=error", &name]))?;
    let mut archives = fs::read_dir(into)?.filter_map(|entry| Some(entry.ok()?.path()));
    let archive = archives.find(|path| path.extension().is_some_and(|ext| ext == "tgz"));
    let archive = archive.with_context(|| format!("npm pack {name} left no archive"))?;
    let member = format!("package/{FILE}");
    child::output(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(into).arg(&member))?;
    let file = into.join(member);
    ensure!(is_library(&file), "{FILE} in {name} is no shared library");
    Ok(file)
}

fn put(file: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::rename(file, folder.join(FILE)).with_context(|| format!("cannot move {FILE} into {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::{is_library, package};

    #[test]
    fn each_machine_has_its_package() {
        assert_eq!(package("linux", "x86_64").expect("published"), "@duckdb/node-bindings-linux-x64");
        assert_eq!(package("linux", "aarch64").expect("published"), "@duckdb/node-bindings-linux-arm64");
        assert_eq!(
            package("macos", "aarch64").expect_err("not used").to_string(),
            "there is none for macos on aarch64"
        );
    }

    #[test]
    fn a_text_and_nothing_are_no_library() {
        assert!(is_library(&std::env::current_exe().expect("this test is a program")));
        assert!(!is_library(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").as_ref()));
        assert!(!is_library("no-such-file".as_ref()));
    }
}
