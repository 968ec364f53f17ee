//! Journals that were ended. A copy of a data folder must never number the segments of its journals on, since the
//! original does so too, and then one number would name two contents. So a backup ends its copy of every journal: that
//! is read and sealed and never written again. The next writer of the name begins a journal with an identity of its own,
//! in a folder beside it: after `collector` comes `collector.2`.

use crate::error::{Result, at};
use crate::folder::JournalFolder;
use crate::read::SegmentReader;
use crate::recover::newest_readable;
use std::path::PathBuf;

const ENDED: &str = "ENDED";

/// What the end mark says to people; that it is there is all that counts.
pub const END_NOTE: &str = "This journal was ended by a backup: it is read and sealed, and never written again.\n";

impl JournalFolder {
    /// The file whose presence ends the journal.
    pub fn end_mark(&self) -> PathBuf {
        self.path().join(ENDED)
    }

    pub fn is_ended(&self) -> Result<bool> {
        let mark = self.end_mark();
        mark.try_exists().map_err(at(&mark))
    }

    /// Where a writer of this name writes: here, or in the first folder after it whose journal was not ended.
    pub fn writable(&self) -> Result<JournalFolder> {
        let mut folder = self.clone();
        while folder.is_ended()? {
            folder = folder.next();
        }
        Ok(folder)
    }

    /// The name under which its first journal was begun: of `collector.2` it is `collector`.
    pub fn base_name(&self) -> String {
        self.parts().0
    }

    /// Whether the writer of this name has gone on in the folder after this one.
    pub(crate) fn is_succeeded(&self) -> Result<bool> {
        Ok(self.is_ended()? && self.next().id()?.is_some())
    }

    /// The ended journals that this one goes on from, the latest first.
    pub fn predecessors(&self) -> Result<Vec<JournalFolder>> {
        let mut found = Vec::new();
        let mut previous = self.previous();
        while let Some(folder) = previous.take() {
            if folder.is_ended()? {
                previous = folder.previous();
                found.push(folder);
            }
        }
        Ok(found)
    }

    /// The newest header of the ended journal that this one goes on from.
    pub(crate) fn predecessor(&self) -> Result<Option<SegmentReader>> {
        self.predecessors()?.first().map_or(Ok(None), newest_readable)
    }

    fn next(&self) -> JournalFolder {
        let (base, number) = self.parts();
        self.beside(&format!("{base}.{}", number + 1))
    }

    fn previous(&self) -> Option<JournalFolder> {
        match self.parts() {
            (_, ..2) => None,
            (base, 2) => Some(self.beside(&base)),
            (base, number) => Some(self.beside(&format!("{base}.{}", number - 1))),
        }
    }

    /// A dot, because the names of imports end in a hyphen and digits of their own.
    fn parts(&self) -> (String, u64) {
        let name = self.name();
        let numbered = name.rsplit_once('.').and_then(|(base, number)| Some((base.to_owned(), number.parse().ok()?)));
        numbered.filter(|(_, number)| *number >= 2).unwrap_or((name, 1))
    }

    fn beside(&self, name: &str) -> JournalFolder {
        JournalFolder::new(self.path().with_file_name(name))
    }
}
