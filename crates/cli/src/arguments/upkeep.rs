//! The commands that work on a data folder: jobs, proof, import, probe, configuration.

use super::{Format, RangeArguments, ReportFormat};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// List the jobs, run one now, or show what ran
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  vitals jobs
  vitals jobs run batch
  vitals jobs history batch --limit 5")]
pub(crate) struct Jobs {
    #[command(subcommand)]
    pub(crate) action: Option<JobsAction>,
    /// How the list is printed
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsAction {
    /// Run a job now and wait for it; the exit code is its outcome
    #[command(after_help = "\
Examples:
  vitals jobs run batch
  vitals jobs run retention --dry-run")]
    Run {
        /// batch, compact or retention
        name: String,
        /// Say what retention would drop now, and drop nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// What ran, the newest first
    #[command(after_help = "Example: vitals jobs history batch --limit 5")]
    History {
        /// Only this job
        name: Option<String>,
        /// The newest so many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
}

/// Recompute every view cell from raw messages and compare; exits with 3 where any differs
#[derive(Args, Debug)]
#[command(after_help = "\
Without a range: everything.

Example: vitals verify --last 1d")]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) range: RangeArguments,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// Back up the data folder while everything goes on
#[derive(Args, Debug)]
#[command(after_help = "\
Closed files are linked where that is possible and copied where it is not. Where a daemon serves the data folder, the
daemon writes the backup, with its own rights and on its own machine.

Example: vitals backup /mnt/backup/2026-11-21")]
pub(crate) struct Backup {
    /// A folder that is empty or does not exist yet, outside the data folder
    #[arg(value_name = "DIR")]
    pub(crate) to: PathBuf,
}

/// Make a data folder out of a backup, in the empty folder that --data names
#[derive(Args, Debug)]
#[command(after_help = "\
Every file is checked on the way, and the views are computed anew. Nothing is taken from the backup: it can be restored
again.

Example: vitals restore /mnt/backup/2026-11-21 --data /var/lib/vitals")]
pub(crate) struct Restore {
    /// The folder that vitals backup wrote
    #[arg(value_name = "BACKUP")]
    pub(crate) from: PathBuf,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// Lines of service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk
    Csv,
    /// Messages as on the wire: lines, an array, or one after the other
    Json,
    /// What vitals rejects export writes
    Rejects,
    /// A table with the columns of a message
    Parquet,
}

/// Take in files: CSV, JSON lines, JSON objects one after the other, Parquet, refused messages
#[derive(Args, Debug)]
#[command(after_help = "\
Works beside a running daemon; an interrupted import goes on where it stopped. Standard input is read to its end before
anything is taken in. docs/import.md has the formats.

Examples:
  vitals import messages.csv
  gzip -dc messages.csv.gz | vitals import -
  vitals rejects export --reason cpu_above_one | vitals import -")]
pub(crate) struct Import {
    /// Files to take in; - is standard input
    #[arg(required = true, value_name = "FILE|-")]
    pub(crate) files: Vec<PathBuf>,
    /// What they hold [default: told by their content]
    #[arg(long, value_enum)]
    pub(crate) format: Option<ImportFormat>,
    /// Take a file in although its content was imported before: its messages then count twice
    #[arg(long)]
    pub(crate) again: bool,
}

/// What one process of vitals asks another; nobody types it.
#[derive(Args, Debug)]
#[command(after_help = "Example: vitals probe data/vitals/views/1/views.duckdb")]
pub(crate) struct Probe {
    pub(crate) file: PathBuf,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Read all layers and say whether they are right
    #[command(after_help = "Example: vitals config check --config /etc/vitals.toml")]
    Check,
    /// Print all keys with their meaning and the value in force, as a vitals.toml
    #[command(after_help = "Example: vitals config print > vitals.toml")]
    Print,
}
