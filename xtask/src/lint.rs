//! `cargo xtask lint`: what a reviewer should not have to look for. The quick checks come first.

use anyhow::{Result, ensure};

use crate::arrows;
use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;
use crate::page;

pub(crate) fn run(folders: &Folders) -> Result<()> {
    child::run(child::cargo(folders).args(["fmt", "--all", "--check"]))?;

    let broken = arrows::broken(&child::metadata(folders)?)?;
    ensure!(broken.is_empty(), "the rooms are not as the table in xtask/src/arrows.rs has them: {}", broken.join("; "));

    page::lint(folders)?;

    // a workspace of their own, which nobody else compiles
    let mut targets = child::cargo(folders);
    targets.env("CARGO_TARGET_DIR", folders.target.join("fuzz"));
    child::run(targets.args(["check", "--quiet", "--locked", "--bins", "--manifest-path=fuzz/Cargo.toml"]))?;

    page::build(folders);
    let mut clippy = Lane::find(folders)?.cargo(folders, &["clippy", "--workspace", "--all-targets"]);
    child::run(clippy.args(["--", "-D", "warnings"]))
}
