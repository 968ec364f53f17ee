//! A runtime for the aggregation alone: its plans compute for long without a pause, and on the common runtime whoever
//! waits for an answer would wait for them.

use crate::error::{Error, Result};
use batch::{Aggregation, Limits};
use std::path::{Path, PathBuf};
use tokio::runtime::{Builder, Runtime};

#[derive(Debug)]
pub(crate) struct Plans {
    /// Taken out only when dropped.
    runtime: Option<Runtime>,
    limits: Limits,
}

impl Plans {
    pub(crate) fn new(limits: Limits) -> Result<Plans> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(limits.partitions.max(1))
            .thread_name("aggregation")
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        Ok(Plans { runtime: Some(runtime), limits })
    }

    /// Folds the messages of the files into new files in the folder `out`.
    pub(crate) async fn aggregate(&self, files: Vec<PathBuf>, out: &Path) -> Result<Aggregation> {
        let (out, limits) = (out.to_owned(), self.limits);
        let runtime = self.runtime.as_ref().expect("it is there until it is dropped");
        Ok(runtime.spawn(async move { batch::aggregate(&files, &out, &limits).await }).await??)
    }
}

impl Drop for Plans {
    fn drop(&mut self) {
        // waiting for its threads is not allowed on a thread of another runtime
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
