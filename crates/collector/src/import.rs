//! Files as a way in: CSV, JSON lines and JSON objects one behind the other, Parquet, and messages that were refused before;
//! each file through a journal of its own.
//!
//! Layout, in reading order: `input`, what is read; `form`, what it holds; `source` and its two kinds, `text` with `cut`
//! and `table`; `csv` and `decode`, from a record to a message; `target`, `taken` and `writing`, into the journal.
//!
//! The journal is named after the file's content, so the same content is recognised whatever the file is called. Every
//! frame carries the place behind its last record, in bytes or rows; an import that was interrupted goes on there. The last frame is a
//! `Done` frame at the file's end, and only that frame stands at the file's end, so the offset alone tells whether an
//! import is finished, also when only the header of the newest segment is left.
//!
//! Constraints: the file is read in pieces of 8 MiB; a record is at most 1 MiB, and what is longer is cut there; one
//! frame holds up to `frame_messages` records.

mod csv;
mod cut;
mod decode;
mod form;
mod input;
mod source;
mod table;
mod taken;
mod target;
mod text;
mod writing;

use crate::Network;
use crate::error::{Foreign, Result};
use crate::settings::{RejectLimits, Settings};
pub(crate) use cut::Ends;
use form::Form;
pub use input::Input;
use journal::JournalFolder;
use model::{Clock, JournalId, Reason, Rules};
use source::Source;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::time::Duration;
use taken::Taken;
use target::Target;
use writing::Writing;

/// The columns of a CSV file, in their order where it has no header row. RAM and disk are in GB, times as on the wire.
pub const COLUMNS: [&str; 7] = ["service", "timestamp", "CPU", "total_ram", "free_ram", "total_disk", "free_disk"];

/// Under what names a header may have each of `COLUMNS`, in any case: also under those of our own tables and of the wire.
pub const NAMES: [&[&str]; 7] = [
    &["service", "serviceName", "service_name"],
    &["timestamp", "time"],
    &["CPU"],
    &["total_ram", "ram_total"],
    &["free_ram", "ram_free"],
    &["total_disk", "disk_total"],
    &["free_disk", "disk_free"],
];

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of all journals; the import's own is created in it.
    pub journals: PathBuf,
    /// The folder of all quarantined pieces.
    pub quarantine: PathBuf,
    pub rejects_dir: PathBuf,
    pub rejects: RejectLimits,
    /// As for datagrams; how old a message may be is not asked.
    pub rules: Rules,
    /// Networks that may send, for messages that were refused before; empty: all.
    pub allow: Vec<Network>,
    pub services_max: usize,
    /// A frame holds up to this many records.
    pub frame_messages: usize,
    pub segment_bytes: u64,
    pub segment_age: Duration,
    /// Whether content that was imported before is imported once more.
    pub again: bool,
    /// What the source holds; `None`: its content tells.
    pub format: Option<Format>,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of seven fields, see [`COLUMNS`].
    Csv,
    /// Messages as on the wire: lines, an array, or one behind the other.
    Json,
    /// Refused messages, as `vitals rejects export` writes them.
    Rejects,
    /// A table; its columns are found by their names.
    Parquet,
}

/// In what the places of a source are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Byte,
    Row,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Byte => "byte",
            Unit::Row => "row",
        })
    }
}

impl Options {
    /// The defaults, for a data folder.
    pub fn of(data: &Path) -> Options {
        let settings = Settings::of(data);
        Options {
            journals: data.join("journal"),
            quarantine: data.join("quarantine"),
            rejects_dir: settings.rejects_dir,
            rejects: settings.rejects,
            rules: settings.rules,
            allow: settings.allow,
            services_max: settings.services_max,
            frame_messages: settings.frame_messages,
            segment_bytes: settings.segment_bytes,
            segment_age: settings.segment_age,
            again: false,
            format: None,
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// In `unit`.
    pub done: u64,
    pub total: u64,
    pub unit: Unit,
    /// By this run.
    pub accepted: u64,
    /// By this run.
    pub rejected: u64,
}

/// What an import asks of its caller on its way.
pub struct Hooks<'a> {
    /// Called when a frame has been written; `Break` interrupts the import, which can then go on another time.
    pub progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// Called when a segment has been closed; may take its time, for instance to wait for a batch.
    pub throttle: &'a mut dyn FnMut(&JournalFolder) -> Result<(), Foreign>,
    /// The highest segment number of the journal that anything else has seen.
    pub floor: &'a dyn Fn(JournalId) -> u64,
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// What one run of an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The journal's name and folder.
    pub journal: String,
    pub folder: JournalFolder,
    pub accepted: u64,
    pub rejected: BTreeMap<Reason, u64>,
    /// Refused messages that an earlier import has taken in.
    pub duplicate: u64,
    /// Where an earlier run was interrupted, in `unit`; 0 for a first run.
    pub resumed_from: u64,
    pub unit: Unit,
    /// False after an interruption.
    pub finished: bool,
    /// The file ended in the middle of a record, which is among the rejected.
    pub truncated: bool,
    /// Columns of a table that no message has a place for.
    pub left_out: Vec<String>,
}

/// Imports a source; blocks. Its messages are in closed segments when this returns.
///
/// Fails with `Imported` where the same messages have been imported and `again` is not set, with `Empty`, `UnknownForm`,
/// `Columns` or `Damaged` where there is nothing to import. After any other error the same call goes on where the import stopped.
pub fn run<'a>(input: Input, options: &Options, clock: &'a dyn Clock, hooks: Hooks<'a>) -> Result<Imported> {
    let mut source = Source::open(input, options.format)?;
    // refused messages are known one by one, and what was refused again may be sound by the settings of now
    let again = options.again || source.form == Form::Rejects;
    let target = Target::open(&source, options, again, clock.now(), hooks.floor)?;
    source.seek(target.offset)?;
    let taken = match source.form {
        Form::Rejects => Some(Taken::open(&target.folder, &mut source, target.offset, options.again)?),
        Form::Json | Form::Csv(_) => None,
    };
    Writing::begin(&source, target, taken, options, clock, hooks)?.write(source)
}

pub(crate) fn is_csv(text: &[u8]) -> bool {
    matches!(form::detect(text), Some((Form::Csv(_), _)))
}

/// Where the records of a text of JSON stand, from an offset on; what ends one is told by the text where nobody says.
pub(crate) fn json_records(text: &[u8], mut from: usize, ends: Option<Ends>) -> impl Iterator<Item = Range<usize>> {
    let ends = ends.unwrap_or_else(|| Ends::of(&Form::Json, &text[from..]));
    std::iter::from_fn(move || {
        let record = cut::next(ends, text, from, true)?.bytes;
        from = record.end;
        Some(record)
    })
}

/// Where the JSON objects of a text stand; none where it is another kind of text.
pub(crate) fn records(text: &[u8]) -> Vec<Range<usize>> {
    match form::detect(text) {
        Some((Form::Json, first)) => json_records(text, first as usize, None).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
