//! The command line, and the plan of a run that follows from it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::DateTime;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, ValueEnum};

use crate::clock::{Beat, Clock, Pace, micros};
use crate::incident::{Incident, Target};
use crate::message::{Shape, rfc3339};
use crate::replay::Replay;
use crate::span;

/// A seeded fleet of mock services that send health messages over UDP.
///
/// Services are named service-1 to service-N and take turns, spread evenly over each round. The same seed, options
/// and --start give the same bytes in the same order. At the end one line of JSON on standard output says what was
/// sent; everything else goes to standard error.
#[derive(Debug, Parser)]
#[command(name = "mock-services", version)]
pub struct Arguments {
    /// Where to send, HOST:PORT
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3500")]
    to: String,

    /// How many services
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    services: u32,

    /// A round: each service sends once in this time
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = span::parse_positive)]
    every: Duration,

    /// Seed of everything random
    #[arg(long, default_value_t = 7)]
    seed: u64,

    /// Send this many messages a second in total, whatever --every says; 0 is as fast as possible
    #[arg(long, value_name = "N")]
    rate: Option<u64>,

    /// End after this many datagrams
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = span::parse_positive)]
    length: Option<Duration>,

    /// Time of the first message, RFC 3339; later ones follow by --time-step a round, however fast they are sent.
    ///
    /// Without it messages carry the machine's clock, except where --time-step, or --rate with --count, spreads
    /// them: then the last of --count messages, or else the first message, carries the time of the program's start
    #[arg(long, value_name = "TIME", value_parser = first_time)]
    start: Option<i64>,

    /// Message time from round to round, where it is counted [default: as --every]
    #[arg(long, value_name = "TIME", value_parser = span::parse_positive)]
    time_step: Option<Duration>,

    /// How messages are written: `plain`, one of the other names, or `mixed` for all of them in turn
    #[arg(long, value_name = "SHAPE", default_value = "plain", value_parser = wording)]
    shape: Wording,

    /// Trouble, KIND:SERVICE@+START/DURATION, counted on the messages' clock; repeatable
    ///
    /// Kinds: cpu-spike, silence, malformed, duplicate, reorder. SERVICE is a name or `*`. Example:
    /// cpu-spike:service-3@+30s/20s
    #[arg(long = "incident", value_name = "SPEC")]
    incidents: Vec<Incident>,

    /// Share of messages, 0 to 1, that carry an older time than their turn
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    late: f64,

    /// How far late messages lie back at most, evenly spread
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = span::parse_positive)]
    late_by: Duration,

    /// Send from this many ports; each service keeps to one
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=512))]
    source_ports: u16,

    /// Ask for an answer to every valid message, and send it again until there is one, for up to nine minutes.
    ///
    /// The sender's name in the messages is new in each run, whatever the seed
    #[arg(long)]
    reliable: bool,

    /// Write every valid message sent to this file, a line of JSON each
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,

    /// Send the rows of this CSV file instead of a fleet's messages, in the order of their times.
    ///
    /// Columns: service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk, or as a header names them. Times are
    /// shifted so that the last row carries the end of the run and all keep their distances
    #[arg(long, value_name = "FILE", help_heading = "Replay", conflicts_with_all = [
        "services", "every", "seed", "rate", "count", "length", "start", "time_step",
        "shape", "incidents", "late", "late_by", "reliable",
    ])]
    replay: Option<PathBuf>,

    /// So many times as fast as it happened; max or 0: as fast as possible
    #[arg(long, value_name = "N", default_value = "1", requires = "replay", value_parser = speed, allow_negative_numbers = true, help_heading = "Replay")]
    speed: Speed,

    /// Send the file's own times
    #[arg(long, requires = "replay", help_heading = "Replay")]
    keep_times: bool,

    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

/// How many times as fast as it happened a file is replayed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Speed {
    Max,
    Times(f64),
}

/// Which shapes messages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// Always the same.
    One(Shape),
    /// All in turn.
    Mixed,
}

/// How many messages carry older times, and how old.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lateness {
    /// Share of all messages, 0 to 1.
    pub share: f64,
    /// The most they lie back.
    pub by: Duration,
}

/// A validated run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `HOST:PORT`, not resolved yet.
    pub to: String,
    /// Number of services.
    pub services: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// When slots are filled.
    pub pace: Pace,
    /// What time messages carry.
    pub clock: Clock,
    /// Datagrams after which to end.
    pub count: Option<u64>,
    /// Time after which to end.
    pub length: Option<Duration>,
    /// Shapes.
    pub wording: Wording,
    /// Trouble.
    pub incidents: Vec<Incident>,
    /// Late messages, if any.
    pub lateness: Option<Lateness>,
    /// Number of sockets.
    pub source_ports: usize,
    /// Whether messages are sent until they are answered.
    pub reliable: bool,
    /// File of expectations.
    pub expect: Option<PathBuf>,
    /// No progress.
    pub quiet: bool,
}

