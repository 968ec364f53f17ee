//! Verify: one pass over the raw messages against views ⊕ generations, cell by cell, in every granularity.
//!
//! Before the floor of raw messages, what retention left of them stands for them.
//!
//! Shares with the code it checks only the decoding of files and the calendar: rows are folded here one by one, with an
//! addition of their own. It goes day by day, so its memory is a day's minutes and a running month and year.

use crate::cut::{Cut, CutOptions};
use crate::error::Result;
use crate::raw::Raw;
use crate::store::Store;
use model::{Floors, Granularity, HealthRollup, Messages, Rollup, Span, Time, TimeRange};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many differences are told one by one.
const DIFFERENCES_MAX: usize = 20;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// From when on raw messages prove the cells; before, rollups that were retained do. `None`: they prove all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub raw_from: Option<Time>,
    /// Raw messages read.
    pub messages: u64,
    /// Cells compared, per granularity.
    pub cells: BTreeMap<Granularity, u64>,
    /// How many cells differ.
    pub different: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// A cell that differs: what the raw messages say and what answers are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub granularity: Granularity,
    pub service: String,
    pub bucket: Time,
    pub raw: String,
    pub merged: String,
}

type Cells = BTreeMap<(String, Time), HealthRollup>;

impl Store {
    /// Compares everything, or the days that the range touches; months and years where all their days are compared.
    /// Reads files and waits: for a thread that may block, inside a tokio runtime.
    pub fn verify(&self, range: Option<TimeRange>, wait: std::time::Duration) -> Result<Verification> {
        let cut = self.cut(&CutOptions { wait, allow_behind: false, raw: true })?;
        let raw = cut.raw.as_ref().expect("a cut has the raw messages it was asked for");
        let range = range.map(whole_days);
        let unsealed = Unsealed::read(raw)?;
        // views may be a step behind the master dataset
        let floors = cut.floors()?.raised_to(&raw.retained.floors);
        let raw_from = Some(floors.raw).filter(|floor| *floor > Time::MIN);
        let found = Verification { raw_from, ..Verification::default() };
        let mut proof = Proof { cut: &cut, raw, floors, coarse: BTreeMap::new(), found };
        for day in days(&cut, raw, &unsealed)?.into_iter().filter(|day| range.is_none_or(|range| range.contains(*day)))
        {
            proof.day(day, &unsealed)?;
        }
        proof.coarse(range)?;
        Ok(proof.found)
    }
}

fn whole_days(range: TimeRange) -> TimeRange {
    TimeRange { from: Granularity::Day.floor(range.from), to: Granularity::Day.ceil(range.to) }
}

/// Messages of the journals, folded to minutes; they are few, as the batch seals them.
struct Unsealed {
    minutes: Cells,
    messages: BTreeMap<Time, u64>,
}

impl Unsealed {
    fn read(raw: &Raw) -> Result<Unsealed> {
        let mut unsealed = Unsealed { minutes: Cells::new(), messages: BTreeMap::new() };
        raw.unsealed(&mut |messages| {
            add_rows(messages, &mut unsealed.minutes);
            for time in &messages.time {
                *unsealed.messages.entry(Granularity::Day.floor(Time::from_micros(*time))).or_default() += 1;
            }
        })?;
        Ok(unsealed)
    }
}

/// Every day that any side knows of: a cell that only one side has is a difference.
fn days(cut: &Cut, raw: &Raw, unsealed: &Unsealed) -> Result<BTreeSet<Time>> {
    let mut days: BTreeSet<Time> = raw.files.iter().map(|file| file.day).collect();
    days.extend(unsealed.messages.keys());
    let always = TimeRange { from: Time::MIN, to: Time::MAX };
    cut.view_rollups(&Span { granularity: Granularity::Day, range: always }, None, &mut |_, day, _| {
        days.insert(day);
    })?;
    cut.realtime_rollups(&always, &|_| true, &mut |_, minute, _| {
        days.insert(Granularity::Day.floor(minute));
    });
    raw.retained.rollups(Granularity::Day, &always, &mut |_, day, _| {
        days.insert(day);
    })?;
    Ok(days)
}

/// The comparison as it goes on.
struct Proof<'a> {
    cut: &'a Cut,
    raw: &'a Raw,
    /// Below them cells are no longer kept, on either side.
    floors: Floors,
    /// Months and years by the raw messages, of the days so far.
    coarse: BTreeMap<Granularity, Cells>,
    found: Verification,
}

