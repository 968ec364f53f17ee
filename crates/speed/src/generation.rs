//! The realtime rollups of one segment: minute cells, ledger rows, and when services were seen.

use journal::Frame;
use model::{Counts, Granularity, HealthRollup, LedgerRow, LedgerRowKind, Messages, Seen, Time};
use std::collections::{BTreeMap, HashMap};

/// The minute cells of one service, by the start of the minute.
pub type Cells = BTreeMap<Time, HealthRollup>;

/// What one segment adds to the views. Its size is bounded by the segment's: no more cells than messages.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    pub messages: u64,
    services: HashMap<Box<str>, (Seen, Cells)>,
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
            let cells = match self.services.get_mut(service) {
                Some((seen, cells)) => {
                    seen.merge(&once);
                    cells
                }
                None => &mut self.services.entry(service.into()).or_insert((once, Cells::new())).1,
            };
            cells.entry(Granularity::Minute.floor(time)).or_default().add(messages.health(row), time);
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

    pub fn services(&self) -> impl Iterator<Item = (&str, &Seen, &Cells)> {
        self.services.iter().map(|(service, (seen, cells))| (&**service, seen, cells))
    }

    /// The ledger of the segment: one counts row per minute and source, then gaps and damage.
    pub fn ledger(&self) -> impl Iterator<Item = LedgerRow> {
        let counts =
            self.counts.iter().map(|((source, minute), counts)| LedgerRow::counts(source, *minute, counts.clone()));
        counts.chain(self.spans.iter().cloned())
    }
}
