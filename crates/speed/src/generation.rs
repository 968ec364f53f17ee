//! The realtime rollups of one segment: minute cells, ledger rows, and when services were seen.

use journal::Frame;
use model::{Counts, Granularity, HealthRollup, LedgerRow, LedgerRowKind, Messages, Seen, Time, TimeRange};
use std::collections::{BTreeMap, HashMap};

/// What one segment adds to the views. Its size is bounded by the segment's: no more cells than messages.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    pub messages: u64,
    /// Each with the number by which `cells` knows it.
    services: HashMap<Box<str>, (u32, Seen)>,
    /// By service and start of the minute. One tree for all services: a tree of its own costs a service that sends one
    /// message as much as ten cells.
    cells: BTreeMap<(u32, Time), HealthRollup>,
    counts: BTreeMap<(Box<str>, Time), Counts>,
    /// Gaps and damage.
    spans: Vec<LedgerRow>,
}

impl Generation {
    pub fn add(&mut self, frame: &Frame) {
        self.add_messages(&frame.messages);
        frame.ledger.iter().for_each(|row| self.add_row(row));
    }

    fn add_messages(&mut self, messages: &Messages) {
        self.messages += messages.len() as u64;
        for row in 0..messages.len() {
            let service = messages.service.get(row).unwrap_or_default();
            let time = Time::from_micros(messages.time[row]);
            let once = Seen::once(time, Time::from_micros(messages.received[row]));
            let number = match self.services.get_mut(service) {
                Some((number, seen)) => {
                    seen.merge(&once);
                    *number
                }
                None => {
                    let number = self.services.len() as u32;
                    self.services.insert(service.into(), (number, once));
                    number
                }
            };
            self.cells.entry((number, Granularity::Minute.floor(time))).or_default().add(messages.health(row), time);
        }
    }

    fn add_row(&mut self, row: &LedgerRow) {
        match &row.kind {
            LedgerRowKind::Counts(counts) => {
                self.counts.entry((row.source.as_str().into(), row.from)).or_default().merge(counts);
            }
            LedgerRowKind::Gap { .. } | LedgerRowKind::Damage { .. } => self.spans.push(row.clone()),
        }
    }

    pub fn services(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.services.iter().map(|(service, (_, seen))| (&**service, seen))
    }

    /// How many cells it holds, which is what its memory goes by.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Visits the cells of wanted services whose minutes begin in the range, in no order of services.
    pub fn rollups<'a>(
        &'a self,
        range: &TimeRange,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&'a str, Time, &'a HealthRollup)> {
        let TimeRange { from, to } = *range;
        let services = self.services.iter().filter(move |(service, _)| wanted(service));
        services.flat_map(move |(service, (number, _))| {
            let cells = self.cells.range((*number, from)..(*number, to));
            cells.map(move |((_, minute), rollup)| (&**service, *minute, rollup))
        })
    }

    /// The ledger of the segment: one counts row per minute and source, then gaps and damage.
    pub fn ledger(&self) -> impl Iterator<Item = LedgerRow> {
        let counts =
            self.counts.iter().map(|((source, minute), counts)| LedgerRow::counts(source, *minute, counts.clone()));
        counts.chain(self.spans.iter().cloned())
    }
}
