//! A statement under way: its rows, and what can end it before them.

use super::dialect::renamed;
use super::failure::{self, state};
use crate::metrics::Statement;
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion_postgres::arrow_pg::datatypes::into_pg_type;
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
    /// Whether the engine's rows have other types than the schema.
    is_cast: bool,
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
        Running { schema, is_cast: false, rows: Some(rows), rest: None, turn: Some(turn), statement: Some(statement) }
    }

    /// Rows of texts that this front answers itself.
    pub(super) fn told(names: &[&str], rows: &[Vec<String>]) -> PgWireResult<Running> {
        let schema = texts(names);
        let column =
            |index: usize| Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row[index]))) as ArrayRef;
        let batch = RecordBatch::try_new(schema.clone(), (0..names.len()).map(column).collect());
        let batch = batch.map_err(|error| failure::error(state::INTERNAL_ERROR, error.to_string()))?;
        Ok(Running { schema, is_cast: false, rows: None, rest: Some(batch), turn: None, statement: None })
    }

    /// As rows of the columns that a client was told of before its parameters were bound, of which the engine may have made
    /// other types since: bytes of another type would be read as some number.
    pub(super) fn described_as(mut self, described: Option<SchemaRef>) -> PgWireResult<Running> {
        let Some(described) = described.filter(|described| described.fields().len() == self.schema.fields().len())
        else {
            return Ok(self);
        };
        let columns = self.schema.fields().iter().zip(described.fields());
        let fields = columns.map(|(own, told)| {
            if into_pg_type(own.data_type())? == into_pg_type(told.data_type())? {
                return Ok(own.clone());
            }
            if !becomes(own.data_type(), told.data_type()) {
                let problem = format!(
                    "column \"{}\" has turned out to be {} and not {}: write of what types parameters are, as in \
                     $1::double precision",
                    own.name(),
                    into_pg_type(own.data_type())?,
                    into_pg_type(told.data_type())?
                );
                return Err(failure::error(state::DATATYPE_MISMATCH, problem));
            }
            self.is_cast = true;
            Ok(Arc::new(own.as_ref().clone().with_data_type(told.data_type().clone())))
        });
        self.schema = Arc::new(Schema::new(fields.collect::<PgWireResult<Fields>>()?));
        Ok(self)
    }

    fn cast(&self, batch: RecordBatch) -> PgWireResult<RecordBatch> {
        if !self.is_cast {
            return Ok(batch);
        }
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| cast_with_options(column, field.data_type(), &strict));
        let columns = columns.collect::<Result<Vec<ArrayRef>, _>>();
        let columns = columns.map_err(|error| failure::error(state::INVALID_TEXT_REPRESENTATION, error.to_string()))?;
        let fields = self.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        let schema = Arc::new(Schema::new(fields.collect::<Fields>()));
        RecordBatch::try_new(schema, columns).map_err(|error| failure::error(state::INTERNAL_ERROR, error.to_string()))
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
                Some(Ok(batch)) => self.rest = Some(self.cast(batch)?),
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

/// Whether values can be made another type and stay what they are; a text must be spelt as one.
fn becomes(own: &DataType, told: &DataType) -> bool {
    let is_flat = |kind: &DataType| kind.is_numeric() || kind.is_string() || *kind == DataType::Boolean;
    match (own, told) {
        (DataType::Null, _) => true,
        (own, told) if own.is_string() => can_cast_types(own, told) && !told.is_nested(),
        (own, told) if told.is_string() => is_flat(own),
        (own, told) if own.is_integer() => told.is_numeric(),
        (own, told) if own.is_floating() => told.is_floating(),
        (own, told) => own.is_decimal() && (told.is_floating() || told.is_decimal()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::Int64Type;
    use datafusion_postgres::pgwire::error::ErrorInfo;

    fn told(own: DataType, told: DataType) -> PgWireResult<Running> {
        let schema = |kind| Arc::new(Schema::new(vec![Field::new("value", kind, true)]));
        let running =
            Running { schema: schema(own), is_cast: false, rows: None, rest: None, turn: None, statement: None };
        running.described_as(Some(schema(told)))
    }

    #[test]
    fn rows_are_what_wdescribed_as() {
        let texts = |values: &[Option<&str>]| {
            let column: ArrayRef = Arc::new(values.iter().copied().collect::<StringArray>());
            RecordBatch::try_from_iter([("value", column)]).expect("a batch")
        };
        let numbers = told(DataType::Utf8, DataType::Int64).expect("texts may be numbers");
        assert_eq!(numbers.schema.field(0).data_type(), &DataType::Int64);
        let batch = numbers.cast(texts(&[Some("2"), None])).expect("they are");
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(2), None]);
        let error = numbers.cast(texts(&[Some("x")])).expect_err("it is no number");
        assert_eq!(ErrorInfo::from(error).code, "22P02");
        // the same to a client
        assert!(!told(DataType::Utf8, DataType::Utf8View).expect("a text is a text").is_cast);
    }

    #[test]
    fn what_would_change_is_an_error() {
        let error = told(DataType::Float64, DataType::Int64).expect_err("not every number is whole");
        let error = ErrorInfo::from(error);
        assert_eq!(error.code, "42804");
        assert!(error.message.contains("float8 and not int8"), "{}", error.message);
        assert!(told(DataType::Int64, DataType::Float64).is_ok());
    }
}
