//! Rows as CSV: lists and structures as JSON text, and texts with blanks at an edge in quotes, as a reader may take blanks
//! without quotes for none.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::csv::{QuoteStyle, WriterBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::json::writer::{LineDelimited, WriterBuilder as JsonBuilder};
use std::sync::Arc;

/// A byte order mark is none inside a text, and lost at its edge.
const MARK: char = '\u{feff}';

/// What a column is called while its values become JSON, and what then stands before each.
const NAME: &str = "v";
const BEFORE: &str = r#"{"v":"#;

pub(super) fn csv_rows(batch: &RecordBatch, header: bool) -> Result<Vec<u8>, ArrowError> {
    let batch = flat(batch)?;
    let has_edges = batch.columns().iter().any(has_blank_edges);
    // quoted or not, a text is the same to who reads it, so each batch is written as it needs to be
    let quotes = if has_edges { QuoteStyle::NonNumeric } else { QuoteStyle::Necessary };
    let mut bytes = Vec::new();
    WriterBuilder::new().with_header(header).with_quote_style(quotes).build(&mut bytes).write(&batch)?;
    Ok(bytes)
}

fn has_blank_edges(column: &ArrayRef) -> bool {
    let is_edge = |edge: char| edge.is_whitespace() || edge == MARK;
    let has = |text: &str| text.starts_with(is_edge) || text.ends_with(is_edge);
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().iter().flatten().any(has),
        DataType::LargeUtf8 => column.as_string::<i64>().iter().flatten().any(has),
        DataType::Utf8View => column.as_string_view().iter().flatten().any(has),
        DataType::Dictionary(..) => has_blank_edges(column.as_any_dictionary().values()),
        _ => false,
    }
}

/// The batch with texts for what has parts.
fn flat(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    if !schema.fields().iter().any(|field| field.data_type().is_nested()) {
        return Ok(batch.clone());
    }
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        if !field.data_type().is_nested() {
            return Ok((field.as_ref().clone(), column.clone()));
        }
        let texts: ArrayRef = Arc::new(json_texts(field, column)?);
        Ok((Field::new(field.name(), DataType::Utf8, true), texts))
    });
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) =
        columns.collect::<Result<Vec<_>, ArrowError>>()?.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Each value as JSON.
fn json_texts(field: &Field, column: &ArrayRef) -> Result<StringArray, ArrowError> {
    let field = field.clone().with_name(NAME);
    let alone = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column.clone()])?;
    let mut writer = JsonBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    writer.write(&alone)?;
    writer.finish()?;
    let rows = String::from_utf8(writer.into_inner()).map_err(|error| ArrowError::JsonError(error.to_string()))?;
    // a row is an object that holds its one value
    let values = rows.lines().map(|row| row.strip_prefix(BEFORE).and_then(|row| row.strip_suffix('}')));
    Ok(values.enumerate().map(|(at, value)| value.filter(|_| column.is_valid(at))).collect())
}
