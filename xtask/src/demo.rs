//! `cargo xtask demo`: from a checkout to a running Vitals in one command.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::folders::Folders;
use crate::lane::Lane;

/// Becomes `vitals demo`: signals reach it and its exit code is the caller's with nobody in between, so this returns
/// only when it cannot.
pub(crate) fn run(folders: &Folders, arguments: &[&str]) -> Result<Infallible> {
    let folder = build::programs(folders, &Lane::find(folders)?, Profile::Dev)?;
    let vitals = folder.join("vitals");
    let error = Command::new(&vitals).arg("demo").args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", vitals.display()))
}
