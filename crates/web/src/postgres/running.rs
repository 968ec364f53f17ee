//! A statement under way: its rows, and what can end it before them.

use super::dialect::renamed;
use super::failure::{self, state};
use crate::metrics::Statement;
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion_postgres::pgwire::api::ConnectionHandle;
use datafusion_postgres::pgwire::error::PgWireResult;
use futures::StreamExt;
use futures::channel::oneshot;
use query::sql::Rows;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

/// The rows that are left of a statement.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) schema: SchemaRef,
    /// `None`: nothing is asked of the engine.
    rows: Option<Rows>,
    /// What is left of a batch.
    rest: Option<RecordBatch>,
    /// Held while rows are fetched; one who stops in the middle of them takes nobody else's turn.
    pub(super) turn: Option<OwnedSemaphorePermit>,
    /// Measured until the last row has been fetched.
    statement: Option<Statement>,
}

impl Running {
    pub(super) fn asked(
        rows: Rows,
        names: &[Option<String>],
        turn: OwnedSemaphorePermit,
        mut statement: Statement,
    ) -> Running {
        statement.ends("left");
        let schema = renamed(&rows.schema, names);
        Running { schema, rows: Some(rows), rest: None, turn: Some(turn), statement: Some(statement) }
    }

    /// Rows of texts that this front answers itself.
    pub(super) fn told(names: &[&str], rows: &[Vec<String>]) -> PgWireResult<Running> {
        let schema = texts(names);
        let column =
            |index: usize| Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row[index]))) as ArrayRef;
        let batch = RecordBatch::try_new(schema.clone(), (0..names.len()).map(column).collect());
        let batch = batch.map_err(|error| failure::error(state::INTERNAL_ERROR, error.to_string()))?;
        Ok(Running { schema, rows: None, rest: Some(batch), turn: None, statement: None })
    }

    pub(super) fn needs_turn(&self) -> bool {
        self.rows.is_some() && self.turn.is_none()
    }

    fn end(&mut self, outcome: &'static str) {
        if let Some(mut statement) = self.statement.take() {
            statement.ends(outcome);
        }
    }

    /// The next rows, at most so many; `None` at the end.
    pub(super) async fn next(&mut self, most: usize) -> PgWireResult<Option<RecordBatch>> {
        loop {
            match self.rest.take() {
                Some(batch) if batch.num_rows() > most => {
                    self.rest = Some(batch.slice(most, batch.num_rows() - most));
                    return Ok(Some(batch.slice(0, most)));
                }
                Some(batch) if batch.num_rows() > 0 => return Ok(Some(batch)),
                _ => {}
            }
            let Some(rows) = &mut self.rows else { return Ok(None) };
            match rows.next().await {
                Some(Ok(batch)) => self.rest = Some(batch),
                Some(Err(error)) => {
                    self.end("failed");
                    return Err(failure::of_running(error));
                }
                None => {
                    self.end("ok");
                    (self.rows, self.turn) = (None, None);
                    return Ok(None);
                }
            }
        }
    }
}

/// The schema of rows that this front answers itself.
pub(super) fn texts(names: &[&str]) -> SchemaRef {
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, false)).collect();
    Arc::new(Schema::new(fields))
}

/// What ends a statement: its client's request, or its time.
#[derive(Debug)]
pub(super) struct Interrupt {
    cancelled: oneshot::Receiver<()>,
    deadline: Instant,
}

impl Interrupt {
    /// From now on requests to cancel are for what runs under this one.
    pub(super) async fn new(connection: &ConnectionHandle, wait: Duration) -> Interrupt {
        Interrupt { cancelled: connection.start_query().await, deadline: Instant::now() + wait }
    }

    pub(super) async fn guard<T>(&mut self, work: impl Future<Output = T>) -> PgWireResult<T> {
        tokio::select! {
            biased;
            Ok(()) = &mut self.cancelled => {
                Err(failure::error(state::QUERY_CANCELED, "canceling statement due to user request"))
            }
            () = sleep_until(self.deadline) => {
                Err(failure::error(state::QUERY_CANCELED, "canceling statement due to statement timeout"))
            }
            done = work => Ok(done),
        }
    }
}
