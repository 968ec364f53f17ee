//! The parts of one data folder, opened together. Whoever opens a store holds the folder's lock: shared to read, alone
//! to write.

use crate::current::Current;
use crate::error::Result;
use batch::Master;
use journal::Pins;
use model::{DataFolder, Marks};
use speed::Speed;
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
        let views = Current::open(folder.views(), limits, access == Access::Read)?;
        let watermark = match views.views() {
            Ok(views) => views.state()?.watermark,
            Err(_) => Marks::new(),
        };
        let speed = Speed::new(folder.journals(), watermark);
        Ok(Arc::new(Store { folder, speed, views, pins: Pins::default(), reader: Mutex::new(None), access }))
    }
}
