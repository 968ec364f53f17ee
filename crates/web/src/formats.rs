//! One answer in the format that its reader wants: JSON unless `Accept` says CSV or Arrow IPC.
//!
//! A list has one tabular form, of `query::columns`; CSV and Arrow are made from it, so that columns are the same
//! everywhere. JSON of a list is the shape that scripts rely on; of what has no other shape it is one object per row.

mod accept;
mod document;
mod encoder;
mod pump;
mod separated;

pub(crate) use document::Column;
pub use document::Document;
pub use encoder::Encoder;

use crate::about;
use crate::error::{Code, Problem};
use crate::questions::Turn;
pub use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use query::sql::Rows;
use serde::Serialize;
use std::sync::Arc;
use tokio::time::Instant;

/// What an answer can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Csv,
    Arrow,
}

impl Format {
    /// In the order in which they are preferred where the reader does not care.
    const ALL: [Format; 3] = [Format::Json, Format::Csv, Format::Arrow];

    fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv",
            Format::Arrow => "application/vnd.apache.arrow.stream",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            other => other.media_type(),
        }
    }

    /// A list that is held in memory, as JSON in its own shape.
    pub(crate) fn list<T: Serialize>(
        self,
        rows: &[T],
        columns: impl FnOnce(&[T]) -> Result<RecordBatch, ArrowError>,
    ) -> Result<Response, Problem> {
        match self {
            Format::Json => json(&rows),
            tabular => tabular.batch(&columns(rows).map_err(Problem::internal)?),
        }
    }

    /// One batch, whole.
    pub(crate) fn batch(self, batch: &RecordBatch) -> Result<Response, Problem> {
        let bytes = encoder::whole(self, batch).map_err(Problem::internal)?;
        Ok(self.response(bytes.into()))
    }

    /// The rows of a statement as they come; as JSON with their columns and the watermark.
    pub(crate) async fn rows(self, rows: Rows, turn: Turn, until: Instant) -> Result<Response, Problem> {
        encoder::check(self, &rows.schema).map_err(|error| {
            Problem::unprocessable(format!(
                "a column cannot be written as {}: {error}; cast it to a text",
                self.media_type()
            ))
        })?;
        let watermark = rows.watermark.clone();
        let encoder = match self {
            Format::Json => Encoder::document(&rows.schema, watermark.as_ref()).map_err(Problem::internal)?,
            tabular => Encoder::new(tabular, &labelled(&rows)?).map_err(Problem::internal)?,
        };
        // the turn ends with the rows
        let batches = rows.map(move |batch| {
            let _held = &turn;
            batch
        });
        let mut response = self.stream(encoder, batches, until).await?;
        about::tell_watermark(watermark.as_ref(), response.headers_mut());
        Ok(response)
    }

    /// Batches as they come. What fails before the first of them is a proper error; later the connection is cut, so that
    /// nobody takes a part for the whole, and `until` it at the latest.
    async fn stream<E>(
        self,
        encoder: Encoder,
        batches: impl Stream<Item = Result<RecordBatch, E>> + Send + 'static,
        until: Instant,
    ) -> Result<Response, Problem>
    where
        E: Into<Problem> + Send + 'static,
    {
        let mut batches = Box::pin(batches);
        let first = batches.next().await.transpose().map_err(Into::into)?;
        let batches = Box::pin(stream::iter(first.map(Ok)).chain(batches));
        Ok(self.response(Body::from_stream(pump::pumped(encoder, batches, until))))
    }

    fn response(self, body: Body) -> Response {
        ([(CONTENT_TYPE, self.content_type())], body).into_response()
    }
}

/// The key in the schema of Arrow answers under which the watermark stands, as a JSON object.
pub const WATERMARK: &str = "vitals.watermark";

fn labelled(rows: &Rows) -> Result<SchemaRef, Problem> {
    let Some(watermark) = &rows.watermark else { return Ok(rows.schema.clone()) };
    let mut metadata = rows.schema.metadata().clone();
    metadata.insert(WATERMARK.to_owned(), serde_json::to_string(watermark).map_err(Problem::internal)?);
    Ok(Arc::new(Schema::clone(&rows.schema).with_metadata(metadata)))
}

/// A document that has no tabular form.
pub(crate) fn json(document: &impl Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(document).map_err(Problem::internal)?;
    Ok(Format::Json.response(bytes.into()))
}

/// CSV with a header, as HTTP answers and the command line prints it.
pub fn csv(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    encoder::whole(Format::Csv, batch)
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Problem;

    /// Before anything is asked: an answer that nobody reads would be work for nothing.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Format, Problem> {
        let headers = parts.headers.get_all(ACCEPT).into_iter();
        let accept: Vec<&str> = headers.filter_map(|value| value.to_str().ok()).collect();
        let accept = accept.join(",");
        accept::preferred(&accept, &Format::ALL.map(Format::media_type)).map(|index| Format::ALL[index]).ok_or_else(
            || {
                let known = Format::ALL.map(Format::media_type).join(", ");
                Problem::new(Code::NotAcceptable, format!("there is no answer in {accept:?}; Accept may name {known}"))
            },
        )
    }
}

#[cfg(test)]
mod tests;
