//! One snapshot of the process: what it has taken in since it started, and how it stands.

use crate::error::Problem;
use crate::front::Front;
use crate::tasks::TaskStatus;
use collector::Shedding;
use handover::Start;
use handover::starts::{Process, read_of};
use model::Reason;
use scheduler::JobStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `received = accepted + duplicate + rejected + shed` holds in every snapshot; counts are since the process started, of
/// datagrams and requests together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Whether questions are answered: recovery is done and there are views.
    pub ready: bool,
    pub received: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: BTreeMap<Reason, u64>,
    pub shed: u64,
    /// Set while the journal takes no writes: since when and why.
    pub shedding: Option<Shedding>,
    /// `None`: not known, or another process collects.
    pub kernel_dropped: Option<u64>,
    /// Taken from the socket and neither accepted nor refused yet.
    pub in_flight: u64,
    /// Per journal the last segment that the views hold; `None` where nothing is published.
    pub watermark: Option<BTreeMap<String, u64>>,
    /// Segment files on disk, of all journals.
    pub segments: u64,
    /// Segments above the watermark, held as realtime views.
    pub generations: u64,
    /// Cells of the realtime views in memory; at the most of them, reading the journals on waits for a batch.
    pub cells: usize,
    pub cells_max: usize,
    /// What the kernel holds for each receiver's socket; 0 where another process collects.
    pub receive_buffer_bytes: usize,
    pub durability: String,
    pub uptime_s: u64,
    pub version: String,
    pub jobs: Vec<JobStatus>,
    pub tasks: Vec<TaskStatus>,
    /// What this process found when it started, and where another process collects, what that one found.
    pub recovery: Vec<Start>,
}

impl Status {
    /// A task that died and is not running again.
    pub fn dead_task(&self) -> Option<&TaskStatus> {
        self.tasks.iter().find(|task| !task.running)
    }
}

impl Front {
    /// Reads the views' watermark: for a thread that may block.
    pub(crate) fn status(&self) -> Result<Status, Problem> {
        let collected = self.collector.as_ref().map(collector::Handle::status);
        let collected = collected.as_ref();
        let requested = self.requests.status();
        let mut counts = requested.counts;
        collected.into_iter().for_each(|status| counts.merge(&status.counts()));
        let standing = self.store.standing()?;
        Ok(Status {
            ready: self.is_ready() && !self.store.views.are_missing(),
            received: counts.received(),
            accepted: counts.accepted,
            duplicate: counts.duplicate,
            rejected: counts.rejected,
            shed: counts.shed,
            shedding: collected.and_then(|status| status.shedding.clone()).or(requested.shedding),
            kernel_dropped: collected.and_then(|status| status.kernel_dropped),
            in_flight: collected.map_or(0, |status| status.in_flight) + requested.in_flight,
            watermark: standing.watermark,
            segments: standing.segments,
            generations: standing.generations,
            cells: standing.cells,
            cells_max: standing.cells_max,
            receive_buffer_bytes: collected.map_or(0, |status| status.receive_buffer_bytes),
            durability: self.durability.clone(),
            uptime_s: self.started.elapsed().as_secs(),
            version: self.version.to_owned(),
            jobs: self.scheduler.status(),
            tasks: self.tasks.statuses(),
            recovery: self.recovery(),
        })
    }

    fn recovery(&self) -> Vec<Start> {
        let elsewhere = match &self.collector {
            Some(_) => None,
            None => read_of(&self.store.folder, Process::Collect).pop(),
        };
        std::iter::once(self.starts.now()).chain(elsewhere).collect()
    }
}
