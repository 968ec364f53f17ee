//! Sends what a CSV file holds, in the order of its times, as if it happened now: at its own pace or a multiple of it.
//!
//! A message carries its row's time, shifted by the same span for all: the last one carries the time at which the run
//! ends. So their distances stay as they were, no message comes from the future, and what is sent faster than it happened
//! begins in the past.

mod rows;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::clock::now_us;
use crate::expect::ExpectFile;
use crate::message::{Heartbeat, Shape, rfc3339};
use crate::send::{Outcome, Sockets};
use crate::stop::Stop;
use crate::summary::Summary;
use crate::traffic::{Content, Datagram};
use rows::{Row, Rows};

/// Rows that leave together, where many are due.
const BURST: usize = 256;
const PROGRESS: Duration = Duration::from_secs(5);
/// Nanoseconds of an earlier time, in 1973, could be taken for microseconds.
const NANOSECONDS_FROM_US: i64 = 100_000_000_000_000;

/// A validated replay.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The file.
    pub file: PathBuf,
    /// `HOST:PORT`, not resolved yet.
    pub to: String,
    /// How many times as fast as it happened; `None`: as fast as possible.
    pub speed: Option<f64>,
    /// Messages carry the times of the file.
    pub keep_times: bool,
    /// Number of sockets.
    pub source_ports: usize,
    /// File of expectations.
    pub expect: Option<PathBuf>,
    /// No progress.
    pub quiet: bool,
}

/// Sends the file to its end or until a stop is requested.
///
/// # Errors
/// When the file cannot be read or holds no row, and when the file of expectations cannot be written.
pub fn replay(replay: &Replay, stop: &Stop) -> Result<Summary> {
    let rows = Rows::read(&replay.file)?;
    rows.complain(&replay.file);
    ensure!(!rows.rows.is_empty(), "no row of {} is a message", replay.file.display());
    let sockets = Sockets::open(&replay.to, replay.source_ports)?;
    let mut run = Run {
        replay,
        shift_us: shift_us(replay, &rows),
        summary: Summary::of(rows.services.iter().map(|service| service.name.clone()).collect(), rows.skipped()),
        expect: replay.expect.as_deref().map(ExpectFile::create).transpose()?,
        rows,
        sockets,
        started: Instant::now(),
        shown: Duration::ZERO,
    };
    run.announce();
    run.send_all(stop)?;
    run.summary.set_elapsed(run.started.elapsed());
    run.expect.map_or(Ok(()), ExpectFile::finish)?;
    Ok(run.summary)
}

/// What is added to every time.
fn shift_us(replay: &Replay, rows: &Rows) -> i64 {
    if replay.keep_times {
        return 0;
    }
    let length = due(replay.speed, rows.first_us(), rows.last_us());
    now_us().saturating_add(crate::clock::micros(length)).saturating_sub(rows.last_us())
}

/// When a row of this time leaves, counted from the beginning.
fn due(speed: Option<f64>, first_us: i64, time_us: i64) -> Duration {
    let happened = Duration::from_micros(time_us.saturating_sub(first_us).unsigned_abs());
    speed.map_or(Duration::ZERO, |speed| {
        Duration::try_from_secs_f64(happened.as_secs_f64() / speed).unwrap_or(Duration::MAX)
    })
}

struct Run<'a> {
    replay: &'a Replay,
    rows: Rows,
    shift_us: i64,
    sockets: Sockets,
    summary: Summary,
    expect: Option<ExpectFile>,
    started: Instant,
    /// When progress was last shown.
    shown: Duration,
}

impl Run<'_> {
    fn send_all(&mut self, stop: &Stop) -> Result<()> {
        let mut next = 0;
        while next < self.rows.rows.len() {
            let elapsed = self.started.elapsed();
            let is_due = |row: &&Row| due(self.replay.speed, self.rows.first_us(), row.time_us) <= elapsed;
            let count = self.rows.rows[next..].iter().take(BURST).take_while(is_due).count();
            let batch: Vec<Datagram> =
                self.rows.rows[next..next + count].iter().map(|row| self.datagram(row)).collect();
            self.send(batch)?;
            next += count;
            self.show_progress(next);
            let wait = self.rows.rows.get(next).map_or(elapsed, |row| self.due(row));
            if stop.requested_by(self.started.checked_add(wait).context("--speed is too low for this file")?) {
                break;
            }
        }
        Ok(())
    }

    fn due(&self, row: &Row) -> Duration {
        due(self.replay.speed, self.rows.first_us(), row.time_us)
    }

    fn datagram(&self, row: &Row) -> Datagram {
        let time_us = row.time_us.saturating_add(self.shift_us);
        let heartbeat = Heartbeat { service: row.service, time_us, reading: row.reading, instance: None };
        let shape = if time_us < NANOSECONDS_FROM_US { Shape::Rfc3339 } else { Shape::Plain };
        let bytes = shape.datagram(&self.rows.services[row.service].in_json, &heartbeat);
        let content = Content::Valid(heartbeat);
        Datagram { service: row.service, bytes, content, copy: false, late: false, held: false }
    }

    fn send(&mut self, batch: Vec<Datagram>) -> Result<()> {
        let failed_before = self.summary.send_errors();
        let Outcome { sent, error } = self.sockets.send(&batch);
        for (datagram, sent) in batch.into_iter().zip(sent) {
            if !sent {
                self.summary.record_error();
                continue;
            }
            self.summary.record(&datagram);
            if let (Some(expect), Content::Valid(heartbeat)) = (&mut self.expect, &datagram.content) {
                expect.record(&self.rows.services[heartbeat.service].name, heartbeat)?;
            }
        }
        if let Some(error) = error.filter(|_| !self.replay.quiet && failed_before == 0) {
            eprintln!("sending to {} fails: {error}; counted, going on", self.sockets.to());
        }
        Ok(())
    }

    fn announce(&self) {
        if self.replay.quiet {
            return;
        }
        let (rows, services) = (self.rows.rows.len(), self.rows.services.len());
        let [first, last] =
            [self.rows.first_us(), self.rows.last_us()].map(|at| rfc3339(at.saturating_add(self.shift_us)));
        let pace = match self.replay.speed {
            Some(speed) => format!("at {speed} times their pace, in {:.0} s", self.due_last().as_secs_f64()),
            None => "as fast as possible".to_owned(),
        };
        let to = self.sockets.to();
        eprintln!("sending to {to}: {rows} messages of {services} services, times from {first} to {last}, {pace}");
    }

    fn due_last(&self) -> Duration {
        due(self.replay.speed, self.rows.first_us(), self.rows.last_us())
    }

    fn show_progress(&mut self, next: usize) {
        let elapsed = self.started.elapsed();
        if self.replay.quiet || elapsed < self.shown + PROGRESS {
            return;
        }
        self.shown = elapsed;
        let (rows, errors) = (self.rows.rows.len(), self.summary.send_errors());
        eprintln!("{:.0} s: {next} of {rows}, {errors} failed", elapsed.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_at_a_multiple_of_their_pace() {
        let check = |speed, expect| assert_eq!(due(speed, 1_000_000, 121_000_000), expect, "{speed:?}");
        check(Some(60.0), Duration::from_secs(2));
        check(Some(0.5), Duration::from_secs(240));
        check(None, Duration::ZERO);
        assert_eq!(due(Some(1e-300), 0, i64::MAX), Duration::MAX);
    }
}
