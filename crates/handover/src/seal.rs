//! Seal: closed segments into the master dataset. What was unreadable is copied to quarantine first and is on record in
//! the ledger.

use crate::error::{Error, Result};
use crate::handover::{Handover, Outcome};
use crate::missing::{self, Missing, missing};
use batch::{Master, SegmentContent};
use journal::{Closed, Damage, Follower, JournalFolder, closed};
use model::{DataFolder, JournalId};
use std::path::Path;
use tokio::task::block_in_place;

impl Handover {
    /// Seals all closed segments, so many at a time as fit the memory.
    pub(crate) async fn seal(&self, master: &mut Master) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        loop {
            let contents = block_in_place(|| read_closed(&self.store.folder, master, self.options.seal_bytes))?;
            if contents.is_empty() {
                return Ok(outcome);
            }
            let sealing = master.seal(contents).await?;
            outcome.rows += sealing.rows;
            outcome.segments += sealing.segments as u64;
        }
    }
}

/// The first closed segments above the marks, up to so many bytes of files but at least one.
fn read_closed(data: &DataFolder, master: &Master, bytes_max: u64) -> Result<Vec<SegmentContent>> {
    let sealed = master.sealed().both();
    let mut contents = Vec::new();
    let mut bytes = 0;
    for folder in JournalFolder::list(&data.journals())? {
        let Some(journal) = folder.id()? else { continue };
        let mark = sealed.get(&journal).copied().unwrap_or(0);
        let segments = folder.segments()?;
        let mut gone = missing(data, &folder, mark, segments.iter().map(|(number, _)| *number))?.into_iter().peekable();
        for (number, path) in segments.iter().filter(|(number, _)| *number > mark) {
            while let Some(run) = gone.next_if(|run| run.last < *number) {
                contents.push(seal_loss(master, &folder, journal, &run)?);
            }
            let Some(closed) = closed(&segments, *number)? else { continue };
            bytes += std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            if bytes > bytes_max && !contents.is_empty() {
                return Ok(contents);
            }
            let Some(mut follower) = Follower::open(&folder, *number, Some(closed))? else { continue };
            let mut content =
                SegmentContent { journal, segment: *number, messages: Vec::new(), ledger: Vec::new(), damaged: false };
            read_segment(&mut follower, closed, &mut content)?;
            follower.damage.iter().try_for_each(|damage| quarantine(damage, &data.quarantine(&folder.name())))?;
            contents.push(content);
        }
    }
    Ok(contents)
}

fn seal_loss(master: &Master, folder: &JournalFolder, id: JournalId, run: &Missing) -> Result<SegmentContent> {
    tracing::error!(
        journal = run.journal,
        first = run.first,
        last = run.last,
        "segments are gone and were not sealed; the loss is put on record"
    );
    let sealed = master.sealed().both();
    missing::content(&master.all_ledger_files()?, &sealed, folder, id, run)
}

fn read_segment(follower: &mut Follower, closed: Closed, content: &mut SegmentContent) -> Result<()> {
    while let Some(frame) = follower.next(Some(closed))? {
        if !frame.messages.is_empty() {
            content.messages.push(frame.messages);
        }
        content.ledger.extend(frame.ledger);
    }
    content.damaged = !follower.damage.is_empty();
    Ok(())
}

/// Keeps the bytes of a damaged piece before its segment can be reclaimed.
fn quarantine(damage: &Damage, folder: &Path) -> Result<()> {
    let name = damage.path.file_name().unwrap_or_default().to_string_lossy();
    if damage.from == damage.to {
        tracing::warn!(segment = %damage.path.display(), "cut short after it was closed");
        return Ok(());
    }
    let target = folder.join(format!("{name}.{}-{}", damage.from, damage.to));
    if target.exists() {
        return Ok(());
    }
    tracing::warn!(segment = %damage.path.display(), from = damage.from, to = damage.to, "damaged; copied to quarantine");
    let bytes = journal::read::damaged_bytes(damage)?;
    journal::replace_file(&target, &bytes).map_err(Error::from)
}
