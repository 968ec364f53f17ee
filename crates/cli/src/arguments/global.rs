//! What every command takes, before or after its name.

use super::typed;
use crate::config::{LogFormat, Override, name};
use clap::{Arg, ArgAction, ArgMatches, Args};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// The data folder [default: data/vitals]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Ask this daemon instead of the one that serves the data folder, such as 127.0.0.1:3501
    #[arg(long, global = true, value_name = "ADDR", env = "VITALS_SERVER", hide_env_values = true)]
    pub(crate) server: Option<String>,
    /// A file with the token that the daemon wants to be shown
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The configuration file [default: ./vitals.toml, else vitals.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE", env = "VITALS_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// How the log looks
    #[arg(long, global = true, value_name = "FORMAT", hide_possible_values = false)]
    pub(crate) log_format: Option<LogFormat>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log less; twice for errors only
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    pub(crate) quiet: u8,
    /// Each `--set key=value`, in the order typed.
    #[arg(skip)]
    pub(crate) set: Vec<String>,
}

impl Globals {
    pub(super) fn overrides(&self) -> Vec<Override> {
        let [data, token] = [&self.data, &self.token_file].map(|path| path.as_ref().map(|path| path.to_string_lossy()));
        let log_format = self.log_format.map(name);
        [
            typed("--data", "data", data),
            typed("--token-file", "token_file", token),
            typed("--log-format", "log.format", log_format),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

const SET: &str = "set";

/// Adds `--set` to a command and all below it. As a global argument of clap the last level that has it would win, and
/// what was typed before the subcommand would be lost without a word.
pub(super) fn with_set_everywhere(command: clap::Command) -> clap::Command {
    let set = Arg::new(SET)
        .long(SET)
        .value_name("KEY=VALUE")
        .action(ArgAction::Append)
        .help_heading("Everywhere")
        .help("Set any key of the configuration; may be repeated, see `vitals config print`");
    command.arg(set).mut_subcommands(with_set_everywhere)
}

/// The values of every `--set`, in the order typed.
pub(super) fn set_everywhere(matches: &ArgMatches) -> Vec<String> {
    let here = matches.get_many::<String>(SET).into_iter().flatten().cloned();
    let below = matches.subcommand().map(|(_, matches)| set_everywhere(matches));
    here.chain(below.into_iter().flatten()).collect()
}
