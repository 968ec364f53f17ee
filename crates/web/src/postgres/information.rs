//! `information_schema.columns` with the types that clients know: the engine's own names are those of Arrow, by which a
//! query builder cannot tell a time from a number.

use datafusion::arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{MemTable, TableFunctionImpl, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;
use datafusion_postgres::arrow_pg::datatypes::into_pg_type;
use datafusion_postgres::pgwire::api::Type;
use futures::FutureExt;
use query::sql::{CATALOG, SCHEMA};
use std::sync::Arc;

/// Statements that name the view read this function's rows in its place.
pub(super) const FUNCTION: &str = "postgres_columns";

struct Column {
    table: String,
    name: String,
    position: i32,
    nullable: bool,
    data_type: Type,
}

/// Registers the columns of all tables there are: which there are does not change.
pub(super) fn register(base: &SessionContext) -> Result<()> {
    let mut columns = Vec::new();
    let schema = base.catalog(CATALOG).and_then(|catalog| catalog.schema(SCHEMA));
    for table in schema.iter().flat_map(|schema| schema.table_names()) {
        // tables of Vitals are at hand; only others would have to be waited for
        let provider = schema.as_ref().and_then(|schema| schema.table(&table).now_or_never()).transpose()?.flatten();
        let fields = provider.map(|provider| provider.schema().fields().clone()).unwrap_or_default();
        columns.extend(fields.iter().zip(1..).map(|(field, position)| Column {
            table: table.clone(),
            name: field.name().clone(),
            position,
            nullable: field.is_nullable(),
            data_type: wire_type(field.data_type()),
        }));
    }
    let batch = batch(&columns)?;
    base.register_udtf(FUNCTION, Arc::new(Columns(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))));
    Ok(())
}

fn wire_type(data_type: &DataType) -> Type {
    into_pg_type(data_type).unwrap_or(Type::TEXT)
}

fn batch(columns: &[Column]) -> Result<RecordBatch> {
    let texts = |value: &dyn Fn(&Column) -> Option<&str>| {
        Arc::new(columns.iter().map(value).collect::<StringArray>()) as ArrayRef
    };
    let same = |value: &'static str| texts(&|_| Some(value));
    let (no_text, no_number) =
        (texts(&|_| None), Arc::new(Int32Array::from(vec![None::<i32>; columns.len()])) as ArrayRef);
    let positions = columns.iter().map(|column| column.position).collect::<Int32Array>();
    let precisions = columns.iter().map(|column| (column.data_type == Type::TIMESTAMPTZ).then_some(6));
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("table_catalog", same(CATALOG), true),
        ("table_schema", same(SCHEMA), true),
        ("table_name", texts(&|column| Some(&column.table)), true),
        ("column_name", texts(&|column| Some(&column.name)), true),
        ("ordinal_position", Arc::new(positions) as ArrayRef, true),
        ("column_default", no_text.clone(), true),
        ("is_nullable", texts(&|column| Some(if column.nullable { "YES" } else { "NO" })), true),
        ("data_type", texts(&|column| Some(long_name(&column.data_type))), true),
        ("character_maximum_length", no_number.clone(), true),
        ("character_octet_length", no_number.clone(), true),
        ("numeric_precision", no_number.clone(), true),
        ("numeric_precision_radix", no_number.clone(), true),
        ("numeric_scale", no_number, true),
        ("datetime_precision", Arc::new(precisions.collect::<Int32Array>()) as ArrayRef, true),
        ("interval_type", no_text.clone(), true),
        ("collation_name", no_text.clone(), true),
        ("domain_name", no_text, true),
        ("udt_catalog", same(CATALOG), true),
        ("udt_schema", same("pg_catalog"), true),
        ("udt_name", texts(&|column| Some(column.data_type.name())), true),
        ("is_identity", same("NO"), true),
        ("is_generated", same("NEVER"), true),
        ("is_updatable", same("NO"), true),
    ])?)
}

/// As the standard spells it.
fn long_name(data_type: &Type) -> &str {
    match *data_type {
        Type::INT2 => "smallint",
        Type::INT4 => "integer",
        Type::INT8 => "bigint",
        Type::FLOAT4 => "real",
        Type::FLOAT8 => "double precision",
        Type::BOOL => "boolean",
        Type::TIMESTAMP => "timestamp without time zone",
        Type::TIMESTAMPTZ => "timestamp with time zone",
        _ => data_type.name(),
    }
}

#[derive(Debug)]
struct Columns(Arc<MemTable>);

impl TableFunctionImpl for Columns {
    fn call(&self, _: &[Expr]) -> Result<Arc<dyn TableProvider>> {
        Ok(self.0.clone())
    }
}
