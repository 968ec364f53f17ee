//! The oracle: every answer recomputed from the messages themselves, one by one, in plain arithmetic.
//!
//! Shares are integers of billionths (the nearest, halves to even), so a sum is exact and a mean is the one f64 nearest
//! to it, as long as there are fewer than nine million messages in a row.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use crate::answer::{Bucket, Row, Rows, Series};

/// Messages that were sent; one sent twice is in it twice.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    messages: Vec<Message>,
}

#[derive(Clone, Debug)]
struct Message {
    service: String,
    time_us: i64,
    cpu: i64,
    ram: i64,
    disk: i64,
}

impl Expected {
    /// Reads what `mock-services --expect` wrote.
    ///
    /// # Panics
    /// When the file is not there or not of that form.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        Self { messages: text.lines().map(|line| Message::read(&value(line))).collect() }
    }

    /// Adds what another fleet sent.
    pub fn add(&mut self, other: &Self) {
        self.messages.extend_from_slice(&other.messages);
    }

    /// How many messages.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.messages.len() as u64
    }

    /// From the first message's time to just behind the last one's.
    #[must_use]
    pub fn range(&self) -> Range<i64> {
        let times = || self.messages.iter().map(|message| message.time_us);
        times().min().unwrap_or(0)..times().max().unwrap_or(0) + 1
    }

    /// The messages that left first: what a single sender's messages amount to, since they keep their order.
    ///
    /// # Panics
    /// When there were never so many.
    #[must_use]
    pub fn first(&self, count: u64) -> Self {
        let count = usize::try_from(count).expect("a count of messages in memory");
        assert!(count <= self.messages.len(), "{count} messages, but only {} were sent", self.messages.len());
        Self { messages: self.messages[..count].to_vec() }
    }

    /// Per service the first and the last time, and how many messages.
    #[must_use]
    pub fn services(&self) -> BTreeMap<String, (i64, i64, u64)> {
        let mut services = BTreeMap::new();
        for Message { service, time_us, .. } in &self.messages {
            let (first, last, count) = services.entry(service.clone()).or_insert((*time_us, *time_us, 0));
            (*first, *last, *count) = ((*first).min(*time_us), (*last).max(*time_us), *count + 1);
        }
        services
    }

    /// One row per service.
    #[must_use]
    pub fn rows(&self) -> Rows {
        self.rows_within(i64::MIN..i64::MAX, None)
    }

    /// One row per service and bucket.
    #[must_use]
    pub fn series(&self, every: Bucket) -> Rows {
        self.rows_within(i64::MIN..i64::MAX, Some(every))
    }

    /// The rows of the messages in a range of time.
    #[must_use]
    pub fn rows_within(&self, range: Range<i64>, every: Option<Bucket>) -> Rows {
        let mut folds: BTreeMap<(String, Option<i64>), [Fold; 3]> = BTreeMap::new();
        for message in self.messages.iter().filter(|message| range.contains(&message.time_us)) {
            let bucket = every.map(|every| every.start_of(message.time_us));
            let folds = folds.entry((message.service.clone(), bucket)).or_default();
            for (fold, share) in folds.iter_mut().zip([message.cpu, message.ram, message.disk]) {
                fold.take(share, message.time_us);
            }
        }
        folds.into_iter().map(|(key, folds)| (key, row(&folds))).collect()
    }
}

impl Message {
    fn read(line: &Value) -> Self {
        let number = |key: &str| line[key].as_f64().unwrap_or_else(|| panic!("no {key} in {line}"));
        let used = |total: &str, free: &str| billionths((number(total) - number(free)) / number(total));
        Self {
            service: line["service"].as_str().expect("a message names its service").to_owned(),
            time_us: line["time_us"].as_i64().expect("a message has a time"),
            cpu: billionths(number("cpu")),
            ram: used("ram_total", "ram_free"),
            disk: used("disk_total", "disk_free"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share lies between 0 and 1")]
fn billionths(share: f64) -> i64 {
    (share * 1e9).round_ties_even() as i64
}

#[derive(Default)]
struct Fold {
    count: u64,
    sum: i128,
    min: i64,
    /// The peak and when it was first reached.
    max: i64,
    max_at: i64,
}

impl Fold {
    fn take(&mut self, share: i64, at: i64) {
        let first = self.count == 0;
        self.count += 1;
        self.sum += i128::from(share);
        if first || share < self.min {
            self.min = share;
        }
        if first || share > self.max || (share == self.max && at < self.max_at) {
            (self.max, self.max_at) = (share, at);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "sums of fewer than nine million shares are exact in f64")]
    fn series(&self) -> Series {
        let share = |billionths: i64| billionths as f64 / 1e9;
        let avg = self.sum as f64 / (self.count as f64 * 1e9);
        Series { avg, min: share(self.min), max: share(self.max), max_at: self.max_at }
    }
}

fn row(folds: &[Fold; 3]) -> Row {
    let [cpu, ram, disk] = folds;
    Row { count: cpu.count, cpu: cpu.series(), ram: ram.series(), disk: disk.series() }
}

#[cfg(test)]
mod tests;
