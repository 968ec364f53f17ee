//! How a run ends: a fixed set of exit codes, and on standard error one line that says what to do.

use crate::config;
use std::process::ExitCode;

/// What the exit code says; scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Fine = 0,
    Error = 1,
    /// The command line is wrong.
    Usage = 2,
    /// `verify` found a difference.
    Difference = 3,
    /// No process is ready, or the views are being rebuilt.
    NotReady = 4,
    /// `check` found a message that the collector would refuse.
    Refused = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error whose exit code is not 1.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Ending {
    exit: Exit,
    text: String,
}

impl Ending {
    pub(crate) fn usage(problem: impl std::fmt::Display) -> Ending {
        Ending { exit: Exit::Usage, text: problem.to_string() }
    }

    pub(crate) fn not_ready(problem: impl std::fmt::Display) -> Ending {
        Ending { exit: Exit::NotReady, text: problem.to_string() }
    }
}

/// Says what went wrong, if anything did.
pub(crate) fn report(outcome: anyhow::Result<Exit>) -> ExitCode {
    let exit = outcome.unwrap_or_else(|error| {
        complain(&in_words(&error));
        of(&error)
    });
    exit.into()
}

/// The error and its causes; a cause that the text before it already tells is not told again.
pub(crate) fn in_words(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The code that an error ends with.
pub(crate) fn of(error: &anyhow::Error) -> Exit {
    let ending = error.downcast_ref::<Ending>().map(|ending| ending.exit);
    ending.or_else(|| error.downcast_ref::<config::Error>().map(config::Error::exit)).unwrap_or(Exit::Error)
}

/// Ends a run whose arguments do not parse, or that only asked for help.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        complain(&in_one_line(&error.render().to_string()));
    } else if error.print().is_err() {
        // nobody reads the help any more
        return Exit::Fine.into();
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Fine.into() }
}

/// What clap says on several lines: the problem and its tips, without the usage that `--help` prints in full.
fn in_one_line(rendered: &str) -> String {
    let lines = rendered.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")).collect();
    let text = said.join(" ").replace(" tip: ", "; ");
    format!("{}; --help shows the usage", text.trim_start_matches("error: "))
}

fn complain(problem: &str) {
    let words: Vec<&str> = problem.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    eprintln!("vitals: error: {}", words.join(" "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn codes_survive_context() {
        let check = |error: anyhow::Error, expect: Exit| assert_eq!(of(&error), expect, "{error:#}");
        check(anyhow::anyhow!("no space left"), Exit::Error);
        check(Ending::usage("--from is after --to").into(), Exit::Usage);
        check(anyhow::Error::new(Ending::not_ready("views are being rebuilt")).context("query"), Exit::NotReady);
        let typed = config::Error::NoAssignment { text: "udp".to_owned() };
        check(Err::<(), _>(typed).context("configuration").expect_err("an error"), Exit::Usage);
    }

    #[test]
    fn causes_are_told_once() {
        let io = || std::io::Error::other("no space left");
        let told = journal::Error::Io { path: "x".into(), source: io() };
        assert_eq!(in_words(&anyhow::Error::new(told).context("cannot serve")), "cannot serve: x: no space left");
        assert_eq!(in_words(&anyhow::Error::new(io()).context("cannot serve")), "cannot serve: no space left");
    }

    #[test]
    fn clap_speaks_in_one_line() {
        let check = |arguments: &[&str], expect: &str| {
            let error = crate::arguments::parse(arguments).expect_err("a usage error");
            assert_eq!(in_one_line(&error.render().to_string()), expect);
        };
        check(
            &["vitals", "demo", "--fo", "30s"],
            "unexpected argument '--fo' found; a similar argument exists: '--for'; --help shows the usage",
        );
        check(
            &["vitals", "query", "--every", "week"],
            "invalid value 'week' for '--every <BUCKET>': \"week\" is no granularity; use minute, hour, day, month or \
             year; --help shows the usage",
        );
    }
}
