//! Cron expressions in a time zone: the only place that knows the cron library.
//!
//! Clock changes follow Vixie cron. A job at one fixed time of day runs once a day: at the first instant after the gap
//! when its time does not exist, at the first of the two when it exists twice. A job with several times of day follows
//! the wall clock: times that do not exist are left out, times that exist twice run twice.

use crate::Error;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Year};
use model::Time;
use std::fmt;

const SHORTHANDS: [&str; 6] = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually"];
const FIELDS: [&str; 6] =
    ["second (0-59)", "minute (0-59)", "hour (0-23)", "day of month (1-31)", "month (1-12)", "day of week (0-7)"];

/// The times at which a job is due. Displayed as the expression it was written as.
#[derive(Clone, Debug)]
pub struct Schedule {
    expression: String,
    cron: Cron,
    zone: Tz,
}

impl Schedule {
    /// `expression` has five fields, or six with seconds first, or is a shorthand such as `@hourly`; `zone` is `UTC` or
    /// an IANA name, and the expression speaks of that zone's wall clock.
    ///
    /// # Errors
    /// [`Error::Schedule`] also when no calendar day ever fits (30 February), [`Error::Zone`] for an unknown zone.
    pub fn parse(expression: &str, zone: &str) -> Result<Schedule, Error> {
        let tz: Tz = zone.parse().map_err(|_| Error::Zone { zone: zone.to_owned() })?;
        let refuse = |reason| Error::Schedule { expression: expression.to_owned(), reason };
        let cron = parse_cron(expression.trim()).map_err(refuse)?;
        let schedule = Schedule { expression: expression.trim().to_owned(), cron, zone: tz };
        // The calendar repeats every 400 years, so what is never due from 1970 on is never due.
        match schedule.next_after(Time::from_micros(0)) {
            Some(_) => Ok(schedule),
            None => Err(refuse("no calendar day ever fits it".to_owned())),
        }
    }

    /// The first due time strictly later than `time`; `None` only where the calendar ends (the year 5000).
    pub fn next_after(&self, time: Time) -> Option<Time> {
        let local = time.to_chrono().with_timezone(&self.zone);
        let next: DateTime<Tz> = self.cron.find_next_occurrence(&local, false).ok()?;
        Some(Time::from_chrono(next.with_timezone(&Utc)))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression)
    }
}

fn parse_cron(expression: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().year(Year::Disallowed).build();
    if expression.starts_with('@') {
        let known = SHORTHANDS.iter().any(|shorthand| shorthand.eq_ignore_ascii_case(expression));
        if !known {
            return Err(format!("the shorthands are {}", SHORTHANDS.join(", ")));
        }
    } else {
        check_fields(&parser, expression)?;
    }
    parser.parse(expression).map_err(|error| plain(&error))
}

/// Parses each field alone, so that the complaint names the field at fault; the library's own does not.
fn check_fields(parser: &CronParser, expression: &str) -> Result<(), String> {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let names = match fields.len() {
        5 => &FIELDS[1..],
        6 => &FIELDS[..],
        1 => return Err("it has 1 field instead of 5 or 6".to_owned()),
        count => return Err(format!("it has {count} fields instead of 5 or 6")),
    };
    for (position, (field, name)) in fields.iter().zip(names).enumerate() {
        // the library takes it for a field that nothing ever fits, and looks for minutes on end
        if field.split(',').any(str::is_empty) {
            return Err(format!("{field:?} is no {name}: an item of the list is empty"));
        }
        let mut alone = vec!["*"; fields.len()];
        alone[position] = field;
        parser.parse(&alone.join(" ")).map_err(|error| format!("{field:?} is no {name}: {}", plain(&error)))?;
    }
    Ok(())
}

/// The library's message in the house's form: lower case, no full stop, without its repeated preamble.
fn plain(error: &CronError) -> String {
    let text = match error {
        CronError::ComponentError(text) | CronError::InvalidPattern(text) => text.clone(),
        CronError::IllegalCharacters(_) => "it contains a character that has no meaning there".to_owned(),
        other => other.to_string(),
    };
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
