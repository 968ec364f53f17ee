//! Other programs, run so that the one that fails is named and its exit code becomes ours.

use std::env;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::folders::Folders;

/// A program that started and did not end well.
#[derive(Debug)]
pub(crate) struct Failed {
    line: String,
    status: ExitStatus,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed with {}", self.line, self.status)
    }
}

impl std::error::Error for Failed {}

impl Failed {
    /// As a shell tells it: the program's own code, or 128 and the signal that ended it.
    fn exit_code(&self) -> u8 {
        let code = self.status.code().or(self.status.signal().map(|signal| 128 + signal));
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
    }
}

/// The exit code that an error of this program stands for.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    error.downcast_ref::<Failed>().map_or(1, Failed::exit_code)
}

/// The cargo that runs us, in the checkout.
pub(crate) fn cargo(folders: &Folders) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&folders.checkout).env("CARGO_TARGET_DIR", &folders.target);
    // cargo set these for this program alone; a build script that looks at them would run anew, and everything above it
    // be compiled again, whenever plain cargo and this one take turns
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// What `cargo metadata` says of the workspace's own packages.
pub(crate) fn metadata(folders: &Folders) -> Result<Value> {
    let json = output(cargo(folders).args(["metadata", "--no-deps", "--format-version=1", "--offline"]))?;
    serde_json::from_slice(&json).context("`cargo metadata` printed no JSON")
}

/// Runs a program in the open: its output is the caller's.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    check(command, status)
}

/// Runs a program in silence and gives back its standard output; where it fails, its complaint is in the error, of which
/// the first line says most.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.stdin(std::process::Stdio::null()).output().with_context(|| cannot_start(command))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
    check(command, output.status).context(first)?;
    Ok(output.stdout)
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(Failed { line: line(command), status }.into()) }
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", line(command))
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{exit_code, output, run};
    use std::process::Command;

    fn check(script: &str, code: u8, message: &str) {
        let error = run(Command::new("sh").args(["-c", script])).expect_err("the script fails");
        assert_eq!(error.to_string(), message);
        assert_eq!(exit_code(&error), code);
    }

    #[test]
    fn a_failure_names_the_command_and_keeps_its_code() {
        check("exit 7", 7, "`sh -c exit 7` failed with exit status: 7");
        check("kill -9 $$", 137, "`sh -c kill -9 $$` failed with signal: 9 (SIGKILL)");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("no-such-program")).expect_err("it is not there");
        assert_eq!(error.to_string(), "cannot start `no-such-program`");
        assert_eq!(exit_code(&error), 1);
    }

    #[test]
    fn a_silent_program_that_fails_says_why() {
        let script = "echo no network >&2; echo see the log >&2; exit 3";
        let error = output(Command::new("sh").args(["-c", script])).expect_err("the script fails");
        assert!(format!("{error:#}").starts_with("no network: `sh -c"), "{error:#}");
        assert_eq!(exit_code(&error), 3);
    }
}
