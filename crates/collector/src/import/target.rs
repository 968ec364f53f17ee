//! The journal that an import writes to: which one, and how far an earlier run has come.

use super::Options;
use super::source::Source;
use crate::error::{Error, Result};
use journal::{Durability, JournalFolder, Recovery, Writer, WriterOptions};
use model::{JournalId, Time};

/// Digits of the content's hash in a journal's name.
const DIGITS: usize = 16;

#[derive(Debug)]
pub(super) struct Target {
    pub folder: JournalFolder,
    pub writer: Writer,
    /// How far the file has been read by earlier runs.
    pub offset: u64,
}

impl Target {
    /// The first journal of this content that is not finished; a further one than the first only with `again`.
    pub(super) fn open(
        source: &Source,
        options: &Options,
        again: bool,
        now: Time,
        floor: &dyn Fn(JournalId) -> u64,
    ) -> Result<Target> {
        let first = format!("import-{}", &source.digest[..DIGITS]);
        let mut name = first.clone();
        for number in 2.. {
            let folder = JournalFolder::new(options.journals.join(&name)).writable()?;
            let opened = Writer::open(&folder, writer_options(options, &folder.name()), floor, now);
            let (writer, recovery) = opened.map_err(|error| match error {
                journal::Error::InUse { .. } => Error::Importing { path: source.path.clone(), journal: name.clone() },
                other => other.into(),
            })?;
            if !is_finished(&recovery, source) {
                return Ok(Target { folder, writer, offset: recovery.source_offset });
            }
            if !again {
                break;
            }
            name = format!("{first}-{number}");
        }
        Err(Error::Imported { path: source.path.clone(), journal: name })
    }
}

/// The newest segment alone tells: behind a finished import it holds no frame, but its header says how far it came.
fn is_finished(recovery: &Recovery, source: &Source) -> bool {
    recovery.done || recovery.source_offset >= source.length
}

fn writer_options(options: &Options, name: &str) -> WriterOptions {
    WriterOptions {
        // a frame says that the file has been read up to there, so it must not outlive those before it
        durability: Durability::Always,
        segment_bytes: options.segment_bytes,
        segment_age: options.segment_age,
        quarantine: options.quarantine.join(name),
    }
}