impl Proof<'_> {
    fn day(&mut self, day: Time, unsealed: &Unsealed) -> Result<()> {
        let range = TimeRange { from: day, to: Granularity::Day.next(day) };
        let mut minutes = Cells::new();
        self.raw.sealed(&range, None, &mut |messages| {
            self.found.messages += messages.len() as u64;
            add_rows(messages, &mut minutes);
        })?;
        self.found.messages += unsealed.messages.get(&day).copied().unwrap_or(0);
        for ((service, minute), rollup) in unsealed.minutes.iter().filter(|((_, minute), _)| range.contains(*minute)) {
            add(minutes.entry((service.clone(), *minute)).or_default(), rollup);
        }
        for granularity in [Granularity::Minute, Granularity::Hour, Granularity::Day] {
            let mut cells = coarser(&minutes, granularity);
            add_retained(self.raw, granularity, &range, &mut cells)?;
            self.compare(granularity, &range, &cells)?;
        }
        for granularity in [Granularity::Month, Granularity::Year] {
            let cells = self.coarse.entry(granularity).or_default();
            for (key, rollup) in coarser(&minutes, granularity) {
                add(cells.entry(key).or_default(), &rollup);
            }
        }
        Ok(())
    }

    fn coarse(&mut self, range: Option<TimeRange>) -> Result<()> {
        let always = TimeRange { from: Time::MIN, to: Time::MAX };
        for granularity in [Granularity::Month, Granularity::Year] {
            let mut cells = self.coarse.remove(&granularity).unwrap_or_default();
            add_retained(self.raw, granularity, &always, &mut cells)?;
            let mut buckets: BTreeSet<Time> = cells.keys().map(|(_, bucket)| *bucket).collect();
            self.cut.view_rollups(&Span { granularity, range: always }, None, &mut |_, bucket, _| {
                buckets.insert(bucket);
            })?;
            for bucket in buckets {
                let span = TimeRange { from: bucket, to: granularity.next(bucket) };
                if range.is_none_or(|range| range.from <= span.from && span.to <= range.to) {
                    let of_bucket = cells.iter().filter(|((_, other), _)| *other == bucket);
                    let expect = of_bucket.map(|(key, rollup)| (key.clone(), *rollup)).collect();
                    self.compare(granularity, &span, &expect)?;
                }
            }
        }
        Ok(())
    }

    fn compare(&mut self, granularity: Granularity, range: &TimeRange, raw: &Cells) -> Result<()> {
        if range.from < self.floors.of(granularity) {
            return Ok(());
        }
        let merged = self.merged(granularity, range)?;
        let keys: BTreeSet<_> = raw.keys().chain(merged.keys()).collect();
        *self.found.cells.entry(granularity).or_default() += keys.len() as u64;
        for key in keys {
            let (raw, merged) = (raw.get(key), merged.get(key));
            if raw == merged {
                continue;
            }
            self.found.different += 1;
            if self.found.differences.len() < DIFFERENCES_MAX {
                let (service, bucket) = key.clone();
                let (raw, merged) = (shown(raw), shown(merged));
                self.found.differences.push(Difference { granularity, service, bucket, raw, merged });
            }
        }
        Ok(())
    }

    /// What answers are made from: views ⊕ generations.
    fn merged(&self, granularity: Granularity, range: &TimeRange) -> Result<Cells> {
        let mut cells = Cells::new();
        self.cut.view_rollups(&Span { granularity, range: *range }, None, &mut |service, bucket, rollup| {
            cells.entry((service.to_owned(), bucket)).or_default().merge(rollup);
        })?;
        self.cut.realtime_rollups(range, &|_| true, &mut |service, minute, rollup| {
            cells.entry((service.to_owned(), granularity.floor(minute))).or_default().merge(rollup);
        });
        Ok(cells)
    }
}

/// Adds what is left of messages that are in no file any more.
fn add_retained(raw: &Raw, granularity: Granularity, range: &TimeRange, cells: &mut Cells) -> Result<()> {
    raw.retained.rollups(granularity, range, &mut |service, bucket, rollup| {
        add(cells.entry((service.to_owned(), bucket)).or_default(), rollup);
    })?;
    Ok(())
}

/// Exactly as it is kept: sums and extremes in billionths.
fn shown(rollup: Option<&HealthRollup>) -> String {
    let Some(HealthRollup { cpu, ram, disk }) = rollup else { return "nothing".to_owned() };
    let series = |name: &str, Rollup { sum, min, max, max_at, .. }: &Rollup| {
        format!("{name} sum {sum} min {min} max {max} at {max_at}")
    };
    let all = [series("cpu", cpu), series("ram", ram), series("disk", disk)].join(", ");
    format!("count {}, {all}", cpu.count)
}

fn add_rows(messages: &Messages, minutes: &mut Cells) {
    for message in messages.iter() {
        let health = message.health();
        let key = (message.service.to_owned(), Granularity::Minute.floor(message.time));
        let cell = minutes.entry(key).or_default();
        let series = [(&mut cell.cpu, health.cpu), (&mut cell.ram, health.ram), (&mut cell.disk, health.disk)];
        for (rollup, value) in series {
            add_value(rollup, value.billionths(), message.time);
        }
    }
}

/// Adds one value; written out here so that a mistake in `Rollup::merge` is not made on both sides.
fn add_value(rollup: &mut Rollup, value: u32, at: Time) {
    let first = rollup.count == 0;
    rollup.count += 1;
    rollup.sum += i128::from(value);
    if first || value < rollup.min {
        rollup.min = value;
    }
    let earlier = value == rollup.max && at < rollup.max_at;
    if first || value > rollup.max || earlier {
        (rollup.max, rollup.max_at) = (value, at);
    }
}

/// Adds one rollup to another, likewise.
fn add(to: &mut HealthRollup, from: &HealthRollup) {
    for (to, from) in [(&mut to.cpu, &from.cpu), (&mut to.ram, &from.ram), (&mut to.disk, &from.disk)] {
        if from.count == 0 {
            continue;
        }
        if to.count == 0 {
            *to = *from;
            continue;
        }
        (to.count, to.sum) = (to.count + from.count, to.sum + from.sum);
        to.min = if from.min < to.min { from.min } else { to.min };
        if (from.max, std::cmp::Reverse(from.max_at)) > (to.max, std::cmp::Reverse(to.max_at)) {
            (to.max, to.max_at) = (from.max, from.max_at);
        }
    }
}

fn coarser(minutes: &Cells, granularity: Granularity) -> Cells {
    let mut cells = Cells::new();
    for ((service, minute), rollup) in minutes {
        add(cells.entry((service.clone(), granularity.floor(*minute))).or_default(), rollup);
    }
    cells
}
