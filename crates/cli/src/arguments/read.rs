//! The commands that ask and change nothing.

use super::RangeArguments;
use crate::chart::Measure;
use clap::{Args, Subcommand, ValueEnum};
use model::units::Interval;
use model::{Granularity, Reason, Time};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[default]
    Table,
    /// One document
    Json,
    /// One JSON object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Lines for people
    #[default]
    Table,
    /// One document
    Json,
}

/// What an answer is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layer {
    /// Batch views and realtime views: every accepted message exactly once
    #[default]
    Merged,
    /// Only what batches have published
    Batch,
    /// Only what batches have not published yet
    Realtime,
}

/// Where a picture is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SvgFile(pub(crate) PathBuf);

/// A name that says another kind of picture, or none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not end in .svg, the one kind of picture that is written; convert that to any other")]
pub(crate) struct SvgFileError(String);

impl FromStr for SvgFile {
    type Err = SvgFileError;

    fn from_str(text: &str) -> Result<SvgFile, SvgFileError> {
        let ends = Path::new(text).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
        if ends { Ok(SvgFile(text.into())) } else { Err(SvgFileError(text.to_owned())) }
    }
}

/// Mean, least and highest CPU, RAM and disk of services over a range of time
#[derive(Args, Debug)]
#[command(after_help = "\
Without a range: the last hour. A bare date or minute is its first instant; --to is not part of the range.

Examples:
  vitals query --last 6h
  vitals query --from 2026-11-01 --to 2026-12-01 --every day --service 'check*' --format csv
  vitals query --last 1d --plot --series cpu
  vitals query --last 7d --service checkout --plot week.svg")]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) range: RangeArguments,
    /// Only this service, or those that match a glob (a name equal to it always does); may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,
    /// A row per service and minute, hour, day, month or year instead of one per service
    #[arg(long, value_name = "BUCKET")]
    pub(crate) every: Option<Granularity>,
    /// What the answer is made of
    #[arg(long, value_enum, default_value_t)]
    pub(crate) layer: Layer,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Draw the answer here, or into FILE.svg; without --every in buckets that suit the range
    #[arg(long, value_name = "FILE.svg", num_args = 0..=1, conflicts_with = "format")]
    pub(crate) plot: Option<Option<SvgFile>>,
    /// What is drawn, separated by commas [default: cpu,ram,disk]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "SERIES",
        value_delimiter = ',',
        requires = "plot"
    )]
    pub(crate) series: Vec<Measure>,
    /// Say how many buckets, realtime cells and raw messages the answer read
    #[arg(long)]
    pub(crate) explain: bool,
    /// Answer with a warning, instead of failing, when the realtime views are behind
    #[arg(long)]
    pub(crate) allow_behind: bool,
}

/// Run one SQL statement that reads: the rows of one moment
#[derive(Args, Debug)]
#[command(after_help = "\
Tables: minute, hour, day, month, year, messages, services, ledger, rejects, jobs; DESCRIBE minute shows the columns.

Examples:
  vitals sql \"SELECT service, max(cpu_max) FROM minute WHERE time > now() - interval '1 hour' GROUP BY service\"
  vitals sql --file report.sql --format csv")]
pub(crate) struct Statement {
    /// The statement; - reads it from standard input
    #[arg(value_name = "SQL", required_unless_present = "file")]
    pub(crate) statement: Option<String>,
    /// Read the statement from this file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "statement")]
    pub(crate) file: Option<PathBuf>,
    /// How the rows are printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// All services ever seen: since when, until when, how many messages
#[derive(Args, Debug)]
#[command(after_help = "Example: vitals services --format csv")]
pub(crate) struct Services {
    /// How the list is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What the running process has received, accepted and refused since it started, and how it stands
#[derive(Args, Debug)]
#[command(after_help = "\
Exits with 4 while no process is ready; with --check also while one of its tasks is dead.
--recovery reads the record of the last starts, and needs no running process.

Examples:
  vitals status --check && echo ready
  vitals status --recovery")]
pub(crate) struct Status {
    /// Print nothing: the exit code is the answer, for health checks
    #[arg(long, conflicts_with = "format")]
    pub(crate) check: bool,
    /// What the last starts found of the life before, the newest first
    #[arg(long, conflicts_with = "check")]
    pub(crate) recovery: bool,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// What became of everything that arrived, per minute of receipt and source
#[derive(Args, Debug)]
#[command(after_help = "\
Without a range: the last hour.

Example: vitals ledger --last 10m")]
pub(crate) struct Ledger {
    #[command(flatten)]
    pub(crate) range: RangeArguments,
    /// How the list is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Messages as they are accepted, until stopped
#[derive(Args, Debug)]
#[command(after_help = "Example: vitals tail --service checkout --format json")]
pub(crate) struct Tail {
    /// Only this service, or those that match a glob; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,
    /// A line for people, or a JSON object, per message
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}

/// The fleet, one service and the pipeline, live on this terminal
#[derive(Args, Debug)]
#[command(after_help = "\
Asks a running daemon; where none runs it waits for one. F1 shows the keys, q ends it. NO_COLOR=1 does without colours.

Example: vitals top --server 10.0.0.5:3501 --token-file read.token")]
pub(crate) struct Top {
    /// How often to ask; a slow daemon is asked less often
    #[arg(long, value_name = "DURATION", default_value = "2s")]
    pub(crate) refresh: Interval,
}

/// Refused messages as they came, with the reason
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  vitals rejects --reason cpu_above_one --limit 5
  vitals rejects export --reason cpu_above_one | vitals import -")]
pub(crate) struct Rejects {
    #[command(subcommand)]
    pub(crate) action: Option<RejectsAction>,
    /// Only this reason, such as not_json or too_old
    #[arg(long, value_name = "REASON", global = true)]
    pub(crate) reason: Option<Reason>,
    /// The newest so many [default: 100]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// How the list is printed [default: table]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RejectsAction {
    /// Write all that is kept, byte for byte, for vitals import
    #[command(after_help = "\
One JSON object a line, as docs/format/rejects.md draws it; the oldest first. Standard error says how many were counted
and not kept.

Example: after setting cpu_unit, vitals rejects export --reason cpu_above_one | vitals import -")]
    Export {
        #[command(flatten)]
        range: RangeArguments,
    },
}

/// Say what the collector would do with a message, and why; sends and stores nothing
#[derive(Args, Debug)]
#[command(after_help = "\
FILE holds one message as a datagram would carry it, or several: JSON lines, an array, or pretty-printed objects one
after the other. They are judged by the configuration of this machine and by its clock; what depends on messages before
them (rates, names, duplicates) is not judged. Exits with 5 where any would be refused.

Examples:
  vitals check message.json
  ./my-sender --print | vitals check -
  vitals check old.json --now 2026-11-01T12:00 --set cpu_unit=percent")]
pub(crate) struct Check {
    /// A file, or - for standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// As if sent from this address, for collector.allow
    #[arg(long, value_name = "IP")]
    pub(crate) source: Option<IpAddr>,
    /// As if received then [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Time>,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
}
