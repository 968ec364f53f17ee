//! The command line as types. Nothing here touches disk, network or clock: what was typed becomes values, and the
//! configuration decides what they mean.
//!
//! Layout: [`global`] what every command takes; [`daemon`] serve and collect; [`range`] and [`read`] the commands that
//! ask; [`upkeep`] the commands that change a data folder; [`senders`] the commands that send messages;
//! [`install`] the commands that tell of this program.

mod daemon;
mod global;
mod install;
mod range;
mod read;
mod senders;
mod upkeep;

pub(crate) use daemon::{Collect, Serve};
pub(crate) use global::Globals;
pub(crate) use install::{Completions, Man};
pub(crate) use range::RangeArguments;
pub(crate) use read::{
    Check, Format, Layer, Ledger, Query, Rejects, RejectsAction, ReportFormat, Services, Statement, Status, Tail, Top,
};
pub(crate) use senders::{Agent, Demo, Send};
pub(crate) use upkeep::{Backup, ConfigAction, Import, ImportFormat, Jobs, JobsAction, Probe, Restore, Verify};

use crate::config::Override;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;

/// A health monitor for microservices whose answers are exact, say how complete they are, and can be proven.
#[derive(Debug, Parser)]
#[command(name = "vitals", version, arg_required_else_help = true)]
#[command(after_help = "\
Try it:      vitals demo
Run it:      vitals serve
Ask it:      vitals query --last 6h

Exit codes:  0 fine, 1 error, 2 usage, 3 verify found a difference, 4 not ready,
             5 check found a message that would be refused")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Serve),
    Collect(Collect),
    Query(Query),
    Sql(Statement),
    Services(Services),
    Status(Status),
    Ledger(Ledger),
    Top(Top),
    Tail(Tail),
    Rejects(Rejects),
    Check(Check),
    Jobs(Jobs),
    Verify(Verify),
    /// Compute the batch views anew from the master dataset, beside the old ones
    #[command(after_help = "Example: vitals rebuild")]
    Rebuild,
    Backup(Backup),
    Restore(Restore),
    Import(Import),
    Agent(Agent),
    Send(Send),
    Demo(Demo),
    /// Print the OpenAPI document of the HTTP routes, as /api/v1/openapi.json has it
    #[command(after_help = "Example: vitals openapi > openapi.json")]
    Openapi,
    /// Read the views in a process of its own: exits with 3 where they are damaged, and may crash
    #[command(hide = true)]
    Probe(Probe),
    Completions(Completions),
    Man(Man),
    /// Check or print the configuration
    #[command(after_help = "Example: vitals config print > vitals.toml")]
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
}

impl Command {
    /// Whether it runs until it is stopped and its log is worth following.
    pub(crate) fn is_long_running(&self) -> bool {
        matches!(self, Command::Serve(_) | Command::Collect(_) | Command::Agent(_) | Command::Demo(_))
    }
}

impl Cli {
    /// Flags that stand for a key of the configuration.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides = self.globals.overrides();
        match &self.command {
            Command::Serve(serve) => overrides.extend(serve.overrides()),
            Command::Collect(collect) => overrides.extend(collect.overrides()),
            _ => {}
        }
        overrides
    }
}

/// An override where the flag was typed.
fn typed(flag: &'static str, key: &'static str, value: Option<impl ToString>) -> Option<Override> {
    value.map(|value| Override { flag, key, value: value.to_string() })
}

/// All that can be typed.
pub(crate) fn command() -> clap::Command {
    global::with_set_everywhere(Cli::command())
}

/// Reads a command line, its first word being the program's name.
pub(crate) fn parse<T>(words: impl IntoIterator<Item = T>) -> Result<Cli, clap::Error>
where
    T: Into<OsString> + Clone,
{
    let mut command = command();
    let matches = command.try_get_matches_from_mut(words)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    cli.globals.set = global::set_everywhere(&matches);
    Ok(cli)
}

#[cfg(test)]
mod tests;
