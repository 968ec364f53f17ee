//! The one cut of a statement: taken when its plan is made, and only where it reads a table that needs one.

use crate::ask::once_more;
use crate::error::{Error, Result};
use crate::sql::messages::MessageTable;
use async_trait::async_trait;
use datafusion::catalog::{Session, default_table_source::source_as_provider};
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use handover::raw::Raw;
use handover::{Cut, CutOptions, Store};
use model::Floors;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The moment that a statement is answered for, an extension of its session's configuration.
#[derive(Debug)]
pub(crate) struct Moment {
    store: Arc<Store>,
    wait: Duration,
    /// Whether the statement reads raw messages, which have to be pinned before the cut; assumed where nobody looked.
    raw: AtomicBool,
    taken: OnceCell<Arc<Taken>>,
}

/// A cut that several scans read, in turns: its views are one transaction of one connection.
#[derive(Debug)]
pub(crate) struct Taken {
    cut: Mutex<Cut>,
    /// Raw messages, where the statement reads them. They are files, and scans need not take turns.
    pub(crate) raw: Option<Arc<Raw>>,
    pub(crate) store: Arc<Store>,
    pub(crate) floors: Floors,
    pub(crate) watermark: Option<BTreeMap<String, u64>>,
}

impl Moment {
    pub(crate) fn new(store: Arc<Store>, wait: Duration) -> Moment {
        Moment { store, wait, raw: AtomicBool::new(true), taken: OnceCell::new() }
    }

    /// The moment of a session's statement.
    pub(crate) async fn of(session: &dyn Session) -> Result<Arc<Taken>, DataFusionError> {
        let Some(moment) = session.config().get_extension::<Moment>() else {
            return Err(DataFusionError::Internal("a scan outside of a statement's own context".to_owned()));
        };
        moment.take().await.map_err(|error| DataFusionError::External(Box::new(error)))
    }

    /// The cut, where a scan has taken it.
    pub(crate) fn taken(&self) -> Option<&Arc<Taken>> {
        self.taken.get()
    }

    async fn take(&self) -> Result<Arc<Taken>> {
        let taken = self.taken.get_or_try_init(|| async {
            let (store, wait, raw) = (self.store.clone(), self.wait, self.raw.load(Ordering::Relaxed));
            // it reads files, and waits for the realtime views
            let cut = tokio::task::spawn_blocking(move || Taken::take(&store, wait, raw)).await;
            cut.map_err(handover::Error::from)?.map(Arc::new)
        });
        taken.await.cloned()
    }

    /// Notes whether the plan reads raw messages.
    fn look(&self, plan: &LogicalPlan) -> Result<(), DataFusionError> {
        let mut raw = false;
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                raw |= source_as_provider(&scan.source)?.downcast_ref::<MessageTable>().is_some();
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        self.raw.store(raw, Ordering::Relaxed);
        Ok(())
    }
}

impl Taken {
    fn take(store: &Arc<Store>, wait: Duration, raw: bool) -> Result<Taken> {
        let mut cut = once_more(|| Ok(store.cut(&CutOptions { wait, allow_behind: false, raw })?))?;
        let (floors, watermark) = (cut.floors()?, cut.named_watermark());
        let raw = cut.raw.take().map(Arc::new);
        Ok(Taken { cut: Mutex::new(cut), raw, store: store.clone(), floors, watermark })
    }

    /// Reads in the cut, one scan at a time. Do not wait for a reader of rows in it: the scan whose turn is next may be
    /// what that reader waits for.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Cut) -> T) -> T {
        read(&self.cut.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at the whole of a statement before its scans are planned one by one.
#[derive(Debug)]
pub(crate) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        if let Some(moment) = session.config().get_extension::<Moment>() {
            moment.look(plan)?;
        }
        DefaultPhysicalPlanner::default().create_physical_plan(plan, session).await
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> DataFusionError {
        DataFusionError::External(Box::new(error))
    }
}
