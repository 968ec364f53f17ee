//! The commands that tell shells and manual pages about this program.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

/// Print what a shell needs to complete commands, options and their values
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  vitals completions bash > /etc/bash_completion.d/vitals
  vitals completions zsh > /usr/local/share/zsh/site-functions/_vitals
  vitals completions fish > ~/.config/fish/completions/vitals.fish")]
pub(crate) struct Completions {
    /// bash, zsh, fish, elvish or powershell
    #[arg(hide_possible_values = true)]
    pub(crate) shell: Shell,
}

/// Write a manual page for each command into a folder
#[derive(Args, Debug)]
#[command(after_help = "\
Makes the folder where it is missing, and replaces pages that are there.

Example: vitals man /usr/local/share/man/man1 && man vitals-query")]
pub(crate) struct Man {
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