impl Arguments {
    /// What follows from the arguments when the program starts at `now_us`.
    ///
    /// # Errors
    /// When an incident is meant for a service that is not in the fleet.
    pub fn plan(self, now_us: i64) -> Result<Plan, clap::Error> {
        self.check_targets()?;
        Ok(Plan {
            pace: self.pace(),
            clock: self.clock(now_us),
            services: self.services as usize,
            seed: self.seed,
            count: self.count,
            length: self.length,
            wording: self.shape,
            incidents: self.incidents,
            lateness: (self.late > 0.0).then_some(Lateness { share: self.late, by: self.late_by }),
            source_ports: self.source_ports.into(),
            reliable: self.reliable,
            expect: self.expect,
            quiet: self.quiet,
            to: self.to,
        })
    }

    /// The replay that was asked for instead of a fleet.
    #[must_use]
    pub fn replay(&self) -> Option<Replay> {
        Some(Replay {
            file: self.replay.clone()?,
            to: self.to.clone(),
            speed: match self.speed {
                Speed::Max => None,
                Speed::Times(times) => Some(times),
            },
            keep_times: self.keep_times,
            source_ports: self.source_ports.into(),
            expect: self.expect.clone(),
            quiet: self.quiet,
        })
    }

    fn check_targets(&self) -> Result<(), clap::Error> {
        let services = self.services;
        for incident in &self.incidents {
            if let Target::Service(index) = incident.target
                && index >= services as usize
            {
                let message = format!("no service-{} in a fleet of service-1 to service-{services}", index + 1);
                return Err(Self::command().error(ErrorKind::ValueValidation, message));
            }
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        match self.rate {
            None => Pace::Beat(Beat::new(self.every, self.services.into())),
            Some(0) => Pace::Unpaced,
            Some(rate) => Pace::Beat(Beat::new(Duration::from_secs(1), rate)),
        }
    }

    fn clock(&self, now_us: i64) -> Clock {
        let is_load = self.rate.is_some() && self.count.is_some();
        if self.start.is_none() && self.time_step.is_none() && !is_load {
            return Clock::Wall;
        }
        let beat = Beat::new(self.time_step.unwrap_or(self.every), self.services.into());
        let run_us = self.count.map_or(0, |count| micros(beat.at(count - 1)));
        Clock::Counted { start_us: self.start.unwrap_or(now_us - run_us), beat }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} services, seed {}", self.services, self.seed)?;
        match self.pace {
            Pace::Unpaced => write!(f, ", as fast as possible")?,
            Pace::Beat(beat) => write!(f, ", {} messages a second", beat.per_second())?,
        }
        if let Some(count) = self.count {
            write!(f, ", {count} messages")?;
        }
        if self.reliable {
            write!(f, ", each until it is answered")?;
        }
        if let Clock::Counted { start_us, .. } = self.clock {
            write!(f, ", times from {}", rfc3339(start_us))?;
        }
        Ok(())
    }
}

fn wording(text: &str) -> Result<Wording> {
    if text == "mixed" {
        return Ok(Wording::Mixed);
    }
    let names: Vec<_> = Shape::value_variants().iter().filter_map(Shape::to_possible_value).collect();
    let names: Vec<_> = names.iter().map(|value| value.get_name()).collect();
    let known = Shape::from_str(text, false).map(Wording::One);
    known.map_err(|_| anyhow::anyhow!("there are mixed, {}", names.join(", ")))
}

fn speed(text: &str) -> Result<Speed> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times: f64 = text.parse().map_err(|_| anyhow::anyhow!("write a number such as 60, or max"))?;
    ensure!(times.is_finite() && times >= 0.0, "a speed is above 0, or max");
    Ok(if times == 0.0 { Speed::Max } else { Speed::Times(times) })
}

fn share(text: &str) -> Result<f64> {
    let share: f64 = text.parse()?;
    ensure!((0.0..=1.0).contains(&share), "a share lies between 0 and 1");
    Ok(share)
}

fn first_time(text: &str) -> Result<i64> {
    let time = DateTime::parse_from_rfc3339(text)
        .map_err(|error| anyhow::anyhow!("{error}; write RFC 3339, for example 2026-11-21T08:00:00Z"))?;
    // Below and above, a number of seconds can no longer be told from one of milliseconds.
    ensure!((978_307_200..4_102_444_800).contains(&time.timestamp()), "messages can be from 2001 to 2099");
    Ok(time.timestamp_micros())
}

#[cfg(test)]
mod tests;
