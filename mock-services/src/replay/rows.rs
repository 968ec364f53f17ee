//! The rows of a CSV file: `service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk`, with or without a header that
//! names them in any order; times as numbers of s, ms, µs or ns since 1970 or as text, in UTC unless it says otherwise.
//!
//! Values are taken as they are, whatever a receiver may say of them; only what is no row at all is left out, by its line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, NaiveDateTime};

use crate::fleet::{Capacity, Reading};

const COLUMNS: [&str; 7] = ["service", "timestamp", "cpu", "total_ram", "free_ram", "total_disk", "free_disk"];
/// Lines that are complained of one by one.
const TOLD_MAX: usize = 10;

/// A message as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Index of the service.
    pub(super) service: usize,
    pub(super) time_us: i64,
    pub(super) reading: Reading,
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: String,
    /// The name between the quotes of a JSON text.
    pub(super) in_json: String,
}

/// A file, ordered by time; rows of the same time stay in its order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) services: Vec<Service>,
    /// Lines that are no rows, with the reason.
    bad: Vec<(usize, String)>,
}

impl Rows {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        ensure!(!path.is_dir(), "--replay {name} is a folder; name a CSV file");
        let file = File::open(path).with_context(|| format!("cannot read --replay {name}"))?;
        let (mut rows, mut known) = (Self::default(), HashMap::new());
        let mut layout = Layout { places: [0, 1, 2, 3, 4, 5, 6], width: COLUMNS.len() };
        for (index, line) in BufReader::new(file).split(b'\n').enumerate() {
            let line = line.with_context(|| format!("cannot read --replay {name}"))?;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() {
                continue;
            }
            let fields = fields(text);
            if rows.rows.is_empty()
                && rows.bad.is_empty()
                && let Some(header) = header(&fields)
            {
                layout = header;
                continue;
            }
            match row(&fields, &layout, |name| rows.services_index(name, &mut known)) {
                Ok(row) => rows.rows.push(row),
                Err(error) => rows.bad.push((index + 1, format!("{error:#}"))),
            }
        }
        rows.rows.sort_by_key(|row| row.time_us);
        Ok(rows)
    }

    fn services_index(&mut self, name: &str, known: &mut HashMap<String, usize>) -> usize {
        if let Some(index) = known.get(name) {
            return *index;
        }
        let quoted = serde_json::Value::from(name).to_string();
        let in_json = quoted[1..quoted.len() - 1].to_owned();
        self.services.push(Service { name: name.to_owned(), in_json });
        known.insert(name.to_owned(), self.services.len() - 1);
        self.services.len() - 1
    }

    pub(super) fn first_us(&self) -> i64 {
        self.rows.first().map_or(0, |row| row.time_us)
    }

    pub(super) fn last_us(&self) -> i64 {
        self.rows.last().map_or(0, |row| row.time_us)
    }

    pub(super) fn skipped(&self) -> u64 {
        self.bad.len() as u64
    }

    /// Says on standard error which lines are left out, and why.
    pub(super) fn complain(&self, path: &Path) {
        for (line, problem) in self.bad.iter().take(TOLD_MAX) {
            eprintln!("{} line {line}: {problem}; left out", path.display());
        }
        if self.bad.len() > TOLD_MAX {
            eprintln!("{} more lines are left out", self.bad.len() - TOLD_MAX);
        }
    }
}

/// The fields of a line, unquoted.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

/// Where each of `COLUMNS` stands in a line, and how many fields a line has.
struct Layout {
    places: [usize; 7],
    width: usize,
}

fn header(fields: &[String]) -> Option<Layout> {
    let place = |name: &&str| fields.iter().position(|field| field.eq_ignore_ascii_case(name));
    let places: Vec<usize> = COLUMNS.iter().map(place).collect::<Option<_>>()?;
    Some(Layout { places: places.try_into().ok()?, width: fields.len() })
}

fn row(fields: &[String], Layout { places, width }: &Layout, index: impl FnOnce(&str) -> usize) -> Result<Row> {
    let has = fields.len();
    ensure!(has == *width, "it has {has} fields, not the {width} of {}", COLUMNS.join(","));
    let number = |column: usize| {
        let text = &fields[places[column]];
        let number: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.with_context(|| format!("{} {text:?} is no number", COLUMNS[column]))
    };
    let name = &fields[places[0]];
    ensure!(!name.is_empty(), "it names no service");
    let reading = Reading {
        cpu: number(2)?,
        ram: Capacity { total: number(3)?, free: number(4)? },
        disk: Capacity { total: number(5)?, free: number(6)? },
    };
    let time_us = time_us(&fields[places[1]])?;
    Ok(Row { service: index(name), time_us, reading })
}

