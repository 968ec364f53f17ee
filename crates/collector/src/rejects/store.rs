//! Writing the record: one JSON line per refused message, files that follow one another, the oldest removed.

use super::{Rejected, SUFFIX, files};
use crate::error::{Result, at};
use crate::settings::RejectLimits;
use model::{Granularity, Reason, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const VERSION: u32 = 1;
/// What is kept of a message; a datagram is never larger, a broken file may hold anything.
pub(super) const BYTES_MAX: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct Line<T> {
    #[serde(default = "version")]
    v: u32,
    #[serde(flatten)]
    rejected: T,
}

fn version() -> u32 {
    VERSION
}

pub(super) fn line(rejected: &Rejected) -> String {
    serde_json::to_string(&Line { v: VERSION, rejected }).expect("texts and times have a JSON form")
}

/// `None` where the line is torn, empty or of a newer version.
pub(super) fn parse(line: &[u8]) -> Option<Rejected> {
    let line: Line<Rejected> = serde_json::from_slice(line).ok()?;
    (line.v <= VERSION).then_some(line.rejected)
}

/// One writer's end of the record.
#[derive(Debug)]
pub(crate) struct Rejects {
    folder: PathBuf,
    /// The journal that this writer writes for.
    source: String,
    limits: RejectLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    minute: Time,
    kept: BTreeMap<Reason, u32>,
    file: Option<File>,
    /// The last minute in which something could not be written; said once until a whole minute goes well.
    failing: Option<Time>,
}

impl Rejects {
    /// Creates nothing before the first message is refused.
    pub(crate) fn new(folder: &Path, source: &str, limits: RejectLimits) -> Rejects {
        Rejects { folder: folder.to_owned(), source: source.to_owned(), limits, state: Mutex::default() }
    }

    /// Keeps a refused message unless its reason has had its share of this minute. A record that cannot be written is
    /// left out: it must not stand in the way of what is accepted.
    pub(crate) fn keep(&self, reason: Reason, received_at: Time, rejected: impl FnOnce() -> Rejected) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = Granularity::Minute.floor(received_at);
        if minute != state.minute {
            let before = std::mem::replace(&mut state.minute, minute);
            state.kept.clear();
            state.failing.take_if(|failing| *failing < before);
        }
        let kept = state.kept.entry(reason).or_default();
        if *kept >= self.limits.per_reason_minute {
            return;
        }
        *kept += 1;
        if let Err(error) = self.write(&mut state.file, rejected())
            && state.failing.replace(minute).is_none()
        {
            tracing::warn!(%error, "refused messages cannot be recorded; they are counted only");
        }
    }

    fn write(&self, file: &mut Option<File>, mut rejected: Rejected) -> Result<()> {
        rejected.bytes.truncate(BYTES_MAX);
        let line = line(&rejected) + "\n";
        let fits = |file: &File| file.metadata().is_ok_and(|now| now.nlink() > 0 && now.len() < self.limits.file_bytes);
        let mut open = match file.take().filter(fits) {
            Some(open) => open,
            None => self.next_file()?,
        };
        open.write_all(line.as_bytes()).map_err(at(&self.folder))?;
        *file = Some(open);
        Ok(())
    }

    /// This writer's newest file while it has room, else a new one.
    fn next_file(&self) -> Result<File> {
        fs::create_dir_all(&self.folder).map_err(at(&self.folder))?;
        let mut files = files(&self.folder)?;
        let own = format!("-{}{SUFFIX}", self.source);
        let is_own = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&own));
        if let Some((_, newest)) = files.iter().rfind(|(_, path)| is_own(path))
            && fs::metadata(newest).is_ok_and(|metadata| metadata.len() < self.limits.file_bytes)
        {
            let mut file = OpenOptions::new().append(true).open(newest).map_err(at(newest))?;
            // its last line may be torn, and must not take the next one with it
            return file.write_all(b"\n").map(|()| file).map_err(at(newest));
        }
        let number = files.last().map_or(0, |(number, _)| *number) + 1;
        let path = self.folder.join(format!("{number:012}{own}"));
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(at(&path))?;
        files.push((number, path));
        for (_, oldest) in &files[..files.len().saturating_sub(self.limits.files.max(1))] {
            remove(oldest)?;
        }
        Ok(file)
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        // another writer was quicker
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(at(path)),
    }
}
