//! `vitals sql`: one statement, and its rows as they come.

use crate::arguments::{Format, Statement};
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render::{self, Align};
use crate::source::Source;
use crate::statement::Answer;
use crate::work::block_on;
use anyhow::Context;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::json::writer::{LineDelimited, WriterBuilder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::io::{self, Write};
use std::path::Path;
use web::formats::Encoder;

pub(super) fn run(arguments: &Statement, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let text = text(arguments)?;
    block_on(async {
        let source = Source::open(server, config).await?;
        let mut answer = source.sql(&text, config).await?;
        match arguments.format {
            Format::Json => encoded(Encoder::document(&answer.schema, answer.watermark.as_ref())?, &mut answer).await?,
            Format::Csv => encoded(Encoder::csv(&answer.schema), &mut answer).await?,
            Format::Ndjson => {
                while let Some(batch) = answer.next().await?
                    && print(&objects(&batch)?)?
                {}
            }
            Format::Table => render::print(&table(&mut answer).await?)?,
        }
        Ok(Exit::Fine)
    })
}

/// The statement, from where the arguments say.
fn text(arguments: &Statement) -> anyhow::Result<String> {
    let standard_input = || io::read_to_string(io::stdin()).context("cannot read the statement from standard input");
    match (arguments.statement.as_deref(), arguments.file.as_deref()) {
        (Some("-"), _) => standard_input(),
        (_, Some(path)) if path == Path::new("-") => standard_input(),
        (Some(text), _) => Ok(text.to_owned()),
        (None, Some(path)) => {
            std::fs::read_to_string(path).with_context(|| format!("cannot read the statement in {}", path.display()))
        }
        (None, None) => Err(Ending::usage("there is no statement; try vitals sql 'SELECT * FROM services'").into()),
    }
}

async fn encoded(mut encoder: Encoder, answer: &mut Answer) -> anyhow::Result<()> {
    while let Some(batch) = answer.next().await? {
        if !print(&encoder.batch(&batch)?)? {
            return Ok(());
        }
    }
    print(&encoder.end()?).map(drop)
}

/// False once nobody reads any more, as behind `head`.
fn print(bytes: &[u8]) -> anyhow::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        printed => Ok(printed.map(|()| true)?),
    }
}

/// One object a line, by the names of the columns.
fn objects(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}

/// As wide as its widest cells, so it is made of all rows at once.
async fn table(answer: &mut Answer) -> anyhow::Result<String> {
    let schema = answer.schema.clone();
    let columns: Vec<(&str, Align)> = columns(&schema);
    let mut rows = Vec::new();
    while let Some(batch) = answer.next().await? {
        cells(&batch, &mut rows)?;
    }
    Ok(if rows.is_empty() { "no rows\n".to_owned() } else { render::table(&columns, rows) })
}

fn columns(schema: &Schema) -> Vec<(&str, Align)> {
    let side = |is_number| if is_number { Align::Right } else { Align::Left };
    schema.fields().iter().map(|field| (field.name().as_str(), side(field.data_type().is_numeric()))).collect()
}

fn cells(batch: &RecordBatch, rows: &mut Vec<Vec<String>>) -> Result<(), ArrowError> {
    let options = FormatOptions::new().with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f"));
    let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        let cells = columns.iter().map(|column| column.value(row).try_to_string());
        rows.push(cells.collect::<Result<_, _>>()?);
    }
    Ok(())
}
