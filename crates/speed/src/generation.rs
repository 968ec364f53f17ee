//! The realtime rollups of one segment: minute cells, ledger rows, when services were seen, and what was heard last.

use journal::Frame;
use model::{Counts, Granularity, HealthRollup, Heard, LedgerRow, LedgerRowKind, Messages, Seen, Time, TimeRange};
use std::collections::{BTreeMap, HashMap};

/// What one segment adds to the views. Its size is bounded by the segment's: no more cells than messages.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    pub messages: u64,
    /// When the first of them was received; messages of two receivers come in no order.
    first_received: Option<Time>,
    is_imported: bool,
    services: HashMap<Box<str>, Service>,
    /// By service and start of the minute. One tree for all services: a tree of its own costs a service that sends one
    /// message as much as ten cells.
    cells: BTreeMap<(u32, Time), HealthRollup>,
    counts: BTreeMap<(Box<str>, Time), Counts>,
    /// Gaps and damage.
    spans: Vec<LedgerRow>,
}

#[derive(Clone, Copy, Debug)]
struct Service {
    /// By which `cells` knows it.
    number: u32,
    seen: Seen,
    heard: Heard,
}

impl Generation {
    pub fn add(&mut self, frame: &Frame) {
        // only an import's frames say how far a source has been read
        self.is_imported |= frame.source_offset > 0;
        self.add_messages(&frame.messages);
        frame.ledger.iter().for_each(|row| self.add_row(row));
    }

    fn add_messages(&mut self, messages: &Messages) {
        self.messages += messages.len() as u64;
        for row in 0..messages.len() {
            let service = messages.service.get(row).unwrap_or_default();
            let (time, received) = (Time::from_micros(messages.time[row]), Time::from_micros(messages.received[row]));
            let (seen, health) = (Seen::once(time, received), messages.health(row));
            let heard = Heard { received, time, health };
            self.first_received = Some(self.first_received.map_or(received, |first| first.min(received)));
            let number = match self.services.get_mut(service) {
                Some(known) => {
                    known.seen.merge(&seen);
                    known.heard.follow(&heard);
                    known.number
                }
                None => {
                    let number = self.services.len() as u32;
                    self.services.insert(service.into(), Service { number, seen, heard });
                    number
                }
            };
            self.cells.entry((number, Granularity::Minute.floor(time))).or_default().add(health, time);
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
        self.services.iter().map(|(name, service)| (&**name, &service.seen))
    }

    /// Whether its messages were read from a file.
    pub(crate) fn is_imported(&self) -> bool {
        self.is_imported
    }

    /// The message of each service that was received last.
    pub fn heard(&self) -> impl Iterator<Item = (&str, &Heard)> {
        self.services.iter().map(|(name, service)| (&**name, &service.heard))
    }

    /// When the first of its messages was received; `None` without any.
    pub fn first_received(&self) -> Option<Time> {
        self.first_received
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
        let services = self.services.iter().filter(move |(name, _)| wanted(name));
        services.flat_map(move |(name, service)| {
            let cells = self.cells.range((service.number, from)..(service.number, to));
            cells.map(move |((_, minute), rollup)| (&**name, *minute, rollup))
        })
    }

    /// The ledger of the segment: one counts row per minute and source, then gaps and damage.
    pub fn ledger(&self) -> impl Iterator<Item = LedgerRow> {
        let counts =
            self.counts.iter().map(|((source, minute), counts)| LedgerRow::counts(source, *minute, counts.clone()));
        counts.chain(self.spans.iter().cloned())
    }
}
