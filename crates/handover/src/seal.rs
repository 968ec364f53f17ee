//! Seal: closed segments into the master dataset. What was unreadable is copied to quarantine first and is on record in
//! the ledger.

use crate::error::{Error, Result};
use crate::handover::{Handover, Outcome};
use crate::missing::{self, Missing, missing};
use batch::{Master, SegmentContent};
use journal::{Closed, Damage, Follower, JournalFolder, closed};
use model::{DataFolder, JournalId, Marks};
use std::collections::BTreeSet;
use std::path::Path;
use tokio::task::block_in_place;

impl Handover {
    /// Seals all segments that are closed by now, so many at a time as fit the memory. Those that are closed meanwhile
    /// wait for the next batch: writers may close them faster than they are sealed.
    pub(crate) async fn seal(&self, master: &mut Master) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let open = block_in_place(|| newest(&self.store.folder))?;
        loop {
            let contents = block_in_place(|| read_closed(&self.store.folder, master, &open, self.options.seal_bytes))?;
            if contents.is_empty() {
                return Ok(outcome);
            }
            let sealing = master.seal(contents).await?;
            outcome.rows += sealing.rows;
            outcome.segments += sealing.segments as u64;
        }
    }
}

/// Each day of the messages' own time becomes a file; an import may bring any number of days.
const DAYS_MAX: usize = 400;
const DAY_MICROS: i64 = 86_400_000_000;

/// Of each journal the newest segment, which alone is not closed.
fn newest(data: &DataFolder) -> Result<Marks> {
    let mut newest = Marks::new();
    for folder in JournalFolder::list(&data.journals())? {
        if let (Some(journal), Some((number, _))) = (folder.id()?, folder.segments()?.pop()) {
            newest.insert(journal, number);
        }
    }
    Ok(newest)
}

/// The first segments above the marks and below those that are open, until they have so many bytes of files or days, but
/// at least one.
fn read_closed(data: &DataFolder, master: &Master, open: &Marks, bytes_max: u64) -> Result<Vec<SegmentContent>> {
    let sealed = master.sealed().both();
    let mut contents = Vec::new();
    let (mut bytes, mut days) = (0, BTreeSet::new());
    for folder in JournalFolder::list(&data.journals())? {
        let Some(journal) = folder.id()? else { continue };
        let mark = sealed.get(&journal).copied().unwrap_or(0);
        let end = open.get(&journal).copied().unwrap_or(0);
        let segments = folder.segments()?;
        let mut gone = missing(data, &folder, mark, segments.iter().map(|(number, _)| *number))?.into_iter().peekable();
        for (number, path) in segments.iter().filter(|(number, _)| *number > mark && *number <= end) {
            while let Some(run) = gone.next_if(|run| run.last < *number) {
                contents.push(seal_loss(master, &folder, journal, &run)?);
            }
            if *number == end {
                break;
            }
            let Some(closed) = closed(&segments, *number)? else { continue };
            bytes += std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            if (bytes > bytes_max || days.len() > DAYS_MAX) && !contents.is_empty() {
                return Ok(contents);
            }
            let Some(mut follower) = Follower::open(&folder, *number, Some(closed))? else { continue };
            let mut content =
                SegmentContent { journal, segment: *number, messages: Vec::new(), ledger: Vec::new(), damaged: false };
            read_segment(&mut follower, closed, &mut content)?;
            let times = content.messages.iter().flat_map(|messages| &messages.time);
            days.extend(times.map(|time| time.div_euclid(DAY_MICROS)));
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
