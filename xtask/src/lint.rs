//! `cargo xtask lint`: what a reviewer should not have to look for. The quick checks come first.

use std::fs;

use anyhow::{Result, ensure};

use crate::arrows;
use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;
use crate::names;
use crate::page;

pub(crate) fn run(folders: &Folders) -> Result<()> {
    child::run(child::cargo(folders).args(["fmt", "--all", "--check"]))?;

    let metadata = child::metadata(folders)?;
    let broken = arrows::broken(&metadata)?;
    ensure!(broken.is_empty(), "the rooms are not as the table in xtask/src/arrows.rs has them: {}", broken.join("; "));

    let taken = names::taken(&metadata, &fs::read_to_string(folders.checkout.join("Cargo.lock"))?)?;
    ensure!(
        taken.is_empty(),
        "called like a dependency, which xtask/src/names.rs says is costly: {}",
        taken.join(", ")
    );

    page::lint(folders)?;

    // a workspace of their own, which nobody else compiles
    let mut targets = child::cargo(folders);
    targets.env("CARGO_TARGET_DIR", folders.target.join("fuzz"));
    child::run(targets.args(["check", "--quiet", "--locked", "--bins", "--manifest-path=fuzz/Cargo.toml"]))?;

    page::build(folders);
    let mut clippy = Lane::find(folders)?.cargo(folders, &["clippy", "--workspace", "--all-targets"]);
    child::run(clippy.args(["--", "-D", "warnings"]))
}
