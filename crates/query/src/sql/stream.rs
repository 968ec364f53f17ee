//! A plan runs on the threads of SQL, whoever reads its rows: within its time, and no longer than somebody reads.

use crate::sql::error::Error;
use crate::sql::growth::allowance::Allowance;
use crate::sql::moment::Moment;
use crate::sql::statement::without_mark;
use crate::sql::width;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::{Stream, StreamExt};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

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

/// What is to be run.
pub(crate) struct Planned {
    pub(crate) state: SessionState,
    pub(crate) plan: LogicalPlan,
}

/// Begins to run what is planned on the threads of SQL. Returns once its first batch is there, so that what fails early
/// fails here. Whoever calls keeps the time on a clock of his own: where all threads of SQL compute without a pause, none
/// of them looks at one.
pub(crate) async fn start(
    threads: &Handle,
    planned: impl Future<Output = Result<Planned, Error>> + Send + 'static,
    until: Instant,
    time: Duration,
) -> Result<Rows, Error> {
    let (head, begun) = oneshot::channel();
    let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
    let task = threads.spawn(async move {
        let failed = match timeout_at(until, run(planned, head, &sender)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => late(time),
        };
        // a reader that is gone needs no reason
        drop(sender.send(Err(failed)).await);
    });
    // who goes away before the first batch ends the statement too
    let task = Running(task.abort_handle());
    let mut deadline = Box::pin(sleep_until(until));
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
    planned: impl Future<Output = Result<Planned, Error>>,
    head: oneshot::Sender<Head>,
    sender: &mpsc::Sender<Result<RecordBatch, Error>>,
) -> Result<(), Error> {
    let Planned { mut state, plan } = planned.await?;
    let plan = state.optimize(&plan)?;
    width::bound(&mut state, &plan)?;
    let plan = state.query_planner().create_physical_plan(&plan, &state).await?;
    Allowance::are_planned(state.config().options());
    let moment = state.config().get_extension::<Moment>();
    let watermark = moment.and_then(|moment| moment.taken()?.watermark.clone());
    let mut batches = execute_stream(plan, state.task_ctx())?;
    let schema = as_written(&batches.schema());
    let mut next = batches.next().await.transpose()?;
    if head.send(Head { schema: schema.clone(), watermark }).is_err() {
        return Ok(());
    }
    while let Some(batch) = next {
        if sender.send(with_schema(&batch, &schema)).await.is_err() {
            return Ok(());
        }
        next = batches.next().await.transpose()?;
    }
    Ok(())
}

/// Columns by the names that they were given.
pub fn as_written(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match without_mark(field.name()) {
        Some(name) => Arc::new(field.as_ref().clone().with_name(name)),
        None => field.clone(),
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

fn with_schema(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let named = RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options);
    named.map_err(|error| Error::Failed(error.to_string()))
}
