//! A cut: one moment of all layers, on which every message is on exactly one side.
//!
//! The order is what makes it exact. First the journals' ends, then the realtime snapshot, then views and watermark in
//! one transaction: a batch that publishes in between only moves the watermark up, and generations at or below it are
//! left out.

use crate::error::{Error, Result};
use crate::missing::{self, missing};
use crate::raw::Raw;
use crate::store::{Access, Store, named};
use journal::JournalFolder;
use model::{Floors, HealthRollup, LedgerRow, Marks, Seen, Span, Time, TimeRange};
use serving::{Reading, SLICE_ROWS, ServiceSeen, Views, slices};
use speed::{Generation, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a cut is taken.
#[derive(Clone, Copy, Debug)]
pub struct CutOptions {
    /// How long the realtime views may take to reach the journals' ends.
    pub wait: Duration,
    /// Answer from what has been read when that time is over.
    pub allow_behind: bool,
    /// Whether raw messages are needed: files are pinned and the master dataset is loaded.
    pub raw: bool,
}

/// One moment of all layers.
#[derive(Debug)]
pub struct Cut {
    pub snapshot: Snapshot,
    /// `None` while nothing has ever been published and this process may not create views.
    pub reading: Option<Reading>,
    pub watermark: Marks,
    /// Whether the realtime views had reached the journals' ends.
    pub complete: bool,
    pub raw: Option<Raw>,
    /// Segments above the watermark that are gone and not on record yet, as rows of the ledger.
    pub lost: Vec<LedgerRow>,
    /// Keeps the database open while its reading is.
    _views: Option<Arc<Views>>,
}

impl Store {
    /// Takes a cut as of now. Reads files and waits: for a thread that may block, inside a tokio runtime.
    pub fn cut(&self, options: &CutOptions) -> Result<Cut> {
        let mut cut = self.try_cut(options)?;
        if !cut.snapshot.covers(&cut.watermark) {
            cut = self.try_cut(options)?;
        }
        if cut.snapshot.covers(&cut.watermark) { Ok(cut) } else { Err(Error::ViewsBehind) }
    }

    fn try_cut(&self, options: &CutOptions) -> Result<Cut> {
        let raw = if options.raw { Some(self.pin_raw()?) } else { None };
        let complete = self.speed.advance(Instant::now() + options.wait)?;
        if !complete && !options.allow_behind {
            if self.speed.is_full() {
                return Err(Error::Full { cells: self.speed.cells() });
            }
            return Err(Error::Behind { waited_ms: options.wait.as_millis() });
        }
        let snapshot = self.speed.snapshot();
        let views = match self.views.views() {
            Ok(views) => Some(views),
            // nothing has ever been sealed, so journals alone are everything
            Err(_) if self.access == Access::Read && !self.folder.master().exists() => None,
            Err(_) if self.access == Access::Read => return Err(Error::NoViews),
            Err(error) => return Err(error),
        };
        let reading = views.as_ref().map(|views| views.begin()).transpose()?;
        let watermark = reading.as_ref().map(|reading| reading.state()).transpose()?.unwrap_or_default().watermark;
        let raw = raw.map(|raw| raw.up_to(snapshot.ends()));
        let lost = self.lost(&snapshot, &watermark)?;
        Ok(Cut { snapshot, reading, watermark, complete, raw, lost, _views: views })
    }

    /// What neither the views nor the realtime views have. What the master dataset has, the views should have.
    fn lost(&self, snapshot: &Snapshot, watermark: &Marks) -> Result<Vec<LedgerRow>> {
        let mut rows = Vec::new();
        for (id, journal) in &snapshot.journals {
            let folder = JournalFolder::new(self.folder.journal(&journal.name));
            let mark = watermark.get(id).copied().unwrap_or(0);
            for run in missing(&self.folder, &folder, mark, journal.generations.keys().copied())? {
                let sealed = self.newest_master()?.map(|newest| newest.sealed).unwrap_or_default();
                if sealed.get(id).is_some_and(|sealed| run.first <= *sealed) {
                    return Err(Error::ViewsBehind);
                }
                rows.push(missing::loss(&folder, &run, None)?);
            }
        }
        Ok(rows)
    }
}

impl Cut {
    /// The watermark by the journals' names; `None` where nothing is published.
    pub fn named_watermark(&self) -> Option<BTreeMap<String, u64>> {
        named(&self.watermark, &self.snapshot)
    }

    /// From when on buckets of the views and raw messages are complete. Views may be a step ahead of the raw messages, and
    /// without any asked for there is nothing to be finer than minutes.
    pub fn floors(&self) -> Result<Floors> {
        let floors = self.reading.as_ref().map(|reading| reading.state()).transpose()?.unwrap_or_default().floors;
        let raw = self.raw.as_ref().map_or(floors.minute, |raw| raw.retained.floors.raw);
        Ok(Floors { raw: raw.max(floors.minute), ..floors })
    }

    /// The generations that the views do not cover.
    pub fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.snapshot.above(&self.watermark).map(|(_, generation)| generation)
    }

    /// Visits every rollup of the views in the span; how many there were.
    pub fn view_rollups(
        &self,
        span: &Span,
        services: Option<&[String]>,
        visit: &mut dyn FnMut(&str, Time, &HealthRollup),
    ) -> Result<u64> {
        match &self.reading {
            Some(reading) => Ok(reading.rollups(span, services, visit)?),
            None => Ok(0),
        }
    }

    /// Visits every realtime minute in the range, several times where several segments hold it; how many there were.
    pub fn realtime_rollups(
        &self,
        range: &TimeRange,
        wanted: &dyn Fn(&str) -> bool,
        visit: &mut dyn FnMut(&str, Time, &HealthRollup),
    ) -> u64 {
        let mut cells = 0;
        for generation in self.generations() {
            for (service, minute, rollup) in generation.rollups(range, wanted) {
                cells += 1;
                visit(service, minute, rollup);
            }
        }
        cells
    }

    /// Bounded pieces of the span, at bucket boundaries and in order of time, that together hold all its cells of both
    /// layers: so much can be merged in memory at once.
    pub fn pieces(
        &self,
        span: &Span,
        services: Option<&[String]>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<TimeRange>> {
        let realtime = |range: TimeRange| {
            self.generations().map(|generation| generation.rollups(&range, wanted).count() as u64).sum()
        };
        if let Some(reading) = &self.reading {
            return Ok(reading.pieces(span, services, &realtime)?);
        }
        let mut pieces = Vec::new();
        let rows = |range| Ok(realtime(range));
        slices(span.granularity, span.range, SLICE_ROWS, &rows, &mut |piece| {
            pieces.push(piece);
            Ok(())
        })?;
        Ok(pieces)
    }

    /// Every service that was ever seen, from both layers, by name.
    pub fn services(&self) -> Result<BTreeMap<String, Seen>> {
        let mut services = BTreeMap::new();
        let mut add = |service: &str, seen: &Seen| match services.get_mut(service) {
            None => drop(services.insert(service.to_owned(), *seen)),
            Some(known) => Seen::merge(known, seen),
        };
        if let Some(reading) = &self.reading {
            for ServiceSeen { service, first_seen, last_seen, last_received, count } in reading.services()? {
                add(&service, &Seen { first_seen, last_seen, last_received, count });
            }
        }
        for generation in self.generations() {
            generation.services().for_each(|(service, seen)| add(service, seen));
        }
        Ok(services)
    }
}
