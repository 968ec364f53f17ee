//! Record batches as bytes, piece by piece.

use super::Format;
use super::document::Document;
use super::separated::csv_rows;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::StructMode;
use arrow::json::writer::{JsonArray, WriterBuilder};
use std::collections::BTreeMap;
use std::{fmt, mem};

/// What has been written so far decides how it goes on.
pub enum Encoder {
    /// An array of one object per row.
    Json {
        begun: bool,
    },
    /// What is known of the rows in front of them.
    Document(Document),
    /// The header, as long as it has not been written.
    Csv {
        header: Option<SchemaRef>,
    },
    Arrow(Box<StreamWriter<Vec<u8>>>),
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoder::Json { .. } | Encoder::Document(_) => "JSON",
            Encoder::Csv { .. } => "CSV",
            Encoder::Arrow(_) => "Arrow",
        })
    }
}

impl Encoder {
    pub(super) fn new(format: Format, schema: &SchemaRef) -> Result<Encoder, ArrowError> {
        Ok(match format {
            Format::Json => Encoder::Json { begun: false },
            Format::Csv => Encoder::csv(schema),
            Format::Arrow => Encoder::Arrow(Box::new(StreamWriter::try_new(Vec::new(), schema)?)),
        })
    }

    pub fn csv(schema: &SchemaRef) -> Encoder {
        Encoder::Csv { header: Some(schema.clone()) }
    }

    /// The rows of a statement as one JSON document.
    pub fn document(schema: &SchemaRef, watermark: Option<&BTreeMap<String, u64>>) -> serde_json::Result<Encoder> {
        Document::new(schema, watermark).map(Encoder::Document)
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        match self {
            Encoder::Json { begun } => {
                let rows = joined_rows(batch, StructMode::ObjectOnly, *begun)?;
                *begun |= !rows.is_empty();
                Ok(rows)
            }
            Encoder::Document(document) => document.batch(batch),
            Encoder::Csv { header } => csv_rows(batch, header.take().is_some()),
            Encoder::Arrow(writer) => {
                writer.write(batch)?;
                Ok(mem::take(writer.get_mut()))
            }
        }
    }

    /// What stands behind the last batch; all there is where there was none.
    pub fn end(self) -> Result<Vec<u8>, ArrowError> {
        match self {
            Encoder::Json { begun: false } => Ok(b"[]".to_vec()),
            Encoder::Json { begun: true } => Ok(b"]".to_vec()),
            Encoder::Document(document) => Ok(document.end()),
            Encoder::Csv { header: None } => Ok(Vec::new()),
            Encoder::Csv { header: Some(schema) } => csv_rows(&RecordBatch::new_empty(schema), true),
            Encoder::Arrow(mut writer) => {
                writer.finish()?;
                Ok(mem::take(writer.get_mut()))
            }
        }
    }
}

/// Whether rows of these columns can be written at all, which is known before the first of them.
pub(super) fn check(format: Format, schema: &SchemaRef) -> Result<(), ArrowError> {
    let none = RecordBatch::new_empty(schema.clone());
    match format {
        Format::Json => WriterBuilder::new().build::<_, JsonArray>(Vec::new()).write(&none),
        tabular => whole(tabular, &none).map(|_| ()),
    }
}

/// One batch and nothing else.
pub(super) fn whole(format: Format, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut encoder = Encoder::new(format, &batch.schema())?;
    Ok([encoder.batch(batch)?, encoder.end()?].concat())
}

/// The rows of a batch as a piece of an array of rows, which begins with a bracket, or with a comma where it has `begun`;
/// its end is left to who writes the last piece.
pub(super) fn joined_rows(batch: &RecordBatch, rows: StructMode, begun: bool) -> Result<Vec<u8>, ArrowError> {
    if batch.num_rows() == 0 {
        return Ok(Vec::new());
    }
    let builder = WriterBuilder::new().with_explicit_nulls(true).with_struct_mode(rows);
    let mut writer = builder.build::<_, JsonArray>(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    let mut bytes = writer.into_inner();
    bytes.pop();
    bytes[0] = if begun { b',' } else { b'[' };
    Ok(bytes)
}
