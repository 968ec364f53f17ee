//! Record batches as bytes, piece by piece.

use super::Format;
use arrow::array::RecordBatch;
use arrow::csv;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, WriterBuilder};
use std::mem;

/// What has been written so far decides how it goes on.
pub(super) enum Encoder {
    /// An array of one object per row.
    Json {
        begun: bool,
    },
    /// The header, as long as it has not been written.
    Csv {
        header: Option<SchemaRef>,
    },
    Arrow(Box<StreamWriter<Vec<u8>>>),
}

impl Encoder {
    pub(super) fn new(format: Format, schema: &SchemaRef) -> Result<Encoder, ArrowError> {
        Ok(match format {
            Format::Json => Encoder::Json { begun: false },
            Format::Csv => Encoder::Csv { header: Some(schema.clone()) },
            Format::Arrow => Encoder::Arrow(Box::new(StreamWriter::try_new(Vec::new(), schema)?)),
        })
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        match self {
            Encoder::Json { begun } => json_rows(batch, begun),
            Encoder::Csv { header } => csv_rows(batch, header.take().is_some()),
            Encoder::Arrow(writer) => {
                writer.write(batch)?;
                Ok(mem::take(writer.get_mut()))
            }
        }
    }

    /// What stands behind the last batch; all there is where there was none.
    pub(super) fn end(self) -> Result<Vec<u8>, ArrowError> {
        match self {
            Encoder::Json { begun: false } => Ok(b"[]".to_vec()),
            Encoder::Json { begun: true } => Ok(b"]".to_vec()),
            Encoder::Csv { header: None } => Ok(Vec::new()),
            Encoder::Csv { header: Some(schema) } => csv_rows(&RecordBatch::new_empty(schema), true),
            Encoder::Arrow(mut writer) => {
                writer.finish()?;
                Ok(mem::take(writer.get_mut()))
            }
        }
    }
}

/// One batch and nothing else.
pub(super) fn whole(format: Format, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut encoder = Encoder::new(format, &batch.schema())?;
    Ok([encoder.batch(batch)?, encoder.end()?].concat())
}

fn json_rows(batch: &RecordBatch, begun: &mut bool) -> Result<Vec<u8>, ArrowError> {
    if batch.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    let mut bytes = writer.into_inner();
    // an array of its own: its end is left to the last batch, and its beginning joins it to the one before
    bytes.pop();
    if mem::replace(begun, true) {
        bytes[0] = b',';
    }
    Ok(bytes)
}

fn csv_rows(batch: &RecordBatch, header: bool) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    csv::WriterBuilder::new().with_header(header).build(&mut bytes).write(batch)?;
    Ok(bytes)
}
