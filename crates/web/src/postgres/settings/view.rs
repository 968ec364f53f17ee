//! `pg_settings`: the settings of the connection that asks.

use super::Settings;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};
use datafusion::catalog::{MemTable, TableFunctionImpl, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::Expr;
use std::sync::Arc;

/// Statements that name the view read this function's rows in its place.
pub(in crate::postgres) const FUNCTION: &str = "postgres_settings";

#[derive(Debug)]
pub(in crate::postgres) struct View(pub(in crate::postgres) Settings);

impl TableFunctionImpl for View {
    fn call(&self, _: &[Expr]) -> Result<Arc<dyn TableProvider>> {
        let batch = self.batch()?;
        Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
    }
}

impl View {
    fn batch(&self) -> Result<RecordBatch> {
        let rows: Vec<_> = self.0.rows().collect();
        let texts = |value: &dyn Fn(usize) -> Option<String>| {
            Arc::new((0..rows.len()).map(value).collect::<StringArray>()) as ArrayRef
        };
        let same = |value: &str| texts(&|_| Some(value.to_owned()));
        let none = texts(&|_| None);
        let default = texts(&|row| Some(rows[row].2.to_owned()));
        let changed = |row: usize| if rows[row].1 == rows[row].2 { "default" } else { "session" };
        Ok(RecordBatch::try_from_iter_with_nullable([
            ("name", texts(&|row| Some(rows[row].0.to_owned())), true),
            ("setting", texts(&|row| Some(rows[row].1.clone())), true),
            ("unit", none.clone(), true),
            ("category", same("Vitals"), true),
            ("short_desc", same(""), true),
            ("extra_desc", none.clone(), true),
            ("context", same("user"), true),
            ("vartype", same("string"), true),
            ("source", texts(&|row| Some(changed(row).to_owned())), true),
            ("min_val", none.clone(), true),
            ("max_val", none.clone(), true),
            ("enumvals", none.clone(), true),
            ("boot_val", default.clone(), true),
            ("reset_val", default, true),
            ("sourcefile", none, true),
            ("sourceline", Arc::new(Int32Array::from(vec![None; rows.len()])) as ArrayRef, true),
            ("pending_restart", Arc::new(BooleanArray::from(vec![false; rows.len()])) as ArrayRef, true),
        ])?)
    }
}
