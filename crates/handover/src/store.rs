//! The parts of one data folder, opened together. Whoever opens a store holds the folder's lock: shared to read, alone
//! to write.

use crate::current::Current;
use crate::error::Result;
use batch::Master;
use journal::{JournalFolder, Pins};
use model::{DataFolder, Marks};
use speed::{Snapshot, Speed};
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
        let mut segments = 0;
        for folder in JournalFolder::list(&self.folder.journals())? {
            segments += folder.segments()?.len() as u64;
        }
        let generations = snapshot.above(&watermark).count() as u64;
        let cells = self.speed.cells();
        Ok(Standing {
            watermark: named(&watermark, &snapshot),
            segments,
            generations,
            cells,
            cells_max: speed::CELLS_MAX,
        })
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
}

/// Marks by the journals' names; a journal whose folder is gone goes by its identity. `None` where there are none.
pub(crate) fn named(marks: &Marks, snapshot: &Snapshot) -> Option<BTreeMap<String, u64>> {
    let name = |id| snapshot.journals.get(id).map_or_else(|| id.to_string(), |journal| journal.name.clone());
    (!marks.is_empty()).then(|| marks.iter().map(|(id, segment)| (name(id), *segment)).collect())
}
