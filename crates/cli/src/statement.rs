//! The rows of an SQL statement, batch by batch: computed here, or by a daemon that sends them as Arrow.

use crate::exit::Ending;
use anyhow::Context;
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use query::sql::{Error, Rows, Sql};
use reqwest::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) schema: SchemaRef,
    /// Per journal the last segment that the views hold.
    pub(crate) watermark: Option<BTreeMap<String, u64>>,
    batches: Batches,
}

#[derive(Debug)]
enum Batches {
    /// The engine computes as long as it is there.
    Here(Rows, #[expect(dead_code, reason = "held, not read")] Arc<Sql>),
    There(Box<Received>),
}

impl Answer {
    pub(crate) async fn compute(sql: Arc<Sql>, text: &str) -> anyhow::Result<Answer> {
        let rows = sql.run(text).await.map_err(ending)?;
        let (schema, watermark) = (rows.schema.clone(), rows.watermark.clone());
        Ok(Answer { schema, watermark, batches: Batches::Here(rows, sql) })
    }

    pub(crate) async fn receive(response: Response) -> anyhow::Result<Answer> {
        let mut received = Received { response, decoder: StreamDecoder::new(), bytes: Buffer::default() };
        let schema = received.schema().await?;
        let watermark = schema.metadata().get(web::formats::WATERMARK);
        let watermark = watermark.map(|text| serde_json::from_str(text)).transpose()?;
        Ok(Answer { schema, watermark, batches: Batches::There(Box::new(received)) })
    }

    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        match &mut self.batches {
            Batches::Here(rows, _) => rows.next_batch().await.transpose().map_err(ending),
            Batches::There(received) => received.next().await,
        }
    }
}

fn ending(error: Error) -> anyhow::Error {
    match &error {
        Error::Statement(_) | Error::ReadOnly(_) | Error::Resources(_) => Ending::usage(error).into(),
        Error::Timeout { .. } => Ending::not_ready(error).into(),
        _ if error.is_not_ready() => Ending::not_ready(error).into(),
        _ => error.into(),
    }
}

/// Batches on their way from a daemon.
#[derive(Debug)]
struct Received {
    response: Response,
    decoder: StreamDecoder,
    /// Arrived and not decoded yet.
    bytes: Buffer,
}

impl Received {
    async fn schema(&mut self) -> anyhow::Result<SchemaRef> {
        loop {
            // one byte at a time is not decoded further than the schema, which stands in front
            let mut head = self.bytes.slice_with_length(0, self.bytes.len().min(1));
            if !head.is_empty() {
                anyhow::ensure!(self.decoder.decode(&mut head)?.is_none(), "a batch came before its schema");
                self.bytes.advance(1);
            }
            if let Some(schema) = self.decoder.schema() {
                return Ok(schema);
            }
            if self.bytes.is_empty() && !self.arrive().await? {
                anyhow::bail!("the answer has no schema; is this another version of vitals?");
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.decoder.decode(&mut self.bytes)? {
                return Ok(Some(batch));
            }
            if !self.arrive().await? {
                self.decoder.finish().context("the answer ended early; ask again")?;
                return Ok(None);
            }
        }
    }

    /// False at the end of the answer.
    async fn arrive(&mut self) -> anyhow::Result<bool> {
        let cut = "the answer was cut off, so it is not whole: the statement failed behind its first rows, or took too \
                   long; the log of the daemon says which";
        match self.response.chunk().await.context(cut)? {
            Some(bytes) => {
                self.bytes = Buffer::from(bytes);
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
