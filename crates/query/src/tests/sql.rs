//! SQL against answers and against plain folds of what was appended.

mod documented;
mod growth;
mod meaning;
mod merged;
mod moment;
mod pushdown;
mod refused;

use super::*;
use crate::sql::{self, List, Options, Rows, Sql};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt;

/// A list as another room would give it.
fn jobs() -> List {
    let schema = columns::services_schema();
    let read = Arc::new({
        let schema = schema.clone();
        move || Ok(RecordBatch::new_empty(schema.clone()))
    });
    List { name: "jobs", schema, read }
}

impl House {
    fn sql(&self) -> Arc<Sql> {
        self.sql_within(|_| {})
    }

    fn sql_within(&self, change: impl FnOnce(&mut Options)) -> Arc<Sql> {
        let mut options = Options {
            memory_bytes: 64 << 20,
            spill_bytes: 64 << 20,
            spill: self.store.folder.state().join("tmp"),
            threads: 2,
            timeout: Duration::from_secs(60),
            wait: Duration::from_secs(60),
        };
        change(&mut options);
        Sql::new(self.store.clone(), options, vec![jobs()]).expect("starts")
    }
}

async fn whole(rows: Rows) -> Result<RecordBatch, sql::Error> {
    let schema = rows.schema.clone();
    let batches: Vec<RecordBatch> = rows.try_collect().await?;
    Ok(concat_batches(&schema, &batches).expect("one schema"))
}

/// All rows of a statement as one batch.
async fn rows(sql: &Sql, text: &str) -> RecordBatch {
    let rows = sql.run(text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    whole(rows).await.unwrap_or_else(|error| panic!("{text}: {error}"))
}

async fn refusal(sql: &Sql, text: &str) -> sql::Error {
    match sql.run(text).await {
        Err(error) => error,
        Ok(rows) => whole(rows).await.expect_err(text),
    }
}

/// As people see it.
async fn shown(sql: &Sql, text: &str) -> String {
    pretty_format_batches(&[rows(sql, text).await]).expect("text").to_string()
}

/// The cells of the rows, as text.
async fn cells(sql: &Sql, text: &str) -> Vec<Vec<String>> {
    let batch = rows(sql, text).await;
    let cell =
        |row, column: &arrow::array::ArrayRef| arrow::util::display::array_value_to_string(column, row).expect("text");
    (0..batch.num_rows()).map(|row| batch.columns().iter().map(|column| cell(row, column)).collect()).collect()
}
