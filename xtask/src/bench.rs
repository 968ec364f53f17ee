//! `cargo xtask bench`: builds what the measurements of `tests/src/bin/bench` need, and runs them.

use anyhow::Result;

use crate::build::{self, Profile};
use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;
use crate::python;

pub(crate) fn run(folders: &Folders, arguments: &[&str]) -> Result<()> {
    let lane = Lane::find(folders)?;
    let programs = build::programs(folders, &lane, Profile::Release)?;
    let python = python::interpreter(folders)?;
    let mut cargo = lane.cargo(folders, &["run", "--quiet", "--package=system-tests", "--bin=bench"]);
    cargo.env("TEST_VITALS_BIN", programs).env("TEST_VITALS_PYTHON", python);
    child::run(cargo.arg("--").args(arguments))
}
