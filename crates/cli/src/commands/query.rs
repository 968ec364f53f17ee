//! `vitals query`.

use crate::arguments::{Format, Layer, Query};
use crate::commands::plot;
use crate::config::Config;
use crate::exit::{Ending, Exit};
use crate::render::{self, Align};
use crate::source::Source;
use crate::work::block_on;
use model::{Clock, Granularity, SystemClock};
use query::answer::{Explain, Row};
use query::{Answer, Question, columns};
use std::fmt::Write as _;

pub(super) fn run(arguments: &Query, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    if arguments.plot.is_some() {
        return plot::run(arguments, server, config);
    }
    let (format, asked) = (arguments.format, arguments.every);
    let question = question(arguments, config)?;
    let answer = block_on(async { Source::open(server, config).await?.query(question).await })?;
    render::print(&rendered(&answer, format, answer.every.or(asked))?)?;
    if format != Format::Json {
        notes(&answer);
    }
    Ok(Exit::Fine)
}

pub(super) fn question(arguments: &Query, config: &Config) -> anyhow::Result<Question> {
    let range = arguments.range.resolve_or_usual(SystemClock.now()).map_err(Ending::usage)?;
    let layer = match arguments.layer {
        Layer::Merged => query::Layer::Merged,
        Layer::Batch => query::Layer::Batch,
        Layer::Realtime => query::Layer::Realtime,
    };
    Ok(Question {
        range,
        services: arguments.service.clone(),
        every: arguments.every,
        layer,
        wait: config.query.wait.get(),
        allow_behind: arguments.allow_behind,
        explain: arguments.explain,
    })
}

fn rendered(answer: &Answer, format: Format, every: Option<Granularity>) -> anyhow::Result<String> {
    Ok(match format {
        Format::Json => render::json(answer)?,
        Format::Ndjson => render::ndjson(&answer.rows)?,
        Format::Csv => render::tabular(&columns::rows(&answer.rows, every.is_some())?)?,
        Format::Table => table(&answer.rows, every),
    })
}

/// What a reader of rows alone would miss, on standard error.
pub(super) fn notes(answer: &Answer) {
    for warning in &answer.warnings {
        eprintln!("vitals: warning: {warning}");
    }
    if let Some(explain) = &answer.explain {
        eprint!("{}", explained(explain));
    }
}

fn explained(explain: &Explain) -> String {
    let mut text = String::new();
    for piece in &explain.plan {
        writeln!(text, "{:>6}  {} to {}", piece.granularity, piece.span.from, piece.span.to).expect("text");
    }
    let cells: Vec<String> = explain.view_cells.iter().map(|(of, count)| format!("{count} {of}")).collect();
    let cells = if cells.is_empty() { "none".to_owned() } else { cells.join(", ") };
    let (realtime, raw) = (explain.realtime_cells, explain.raw_rows);
    writeln!(text, "read: view cells {cells}; realtime cells {realtime}; raw messages {raw}").expect("text");
    text
}

/// One table for all three series: a row per service and series would hide what belongs together.
pub(crate) fn table(rows: &[Row], every: Option<Granularity>) -> String {
    if rows.is_empty() {
        return "no messages in this range\n".to_owned();
    }
    let mut columns = vec![("service", Align::Left)];
    columns.extend(every.map(|every| (every.name(), Align::Left)));
    columns.push(("messages", Align::Right));
    for names in [["cpu", "min", "peak", "at"], ["ram", "min", "peak", "at"], ["disk", "min", "peak", "at"]] {
        let align = |name: &&'static str| if *name == "at" { Align::Left } else { Align::Right };
        columns.extend(names.iter().map(|name| (*name, align(name))));
    }
    render::table(&columns, rows.iter().map(|row| line(row, every)))
}

fn line(row: &Row, every: Option<Granularity>) -> Vec<String> {
    let mut cells = vec![row.service.clone()];
    cells.extend(row.bucket.zip(every).map(|(bucket, every)| render::bucket(bucket, every)));
    cells.push(render::count(row.count));
    for series in [row.cpu, row.ram, row.disk] {
        cells.extend([series.avg, series.min, series.max].map(render::percent));
        cells.push(render::short_time(series.max_at));
    }
    cells
}
