//! `cargo xtask install-check`: does `cargo install --path crates/cli` give a program that works by itself?
//!
//! It links and copies a whole program once more, so it stands apart from the ordinary tests.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;

/// What the repository's sample holds.
const SAMPLE: &str = "data/sample/messages.csv";
const DAY: [&str; 7] = ["query", "--from", "2026-11-20", "--to", "2026-11-21", "--format", "csv"];
const SERVICE: &str = "\nservice-1,";

pub(crate) fn run(folders: &Folders) -> Result<()> {
    let lane = Lane::find(folders)?;
    let root = folders.target.join("install-check");
    // a folder of an earlier run may be in the way of what is looked for
    std::fs::remove_dir_all(&root).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error).with_context(|| format!("cannot remove {}", root.display())),
    })?;
    let arguments = ["install", "--path=crates/cli", "--debug", "--locked", "--force", "--no-track"];
    child::run(lane.cargo(folders, &arguments).arg("--root").arg(&root))?;
    let bin = root.join("bin");
    lane.place_library(&bin)?;
    let told = works(&bin.join("vitals"), &root, &folders.checkout.join(SAMPLE))?;
    std::fs::remove_dir_all(&root)?;
    eprintln!("{told} installs and works");
    Ok(())
}

/// Keeps messages and answers from them, in a folder of its own; what it calls itself.
fn works(vitals: &Path, root: &Path, sample: &Path) -> Result<String> {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(vitals);
        command.current_dir(root).env_remove("LD_LIBRARY_PATH").args(arguments);
        child::output(&mut command).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let version = run(&["--version"])?;
    run(&["import", &sample.to_string_lossy()])?;
    let answer = run(&DAY)?;
    ensure!(answer.contains(SERVICE), "it answers without service-1: {answer}");
    Ok(version.trim().to_owned())
}
