//! Where the programs under test are, and how they are called: without any variable that could change their ways.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program under test: `vitals` or `mock-services`.
///
/// The folder is `TEST_VITALS_BIN`, else the one that the test executable's own folder (`deps`) lies in.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let folder = env::var_os("TEST_VITALS_BIN").map_or_else(beside_this_test, PathBuf::from);
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "no {name} in {}: run the tests with `cargo xtask test`, or build with `cargo build -p cli -p mock-services` \
         and set TEST_VITALS_BIN to the folder of the programs",
        folder.display()
    );
    path
}

/// A command that runs the program in `folder`, so that no `vitals.toml` is found by chance, and without the variables
/// `VITALS_…`. Where nothing else is said it answers clients of PostgreSQL at a free port: several run at once.
///
/// # Panics
/// When the program is not there.
#[must_use]
pub fn command(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(program(name));
    command.current_dir(folder);
    for (variable, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"VITALS_")) {
        command.env_remove(variable);
    }
    command.env("VITALS_POSTGRES", "127.0.0.1:0");
    command
}

fn beside_this_test() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    test.parent().and_then(Path::parent).expect("a test lies in the folder deps of its build").to_owned()
}
