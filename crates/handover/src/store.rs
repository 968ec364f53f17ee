//! The parts of one data folder, opened together. Whoever opens a store holds the folder's lock: shared to read, alone
//! to write.

use crate::current::Current;
use crate::error::{Error, Result};
use crate::reconcile::hole;
use batch::Master;
use journal::{JournalFolder, Pins};
use model::{DataFolder, Marks, Time};
use speed::{Counted, Snapshot, Speed};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What the holder of the store may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// Journals, master dataset, views and realtime views of a data folder.
#[derive(Debug)]
pub struct Store {
    pub folder: DataFolder,
    pub speed: Speed,
    pub views: Current,
    pub pins: Pins,
    /// The master dataset as readers load it, apart from the batch's own, so that nobody waits for a batch.
    pub(crate) reader: Mutex<Option<Master>>,
    pub(crate) access: Access,
}

impl Store {
    /// Opens what is there. To read, nothing is created.
    pub fn open(folder: DataFolder, limits: serving::Limits, access: Access) -> Result<Arc<Store>> {
        let views = Current::open(&folder, limits, access == Access::Read)?;
        if let Ok(open) = views.views() {
            match hole(&folder, &open) {
                Ok(None) => {}
                Ok(Some(_)) if access == Access::Read => return Err(Error::ViewsBehind),
                Ok(Some(reason)) => views.give_up(&reason),
                Err(Error::Serving(error)) if error.calls_for_rebuild() && access == Access::Write => {
                    views.give_up(&error.to_string());
                }
                Err(error) => return Err(error),
            }
        }
        let watermark = match views.views() {
            Ok(views) => views.state()?.watermark,
            Err(_) => Marks::new(),
        };
        let speed = Speed::new(folder.journals(), watermark);
        Ok(Arc::new(Store { folder, speed, views, pins: Pins::default(), reader: Mutex::new(None), access }))
    }

    /// How far views and realtime views have come. Reads files: for a thread that may block.
    pub fn standing(&self) -> Result<Standing> {
        let snapshot = self.speed.snapshot();
        let watermark = match self.views.views() {
            Ok(views) => views.state()?.watermark,
            Err(_) => Marks::new(),
        };
        let journals = self.journals(&snapshot, &watermark)?;
        let segments = journals.iter().map(|journal| journal.segments).sum();
        let generations = snapshot.above(&watermark).count() as u64;
        let cells = self.speed.cells();
        Ok(Standing {
            watermark: named(&watermark, &snapshot),
            segments,
            generations,
            cells,
            cells_max: speed::CELLS_MAX,
            journals,
        })
    }

    fn journals(&self, snapshot: &Snapshot, watermark: &Marks) -> Result<Vec<JournalStanding>> {
        let mut journals = Vec::new();
        for folder in JournalFolder::list(&self.folder.journals())? {
            let mut standing = JournalStanding { name: folder.name(), ..JournalStanding::default() };
            for (_, path) in folder.segments()? {
                // one that was reclaimed meanwhile is none
                if let Ok(file) = std::fs::metadata(path) {
                    standing.segments += 1;
                    standing.segment_bytes += file.len();
                }
            }
            let known = snapshot.journals.iter().find(|(_, journal)| journal.name == standing.name);
            if let Some((id, journal)) = known {
                standing.watermark = watermark.get(id).copied().unwrap_or(0);
                let above = journal.generations.range(standing.watermark + 1..).map(|(_, generation)| generation);
                standing.unpublished = above.clone().count() as u64;
                standing.oldest_unpublished = above.filter_map(|generation| generation.first_received()).min();
                standing.counted = journal.counted.clone();
            }
            journals.push(standing);
        }
        Ok(journals)
    }

    /// The data files of the master dataset's newest version: how many, and their bytes. Reads the Delta log on: for a
    /// thread that may block, inside a tokio runtime.
    pub fn master_files(&self) -> Result<(u64, u64)> {
        let files = self.newest_master()?.map(|newest| newest.files).unwrap_or_default();
        Ok((files.len() as u64, files.iter().map(|file| file.bytes).sum()))
    }
}

/// How far views and realtime views have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Per journal the last segment that the views hold; `None` where nothing is published.
    pub watermark: Option<BTreeMap<String, u64>>,
    /// Segment files on disk.
    pub segments: u64,
    /// Segments above the watermark.
    pub generations: u64,
    /// Cells of the realtime views in memory; at the most of them, reading the journals on waits for a batch.
    pub cells: usize,
    pub cells_max: usize,
    /// By name.
    pub journals: Vec<JournalStanding>,
}

/// How far one journal has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalStanding {
    pub name: String,
    /// The last segment that the views hold; 0: none.
    pub watermark: u64,
    /// Segments above it, as far as the realtime views have read.
    pub unpublished: u64,
    /// When the first message in them was received.
    pub oldest_unpublished: Option<Time>,
    /// Segment files on disk, and their bytes.
    pub segments: u64,
    pub segment_bytes: u64,
    /// What its ledger has told since this process was ready.
    pub counted: Counted,
}

/// Marks by the journals' names; a journal whose folder is gone goes by its identity. `None` where there are none.
pub(crate) fn named(marks: &Marks, snapshot: &Snapshot) -> Option<BTreeMap<String, u64>> {
    let name = |id| snapshot.journals.get(id).map_or_else(|| id.to_string(), |journal| journal.name.clone());
    (!marks.is_empty()).then(|| marks.iter().map(|(id, segment)| (name(id), *segment)).collect())
}
