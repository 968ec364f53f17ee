//! The record of what was refused: raw bytes with source, time of receipt and reason, bounded, for people to look at.
//!
//! One folder serves every way in and every process: each writer has files of its own, named by a number that counts up
//! over the folder and by the journal it writes for. Nothing depends on these files; the ledger has its own counts.
//! `docs/format/rejects.md` draws the lines.

mod escape;
mod store;

pub(crate) use store::Rejects;

use crate::acknowledge::is_answered;
use crate::error::{Result, at};
use model::decode::refused_asks;
use model::{Reason, Time};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// A refused message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub reason: Reason,
    pub received_at: Time,
    /// The sender's address, or the file and the offset in it.
    pub source: String,
    /// The reason with the values that show why, and what to do.
    pub detail: String,
    /// As they came, at most 64 KiB. As text: printable ASCII stands for itself, except that a backslash is `\\`; line
    /// feed, carriage return and tab are `\n`, `\r`, `\t`; any other byte is `\xNN`.
    #[serde(with = "escape")]
    pub bytes: Vec<u8>,
    /// Where the bytes are a line of CSV, the order of its columns, by the names of [`crate::import::COLUMNS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
}

impl Rejected {
    /// A line of the record, or what its JSON form makes of it elsewhere. `None` where it is none, or of a newer version.
    pub fn parse(line: &[u8]) -> Option<Rejected> {
        store::parse(line)
    }

    /// Whether not all of the message's bytes were kept. No message of that size can be accepted.
    pub fn is_cut(&self) -> bool {
        self.bytes.len() >= store::BYTES_MAX
    }

    /// Whether its sender was not told that it is refused, and so has sent it again: it may have been taken since.
    pub fn may_have_come_again(&self) -> bool {
        !is_answered(self.reason) && refused_asks(&self.bytes).is_some()
    }

    /// The line of the record, without its end.
    pub fn line(&self) -> String {
        store::line(self)
    }

    /// The bytes as text, as they stand in its JSON form.
    pub fn escaped(&self) -> String {
        escape::escape(&self.bytes)
    }
}

/// Up to `limit` messages that were refused last, newest last; works while others write. Lines that are torn or of a
/// newer version are left out.
pub fn read(folder: &Path, reason: Option<Reason>, limit: usize) -> Result<Vec<Rejected>> {
    let mut newest = Vec::new();
    for (_, path) in files(folder)? {
        let text = match fs::read(&path) {
            // rotated away in the meantime
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            read => read.map_err(at(&path))?,
        };
        let lines = text.split(|byte| *byte == b'\n').filter_map(store::parse);
        newest.extend(lines.filter(|rejected| reason.is_none_or(|reason| rejected.reason == reason)));
        newest.sort_by_key(|rejected| rejected.received_at);
        newest.drain(..newest.len().saturating_sub(limit));
    }
    Ok(newest)
}

const SUFFIX: &str = ".jsonl";

/// The folder's files with their numbers, in order.
fn files(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(at(folder))?,
    };
    let numbered = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let (number, _) = name.strip_suffix(SUFFIX)?.split_once('-')?;
        // a name that is too large to count on from is none of ours
        Some((u64::from(number.parse::<u32>().ok()?), path))
    };
    let mut files: Vec<_> = entries.filter_map(|entry| numbered(entry.ok()?.path())).collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests;
