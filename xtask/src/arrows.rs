//! The arrows between the rooms: which room may use which. A crate is a wall only as long as nobody adds a door, so the
//! table of `ARCHITECTURE.md` is checked against what the manifests say.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

#[derive(Clone, Copy, Debug)]
enum MayUse {
    These(&'static [&'static str]),
    All,
}
use MayUse::{All, These};

/// A room is a folder; what it may use is named by the last part of the folder.
const ROOMS: &[(&str, MayUse)] = &[
    ("crates/model", These(&[])),
    ("crates/journal", These(&["model"])),
    ("crates/collector", These(&["model", "journal"])),
    ("crates/speed", These(&["model", "journal"])),
    ("crates/batch", These(&["model", "journal"])),
    ("crates/serving", These(&["model"])),
    ("crates/handover", These(&["model", "journal", "speed", "batch", "serving"])),
    ("crates/query", These(&["model", "journal", "handover"])),
    ("crates/alerts", These(&["model", "query"])),
    ("crates/web", These(&["model", "collector", "handover", "query", "alerts", "scheduler"])),
    ("crates/cli", All),
    ("scheduler", These(&["model"])),
    ("mock-services", These(&[])),
    ("tests", All),
    ("tests/preload", These(&[])),
    ("xtask", These(&[])),
];

/// Says in one sentence each which room the table does not know and which arrow it does not allow.
///
/// An arrow is a direct dependency of a room's own code: what only its tests use is none, and neither is what it
/// reaches through another room.
///
/// # Errors
/// When the value is not what `cargo metadata` prints.
pub(crate) fn broken(metadata: &Value) -> Result<Vec<String>> {
    let root = Path::new(text(metadata, "workspace_root")?);
    let mut broken = Vec::new();
    for package in list(metadata, "packages")? {
        let manifest = Path::new(text(package, "manifest_path")?);
        let room = room(root, manifest.parent().context("a manifest lies in a folder")?);
        let Some((_, may_use)) = ROOMS.iter().find(|(known, _)| *known == room) else {
            broken.push(format!("{room} is missing from the table"));
            continue;
        };
        for used in used_by(root, package)? {
            if !may_use.allows(&used) {
                broken.push(format!("{room} may not use {used}"));
            }
        }
    }
    Ok(broken)
}

impl MayUse {
    fn allows(self, used: &str) -> bool {
        match self {
            All => true,
            These(names) => names.iter().any(|name| used.rsplit('/').next() == Some(name)),
        }
    }
}

/// The rooms that a package depends on, other than for its tests alone.
fn used_by(root: &Path, package: &Value) -> Result<Vec<String>> {
    let ours = list(package, "dependencies")?.iter().filter(|dependency| dependency["kind"] != "dev");
    Ok(ours.filter_map(|dependency| dependency["path"].as_str()).map(|path| room(root, Path::new(path))).collect())
}

fn room(root: &Path, folder: &Path) -> String {
    folder.strip_prefix(root).unwrap_or(folder).display().to_string()
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| format!("`cargo metadata` gave no {key}"))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("`cargo metadata` gave no {key}"))
}

#[cfg(test)]
mod tests;
