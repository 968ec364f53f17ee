//! A plan runs on the threads of SQL, whoever reads its rows: within its time, and no longer than somebody reads.

use crate::sql::error::Error;
use crate::sql::moment::Moment;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::{Stream, StreamExt};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Sleep, sleep, timeout};

/// Batches that wait for their reader; beyond them the plan waits.
const BATCHES_AHEAD: usize = 2;

/// What a statement answers: a stream of batches, which ends with its first error. Dropping it ends the statement.
#[derive(Debug)]
pub struct Rows {
    pub schema: SchemaRef,
    /// Per journal the last segment that the views of the statement's cut hold; `None` where nothing is published, or
    /// where the statement reads none of the tables.
    pub watermark: Option<BTreeMap<String, u64>>,
    batches: mpsc::Receiver<Result<RecordBatch, Error>>,
    /// The reader's own watch: a plan that computes without a pause does not look at its own.
    deadline: Pin<Box<Sleep>>,
    time: Duration,
    is_over: bool,
    task: Running,
}

impl Rows {
    /// The next batch; `None` behind the last.
    pub async fn next_batch(&mut self) -> Option<Result<RecordBatch, Error>> {
        self.next().await
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = self.batches.poll_recv(context) {
            return Poll::Ready(next);
        }
        ready!(self.deadline.as_mut().poll(context));
        self.is_over = true;
        self.task.0.abort();
        Poll::Ready(Some(Err(late(self.time))))
    }
}

/// Ended when it is dropped.
#[derive(Debug)]
struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn late(time: Duration) -> Error {
    Error::Timeout { seconds: time.as_secs() }
}

struct Head {
    schema: SchemaRef,
    watermark: Option<BTreeMap<String, u64>>,
}

/// Begins to run a plan. Returns once its first batch is there, so that what fails early fails here.
pub(crate) async fn start(
    threads: &Handle,
    state: SessionState,
    plan: LogicalPlan,
    time: Duration,
) -> Result<Rows, Error> {
    let (head, begun) = oneshot::channel();
    let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
    let task = threads.spawn(async move {
        let failed = match timeout(time, run(state, plan, head, &sender)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => late(time),
        };
        // a reader that is gone needs no reason
        drop(sender.send(Err(failed)).await);
    });
    // who goes away before the first batch ends the statement too
    let task = Running(task.abort_handle());
    let mut deadline = Box::pin(sleep(time));
    let begun = tokio::select! {
        begun = begun => begun,
        () = &mut deadline => return Err(late(time)),
    };
    match begun {
        Ok(Head { schema, watermark }) => Ok(Rows { schema, watermark, batches, deadline, time, is_over: false, task }),
        Err(_) => match batches.recv().await {
            Some(Err(error)) => Err(error),
            _ => Err(Error::Failed("the statement ended without an answer; report this".to_owned())),
        },
    }
}

async fn run(
    state: SessionState,
    plan: LogicalPlan,
    head: oneshot::Sender<Head>,
    sender: &mpsc::Sender<Result<RecordBatch, Error>>,
) -> Result<(), Error> {
    let plan = state.create_physical_plan(&plan).await?;
    let moment = state.config().get_extension::<Moment>();
    let watermark = moment.and_then(|moment| moment.taken()?.watermark.clone());
    let mut batches = execute_stream(plan, state.task_ctx())?;
    let schema = batches.schema();
    let mut next = batches.next().await.transpose()?;
    if head.send(Head { schema, watermark }).is_err() {
        return Ok(());
    }
    while let Some(batch) = next {
        if sender.send(Ok(batch)).await.is_err() {
            return Ok(());
        }
        next = batches.next().await.transpose()?;
    }
    Ok(())
}
