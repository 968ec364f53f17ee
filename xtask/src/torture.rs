//! `cargo xtask torture`: builds what the rounds of `tests/src/torture` need, and plays them.

use anyhow::Result;

use crate::build::{self, Profile};
use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;

/// `arguments` go to the rounds, except the first if it says which binary they are played on.
pub(crate) fn run(folders: &Folders, arguments: &[&str]) -> Result<()> {
    let lane = Lane::find(folders)?;
    let (profile, arguments) = match arguments {
        ["--binary", "dev", rest @ ..] => (Profile::Dev, rest),
        ["--binary", "release", rest @ ..] => (Profile::Release, rest),
        _ => (Profile::Release, arguments),
    };
    let programs = build::programs(folders, &lane, profile)?;
    let mut cargo = lane.cargo(folders, &["run", "--quiet", "--package=system-tests", "--bin=torture"]);
    child::run(cargo.arg("--").args(arguments).env("TEST_VITALS_BIN", programs))
}
