//! One snapshot of the process: what it has taken in since it started, and how it stands.

use crate::error::Problem;
use crate::front::Front;
use crate::shapes;
use crate::tasks::TaskStatus;
use collector::Shedding;
use handover::starts::{Process, read_of};
use handover::{JournalStanding, Start};
use model::{Reason, Time};
use scheduler::JobStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use utoipa::ToSchema;

/// `received = accepted + duplicate + rejected + shed` holds in every snapshot; counts are since the process started, of
/// datagrams and requests together.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Whether questions are answered: recovery is done and there are views.
    pub ready: bool,
    pub received: u64,
    pub accepted: u64,
    pub duplicate: u64,
    #[schema(value_type = BTreeMap<String, u64>)]
    pub rejected: BTreeMap<Reason, u64>,
    pub shed: u64,
    /// Set while the journal takes no writes: since when and why.
    #[schema(value_type = Option<shapes::Shedding>, required = true)]
    pub shedding: Option<Shedding>,
    /// `None`: not known, or another process collects.
    #[schema(required = true)]
    pub kernel_dropped: Option<u64>,
    /// Taken from the socket and neither accepted nor refused yet.
    pub in_flight: u64,
    /// Per journal the last segment that the views hold; `None` where nothing is published.
    #[schema(required = true)]
    pub watermark: Option<BTreeMap<String, u64>>,
    /// How far each journal has come, by name.
    #[serde(default)]
    pub journals: Vec<JournalLag>,
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
    /// Where messages arrive; `None` where another process collects.
    #[schema(value_type = Option<String>, required = true, examples("0.0.0.0:3500"))]
    pub udp: Option<SocketAddr>,
    /// Where clients of PostgreSQL are answered; `None`: nowhere.
    #[schema(value_type = Option<String>, examples("127.0.0.1:5433"))]
    pub postgres: Option<SocketAddr>,
    pub uptime_s: u64,
    pub version: String,
    #[schema(value_type = Vec<shapes::Job>)]
    pub jobs: Vec<JobStatus>,
    pub tasks: Vec<TaskStatus>,
    /// What this process found when it started, and where another process collects, what that one found.
    #[schema(value_type = Vec<shapes::Start>)]
    pub recovery: Vec<Start>,
}

/// How far the views are behind one journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalLag {
    pub name: String,
    /// The last segment that the views hold; 0: none.
    pub watermark: u64,
    /// Segments above it, as far as the realtime views have read.
    pub unpublished: u64,
    /// When the first message in them was received.
    #[schema(value_type = Option<shapes::Time>, required = true)]
    pub oldest_unpublished: Option<Time>,
    /// Segment files on disk.
    pub segments: u64,
}

impl From<JournalStanding> for JournalLag {
    fn from(standing: JournalStanding) -> JournalLag {
        let JournalStanding { name, watermark, unpublished, oldest_unpublished, segments, .. } = standing;
        JournalLag { name, watermark, unpublished, oldest_unpublished, segments }
    }
}

/// Why a process is not what a health check hopes for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwell {
    #[error("the process is recovering or rebuilding its views; ask again later")]
    NotReady,
    #[error("{task} has died ({why}) and is about to be started again; see vitals status")]
    Dead { task: String, why: String },
}

/// The one judgement of `status --check` and of readiness probes.
pub(crate) fn judge(ready: bool, tasks: &[TaskStatus]) -> Result<(), Unwell> {
    if !ready {
        return Err(Unwell::NotReady);
    }
    let Some(dead) = tasks.iter().find(|task| !task.running) else { return Ok(()) };
    let why = dead.last_error.clone().unwrap_or_else(|| "for an unknown reason".to_owned());
    Err(Unwell::Dead { task: dead.name.clone(), why })
}

impl Status {
    /// Whether all is well.
    pub fn check(&self) -> Result<(), Unwell> {
        judge(self.ready, &self.tasks)
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
            ready: self.has_answers(),
            received: counts.received(),
            accepted: counts.accepted,
            duplicate: counts.duplicate,
            rejected: counts.rejected,
            shed: counts.shed,
            shedding: collected.and_then(|status| status.shedding.clone()).or(requested.shedding),
            kernel_dropped: collected.and_then(|status| status.kernel_dropped),
            in_flight: collected.map_or(0, |status| status.in_flight) + requested.in_flight,
            watermark: standing.watermark,
            journals: standing.journals.into_iter().map(JournalLag::from).collect(),
            segments: standing.segments,
            generations: standing.generations,
            cells: standing.cells,
            cells_max: standing.cells_max,
            receive_buffer_bytes: collected.map_or(0, |status| status.receive_buffer_bytes),
            durability: self.durability.clone(),
            udp: self.udp,
            postgres: self.postgres,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::TaskBoard;

    #[test]
    fn a_dead_task_is_no_health_until_it_runs_again() {
        let board = TaskBoard::default();
        let check = |ready, expect: Option<&str>| {
            let found = judge(ready, &board.statuses()).err().map(|unwell| unwell.to_string());
            assert_eq!(found.as_deref(), expect);
        };
        board.started("answering");
        check(true, None);
        check(false, Some("the process is recovering or rebuilding its views; ask again later"));
        board.died("answering", "too many open files", Time::from_micros(0));
        let died = "answering has died (too many open files) and is about to be started again; see vitals status";
        check(true, Some(died));
        board.started("answering");
        check(true, None);
    }
}
