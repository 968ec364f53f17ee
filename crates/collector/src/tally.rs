//! What the ledger has to be told and no frame has carried to the journal yet: counts per minute of receipt, and spans of
//! which nothing is known.

use model::{Counts, LedgerRow, LedgerRowKind, Time, TimeRange};
use std::collections::BTreeMap;

/// Minutes that are kept apart while the journal takes no writes, a week's worth; beyond it the oldest are added up.
const MINUTES_MAX: usize = 7 * 24 * 60;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    minutes: BTreeMap<Time, Counts>,
    unknown: Vec<TimeRange>,
}

impl Tally {
    pub(crate) fn is_empty(&self) -> bool {
        self.minutes.is_empty() && self.unknown.is_empty()
    }

    /// The counts of a minute, which must be a minute's start; a minute without counts is a sign of life.
    pub(crate) fn minute(&mut self, minute: Time) -> &mut Counts {
        if self.minutes.len() >= MINUTES_MAX && !self.minutes.contains_key(&minute) {
            self.fold_oldest();
        }
        self.minutes.entry(minute).or_default()
    }

    fn fold_oldest(&mut self) {
        if let (Some((_, oldest)), Some(mut next)) = (self.minutes.pop_first(), self.minutes.first_entry()) {
            next.get_mut().merge(&oldest);
        }
    }

    /// What was to be accepted could not be written: it is shed.
    pub(crate) fn shed_accepted(&mut self) {
        for counts in self.minutes.values_mut() {
            counts.shed += std::mem::take(&mut counts.accepted);
        }
    }

    /// The counts of this span are not known.
    pub(crate) fn unknown(&mut self, from: Time, to: Time) {
        self.unknown.extend(TimeRange::new(from, to));
    }

    pub(crate) fn rows(&self, source: &str) -> impl Iterator<Item = LedgerRow> {
        let counts =
            self.minutes.iter().map(move |(minute, counts)| LedgerRow::counts(source, *minute, counts.clone()));
        counts.chain(self.unknown.iter().map(move |span| gap(source, *span, false)))
    }

    /// Adds what another one has not told.
    pub(crate) fn merge(&mut self, other: Tally) {
        other.minutes.into_iter().for_each(|(minute, counts)| self.minute(minute).merge(&counts));
        self.unknown.extend(other.unknown);
    }

    pub(crate) fn clear(&mut self) {
        self.minutes.clear();
        self.unknown.clear();
    }
}

/// The source was not listening; after an unclean end the counts of these minutes are not known.
pub(crate) fn gap(source: &str, span: TimeRange, clean: bool) -> LedgerRow {
    LedgerRow { source: source.to_owned(), from: span.from, to: span.to, kind: LedgerRowKind::Gap { clean } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_forgotten_when_the_journal_is_full_for_long() {
        let mut tally = Tally::default();
        let minutes = MINUTES_MAX as i64 + 100;
        for minute in 0..minutes {
            tally.minute(Time::from_micros(minute * 60_000_000)).accepted += 1;
            tally.shed_accepted();
        }
        let rows: Vec<_> = tally.rows("collector").collect();
        let shed = |row: &LedgerRow| match &row.kind {
            LedgerRowKind::Counts(counts) => counts.shed,
            other => panic!("{other:?}"),
        };
        assert_eq!(rows.len(), MINUTES_MAX);
        assert_eq!(rows.iter().map(shed).sum::<u64>(), minutes as u64);
    }
}
