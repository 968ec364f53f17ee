//! `cargo xtask test`: every test there is, with everything around them that system tests expect.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;
use crate::page;
use crate::python;

/// `arguments` go to the test runner. Without any, everything runs, examples in documents too, and real processes are those
/// of the release build: that is what people run, and the tests take half the time. Arguments choose among the tests, for
/// somebody who has just changed something: those start the development build, which is there sooner.
pub(crate) fn run(folders: &Folders, arguments: &[&str]) -> Result<()> {
    let python = python::interpreter(folders)?;
    let lane = Lane::find(folders)?;
    let profile = if arguments.is_empty() { Profile::Release } else { Profile::Dev };
    let programs = build::programs(folders, &lane, profile)?;
    if arguments.is_empty() {
        page::test(folders)?;
    }
    let with_surroundings = |mut cargo: Command| {
        cargo.env("TEST_VITALS_PAGE", page::copy(folders));
        cargo.env("TEST_VITALS_BIN", &programs).env("TEST_VITALS_PYTHON", &python);
        cargo.envs(lane.library_path().map(|path| ("LD_LIBRARY_PATH", path)));
        cargo
    };
    if !has_nextest(folders) {
        let mut tests = with_surroundings(lane.cargo(folders, &["test", "--workspace", "--no-fail-fast"]));
        return child::run(tests.args(arguments));
    }
    if arguments.is_empty() {
        child::run(&mut with_surroundings(lane.cargo(folders, &["test", "--workspace", "--doc", "--quiet"])))?;
    }
    // last, so that its summary is the closing line
    let mut tests = with_surroundings(lane.cargo(folders, &["nextest", "run", "--workspace"]));
    child::run(tests.args(arguments))
}

/// Writes the fixtures of today's formats, by which later versions are tested.
pub(crate) fn fixtures(folders: &Folders) -> Result<()> {
    let lane = Lane::find(folders)?;
    let programs = build::programs(folders, &lane, Profile::Dev)?;
    let mut cargo = lane.cargo(folders, &["test", "--package=system-tests", "--test=formats"]);
    cargo.env("TEST_VITALS_BIN", &programs);
    child::run(cargo.args(["--", "--ignored", "--exact", "write_the_fixtures"]))
}

/// It runs test executables side by side, which halves the time of a suite that mostly waits; `cargo test` does too,
/// one executable after the other.
fn has_nextest(folders: &Folders) -> bool {
    child::output(child::cargo(folders).args(["nextest", "--version"])).is_ok()
}
