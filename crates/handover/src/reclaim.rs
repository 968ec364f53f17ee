//! Reclaim: segment files that are sealed and published go, unless somebody reads raw messages.

use crate::error::Result;
use crate::handover::Handover;
use journal::JournalFolder;
use model::Marks;

impl Handover {
    /// What is published has been sealed before, so the watermark alone decides.
    pub(crate) fn reclaim(&self, watermark: &Marks) -> Result<u64> {
        let reclaim = || -> Result<u64> {
            let mut removed = 0;
            for folder in JournalFolder::list(&self.store.folder.journals())? {
                let Some(id) = folder.id()? else { continue };
                let done = watermark.get(&id).copied().unwrap_or(0);
                removed += folder.reclaim(done, self.options.keep)?;
            }
            Ok(removed)
        };
        self.store.pins.when_free(reclaim).unwrap_or(Ok(0))
    }
}
