//! The rows of a statement as one JSON document, piece by piece: `{"watermark": …, "columns": [{"name", "type"}, …],
//! "rows": [[…], …]}`. Rows are arrays, as columns may share a name.

use super::encoder::joined_rows;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::StructMode;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A column of the rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Column {
    name: String,
    /// As PostgreSQL calls it.
    #[schema(example = "double precision")]
    r#type: String,
}

/// What has been written decides how it goes on.
#[derive(Debug)]
pub struct Document {
    head: Vec<u8>,
    begun: bool,
}

impl Document {
    /// `watermark`: per journal the last segment that the views hold.
    pub fn new(schema: &SchemaRef, watermark: Option<&BTreeMap<String, u64>>) -> serde_json::Result<Document> {
        let column = |field: &arrow::datatypes::FieldRef| Column {
            name: field.name().clone(),
            r#type: type_name(field.data_type()),
        };
        let columns: Vec<Column> = schema.fields().iter().map(column).collect();
        let (watermark, columns) = (serde_json::to_string(&watermark)?, serde_json::to_string(&columns)?);
        let head = format!(r#"{{"watermark":{watermark},"columns":{columns},"rows":["#).into_bytes();
        Ok(Document { head, begun: false })
    }

    pub fn batch(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let mut bytes = std::mem::take(&mut self.head);
        let rows = joined_rows(batch, StructMode::ListOnly, self.begun)?;
        // the first row stands behind the bracket of the head
        bytes.extend_from_slice(if self.begun { &rows } else { rows.get(1..).unwrap_or_default() });
        self.begun |= !rows.is_empty();
        Ok(bytes)
    }

    /// What stands behind the last batch.
    pub fn end(self) -> Vec<u8> {
        [self.head, b"]}\n".to_vec()].concat()
    }
}

/// The name that PostgreSQL has for a type; of one that it has not, Arrow's.
fn type_name(of: &DataType) -> String {
    let name = match of {
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Boolean => "boolean",
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => "smallint",
        DataType::Int32 | DataType::UInt16 => "integer",
        DataType::Int64 | DataType::UInt32 => "bigint",
        DataType::UInt64 | DataType::Decimal128(..) | DataType::Decimal256(..) => "numeric",
        DataType::Float16 | DataType::Float32 => "real",
        DataType::Float64 => "double precision",
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone",
        DataType::Timestamp(_, None) => "timestamp",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Interval(_) | DataType::Duration(_) => "interval",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "bytea",
        DataType::List(item) | DataType::LargeList(item) => return format!("{}[]", type_name(item.data_type())),
        other => return other.to_string(),
    };
    name.to_owned()
}
