//! Answers as text: columns for people, CSV and JSON for programs. Only text is made here; [`print`] lets it out.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use model::{Granularity, Time};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// On which side a column's cells stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    /// For numbers, so that their digits stand below each other.
    Right,
}

/// A table without lines: a header, and the rows below it.
pub(crate) fn table(columns: &[(&str, Align)], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(name, _)| *name)).add_rows(rows);
    for (column, (_, align)) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        column.set_cell_alignment(match align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Columns as CSV with a header, as HTTP answers them.
pub(crate) fn tabular(batch: &web::formats::RecordBatch) -> anyhow::Result<String> {
    Ok(String::from_utf8(web::formats::csv(batch)?)?)
}

/// Comma-separated values with a header, by RFC 4180 but for the line end.
pub(crate) fn csv(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = String::new();
    record(&mut text, header.iter().copied());
    for row in rows {
        record(&mut text, row.iter().map(String::as_str));
    }
    text
}

fn record<'a>(text: &mut String, fields: impl Iterator<Item = &'a str>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if field.contains(['"', ',', '\n', '\r']) {
            write!(text, "\"{}\"", field.replace('"', "\"\"")).expect("writing to a string does not fail");
        } else {
            text.push_str(field);
        }
    }
    text.push('\n');
}

/// One document on one line.
pub(crate) fn json(document: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(document).map(|text| text + "\n")
}

/// One object a line.
pub(crate) fn ndjson<T: Serialize>(rows: impl IntoIterator<Item = T>) -> serde_json::Result<String> {
    rows.into_iter().map(|row| json(&row)).collect()
}

/// Prints to standard output. A reader that has seen enough, such as `head`, is no error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// A share from 0 to 1 as `37.1%`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time to the second, in UTC: `2026-11-21 12:56:07`.
pub(crate) fn short_time(time: Time) -> String {
    time.to_chrono().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A bucket by the part of its time that says which one it is: `2026-11` for a month.
pub(crate) fn bucket(start: Time, granularity: Granularity) -> String {
    let form = match granularity {
        Granularity::Minute | Granularity::Hour => "%Y-%m-%d %H:%M",
        Granularity::Day => "%Y-%m-%d",
        Granularity::Month => "%Y-%m",
        Granularity::Year => "%Y",
    };
    start.to_chrono().format(form).to_string()
}

#[cfg(test)]
mod tests;