/// Microseconds since 1970; a number's unit is told by its size.
fn time_us(text: &str) -> Result<i64> {
    if let Ok(number) = text.parse::<i128>() {
        let micros = match number.unsigned_abs() {
            0..100_000_000_000 => number * 1_000_000,
            100_000_000_000..100_000_000_000_000 => number * 1_000,
            100_000_000_000_000..100_000_000_000_000_000 => number,
            _ => number.div_euclid(1_000),
        };
        return in_calendar(micros, text);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        let scale = match seconds.abs() {
            size if size < 1e11 => 1e6,
            size if size < 1e14 => 1e3,
            size if size < 1e17 => 1.0,
            _ => 1e-3,
        };
        return in_calendar((seconds * scale).round() as i128, text);
    }
    let bare = || NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f").ok();
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_micros()).ok();
    match time.or_else(|| bare().map(|time| time.and_utc().timestamp_micros())) {
        Some(micros) => Ok(micros),
        None => bail!("timestamp {text:?} is no time; write seconds since 1970, or 2026-11-21T08:00:00Z"),
    }
}

fn in_calendar(micros: i128, text: &str) -> Result<i64> {
    let micros = i64::try_from(micros).ok().filter(|micros| DateTime::from_timestamp_micros(*micros).is_some());
    micros.with_context(|| format!("timestamp {text:?} is in no calendar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Rows {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.csv");
        std::fs::write(&path, text).unwrap();
        Rows::read(&path).unwrap()
    }

    #[test]
    fn rows_are_ordered_by_time_whatever_order_lines_and_columns_have() {
        let plain = read("b,1640995260,0.5,16,8,512,256\r\n\n\"a, \"\"x\"\"\",1640995200.5,.25,16,4,512,128\n");
        let row = |at: usize| (plain.services[plain.rows[at].service].name.as_str(), plain.rows[at].time_us);
        assert_eq!([row(0), row(1)], [("a, \"x\"", 1_640_995_200_500_000), ("b", 1_640_995_260_000_000)]);
        assert_eq!(plain.services[1].in_json, "a, \\\"x\\\"");
        let named =
            read("\u{feff}Timestamp,CPU,service,free_disk,free_ram,total_ram,total_disk,note\n1,2,s,3,4,5,6,x\n");
        let reading =
            Reading { cpu: 2.0, ram: Capacity { total: 5.0, free: 4.0 }, disk: Capacity { total: 6.0, free: 3.0 } };
        assert_eq!(named.rows, [Row { service: 0, time_us: 1_000_000, reading }]);
    }

    #[test]
    fn times_in_every_form() {
        let check = |text: &str, expect| assert_eq!(time_us(text).unwrap(), expect, "{text}");
        check("1640995200", 1_640_995_200_000_000);
        check("1640995200000", 1_640_995_200_000_000);
        check("1640995200000001", 1_640_995_200_000_001);
        check("1640995200000001999", 1_640_995_200_000_001);
        check("1640995200.25", 1_640_995_200_250_000);
        check("1.640995200e9", 1_640_995_200_000_000);
        check("2022-01-01T00:00:00Z", 1_640_995_200_000_000);
        check("2022-01-01 00:00:00", 1_640_995_200_000_000);
        check("2022-01-01T01:00:00.5+01:00", 1_640_995_200_500_000);
    }

    #[test]
    fn what_is_no_row_is_left_out_with_its_line() {
        let rows =
            read("a,1,0.5,16,8,512,256\na,1,x,16,8,512,256\nb,noon,1,1,1,1,1\nb,1\n,1,1,1,1,1,1\na,1,NaN,1,1,1,1\n");
        assert_eq!((rows.rows.len(), rows.services.len(), rows.skipped()), (1, 1, 5));
        let bad: Vec<String> = rows.bad.iter().map(|(line, problem)| format!("{line} {problem}")).collect();
        for (bad, words) in bad.iter().zip([
            "2 cpu \"x\" is no number",
            "3 timestamp \"noon\" is no time",
            "4 it has 2 fields",
            "5 it names no service",
            "6 cpu \"NaN\"",
        ]) {
            assert!(bad.starts_with(words), "{bad}");
        }
    }
}
