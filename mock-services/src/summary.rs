//! What was sent, counted as it left: the one line of JSON at the end of a run.
//!
//! It holds what an exact witness needs: per service the number of messages and, for each resource, the sum of its
//! shares in integer billionths. The rounding is written here anew, on purpose.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use crate::fleet::service_name;
use crate::message::{Heartbeat, rfc3339};
use crate::reliable::Answered;
use crate::traffic::{Content, Datagram};

/// Counters of a run; only what the kernel took counts as sent.
#[derive(Debug)]
pub struct Summary {
    /// Of a made fleet.
    seed: Option<u64>,
    /// Of a replay: lines that were no rows.
    skipped: Option<u64>,
    sent: u64,
    bytes: u64,
    valid: u64,
    malformed: BTreeMap<String, u64>,
    duplicated: u64,
    reordered: u64,
    late: u64,
    send_errors: u64,
    elapsed: Duration,
    answered: Option<Answered>,
    names: Vec<String>,
    services: Vec<Service>,
}

impl Summary {
    /// Nothing sent yet, of a made fleet.
    #[must_use]
    pub fn new(seed: u64, services: usize) -> Self {
        Self { seed: Some(seed), skipped: None, ..Self::of((0..services).map(service_name).collect(), 0) }
    }

    /// Nothing sent yet, of services with these names, after so many lines of a file were left out.
    #[must_use]
    pub fn of(names: Vec<String>, skipped: u64) -> Self {
        Self {
            seed: None,
            skipped: Some(skipped),
            sent: 0,
            bytes: 0,
            valid: 0,
            malformed: BTreeMap::new(),
            duplicated: 0,
            reordered: 0,
            late: 0,
            send_errors: 0,
            elapsed: Duration::ZERO,
            answered: None,
            services: vec![Service::default(); names.len()],
            names,
        }
    }

    /// Counts a datagram that left.
    pub fn record(&mut self, datagram: &Datagram) {
        self.sent += 1;
        self.bytes += datagram.bytes.len() as u64;
        self.duplicated += u64::from(datagram.copy);
        self.reordered += u64::from(datagram.held);
        self.late += u64::from(datagram.late);
        match &datagram.content {
            Content::Malformed(flaw) => *self.malformed.entry(flaw.name()).or_default() += 1,
            Content::Valid(heartbeat) => {
                self.valid += 1;
                self.services[datagram.service].record(heartbeat);
            }
        }
    }

    /// Counts a datagram that did not leave.
    pub fn record_error(&mut self) {
        self.send_errors += 1;
    }

    /// Sets how long the run took so far.
    pub fn set_elapsed(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Sets what became of messages that asked.
    pub fn set_answered(&mut self, answered: Answered) {
        self.answered = Some(answered);
    }

    /// Datagrams that left.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Datagrams that did not leave.
    #[must_use]
    pub fn send_errors(&self) -> u64 {
        self.send_errors
    }

    /// One line of JSON.
    ///
    /// # Errors
    /// Never in practice; what the serialiser says.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let seconds = self.elapsed.as_secs_f64();
        serde_json::to_string(&Line {
            sent: self.sent,
            bytes: self.bytes,
            valid: self.valid,
            malformed: self.malformed.values().sum(),
            duplicated: self.duplicated,
            reordered: self.reordered,
            late: self.late,
            send_errors: self.send_errors,
            answered: self.answered,
            elapsed_s: seconds,
            rate: if seconds > 0.0 { self.sent as f64 / seconds } else { 0.0 },
            seed: self.seed,
            skipped: self.skipped,
            first_time: self.services.iter().filter_map(|service| service.first_us).min().map(rfc3339),
            last_time: self.services.iter().filter_map(|service| service.last_us).max().map(rfc3339),
            malformed_by_flaw: &self.malformed,
            services: ByName(&self.names, &self.services),
        })
    }
}

/// A share in billionths: the nearest integer, of two equally near ones the even one.
#[must_use]
pub fn billionths(share: f64) -> u64 {
    let exact = share * 1e9;
    let below = exact.floor();
    let rest = exact - below;
    let whole = below as u64;
    let up = rest > 0.5 || (rest == 0.5 && whole % 2 == 1);
    whole + u64::from(up)
}

#[derive(Serialize)]
struct Line<'a> {
    sent: u64,
    bytes: u64,
    valid: u64,
    malformed: u64,
    duplicated: u64,
    reordered: u64,
    late: u64,
    send_errors: u64,
    #[serde(flatten)]
    answered: Option<Answered>,
    elapsed_s: f64,
    rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
    first_time: Option<String>,
    last_time: Option<String>,
    malformed_by_flaw: &'a BTreeMap<String, u64>,
    services: ByName<'a>,
}

/// Services in the order of their numbers, which is not that of their names.
struct ByName<'a>(&'a [String], &'a [Service]);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.1.len()))?;
        for (name, service) in self.0.iter().zip(self.1) {
            map.serialize_entry(name, service)?;
        }
        map.end()
    }
}

/// The valid messages of one service.
#[derive(Debug, Clone, Default, Serialize)]
struct Service {
    sent: u64,
    #[serde(rename = "first_time", serialize_with = "as_rfc3339")]
    first_us: Option<i64>,
    #[serde(rename = "last_time", serialize_with = "as_rfc3339")]
    last_us: Option<i64>,
    cpu: Usage,
    ram: Usage,
    disk: Usage,
}

impl Service {
    fn record(&mut self, heartbeat: &Heartbeat) {
        let time_us = heartbeat.time_us;
        self.sent += 1;
        self.first_us = Some(self.first_us.map_or(time_us, |first| first.min(time_us)));
        self.last_us = self.last_us.max(Some(time_us));
        self.cpu.record(heartbeat.reading.cpu, time_us);
        self.ram.record(heartbeat.reading.ram.share(), time_us);
        self.disk.record(heartbeat.reading.disk.share(), time_us);
    }
}

/// One resource of one service, as shares.
#[derive(Debug, Clone, Default)]
struct Usage {
    count: u64,
    sum: f64,
    sum_billionths: u128,
    min: Option<f64>,
    max: Option<f64>,
    /// The largest in billionths, and the earliest time it was reached: the peak a receiver knows.
    peak: Option<(u64, i64)>,
}

impl Usage {
    fn record(&mut self, share: f64, time_us: i64) {
        let exact = billionths(share);
        self.count += 1;
        self.sum += share;
        self.sum_billionths += u128::from(exact);
        self.min = Some(self.min.map_or(share, |min| min.min(share)));
        self.max = Some(self.max.map_or(share, |max| max.max(share)));
        self.peak = match self.peak {
            Some((peak, at)) if peak > exact || (peak == exact && at <= time_us) => Some((peak, at)),
            _ => Some((exact, time_us)),
        };
    }
}

impl Serialize for Usage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("min", &self.min)?;
        map.serialize_entry("max", &self.max)?;
        map.serialize_entry("mean", &(self.count > 0).then(|| self.sum / self.count as f64))?;
        map.serialize_entry("sum_billionths", &self.sum_billionths)?;
        map.serialize_entry("max_at", &self.peak.map(|(_, at)| rfc3339(at)))?;
        map.end()
    }
}

fn as_rfc3339<S: Serializer>(time_us: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    time_us.map(rfc3339).serialize(serializer)
}

#[cfg(test)]
mod tests;
