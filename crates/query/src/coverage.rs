//! How complete an answer is: the ledger of those minutes, from views and generations, and what is not known of them.

use crate::answer::{Coverage, Damaged};
use crate::error::Result;
use handover::{Cut, Store};
use journal::JournalFolder;
use model::data_folder::HTTP_JOURNAL;
use model::{Counts, Granularity, LedgerRow, LedgerRowKind, TOLD_WITHIN, Time, TimeRange};
use std::collections::BTreeMap;

/// The ledger rows of a cut that touch the range's minutes; counts merged per minute and source, in order of time.
pub(crate) fn rows(store: &Store, cut: &Cut, range: &TimeRange) -> Result<Vec<LedgerRow>> {
    let minutes = TimeRange { from: Granularity::Minute.floor(range.from), to: Granularity::Minute.ceil(range.to) };
    let mut counts: BTreeMap<(Time, String), Counts> = BTreeMap::new();
    let mut spans = open_ends(store)?;
    let mut add = |row: LedgerRow| match row.kind {
        LedgerRowKind::Counts(found) => counts.entry((row.from, row.source)).or_default().merge(&found),
        LedgerRowKind::Gap { .. } | LedgerRowKind::Damage { .. } => spans.push(row),
    };
    if let Some(reading) = &cut.reading {
        reading.ledger(&minutes).map_err(handover::Error::from)?.into_iter().for_each(&mut add);
    }
    cut.generations().flat_map(|generation| generation.ledger()).for_each(&mut add);
    cut.lost.iter().cloned().for_each(&mut add);
    spans.retain(|row| row.from < minutes.to && minutes.from <= row.to);
    let counts = counts.into_iter().filter(|((minute, _), _)| minutes.contains(*minute));
    let mut rows: Vec<LedgerRow> =
        counts.map(|((minute, source), counts)| LedgerRow::counts(&source, minute, counts)).collect();
    rows.extend(spans);
    rows.sort_by(|a, b| (a.from, &a.source).cmp(&(b.from, &b.source)));
    Ok(rows)
}

/// Writers that are gone without a last word and have no successor yet that would have put the gap on record.
fn open_ends(store: &Store) -> Result<Vec<LedgerRow>> {
    let mut spans = Vec::new();
    for folder in JournalFolder::list(&store.folder.journals())? {
        if folder.base_name() == HTTP_JOURNAL {
            // what was not answered was not received
            continue;
        }
        if let Some(end) = folder.last_end()?.filter(|end| !end.clean) {
            let (from, kind) = (end.at.saturating_sub(TOLD_WITHIN), LedgerRowKind::Gap { clean: false });
            spans.push(LedgerRow { source: folder.name(), from, to: end.at, kind });
        }
    }
    Ok(spans)
}

/// The sum of the rows, and a warning for everything that may be missing.
pub(crate) fn sum(rows: &[LedgerRow], range: &TimeRange) -> (Coverage, Vec<String>) {
    let mut total = Counts::default();
    let mut unknown = Minutes::default();
    let (mut damaged, mut warnings) = (Vec::new(), Vec::new());
    for row in rows {
        match &row.kind {
            LedgerRowKind::Counts(counts) => total.merge(counts),
            LedgerRowKind::Gap { clean: false } => {
                unknown.add(row, range);
                warnings.push(format!(
                    "{} ended uncleanly or stood still; what arrived from {} to {} is not known",
                    row.source, row.from, row.to
                ));
            }
            LedgerRowKind::Gap { clean: true } => {
                warnings.push(format!("{} was stopped from {} to {}", row.source, row.from, row.to));
            }
            LedgerRowKind::Damage { journal, segment } => {
                warnings.push(match journal.contains('/') {
                    true => {
                        format!("{journal} is lost; some of what was sent from {} to {} is missing", row.from, row.to)
                    }
                    false => format!(
                        "segment {segment} of {journal} is damaged; some of what was received from {} to {} is missing",
                        row.from, row.to
                    ),
                });
                let (journal, segment) = (journal.clone(), *segment);
                damaged.push(Damaged { journal, segment, from: row.from, to: row.to });
            }
        }
    }
    damaged.sort();
    // what two processes found may be on record twice
    damaged.dedup();
    if total.shed > 0 {
        warnings.push(format!("{} messages were shed, as the disk took no writes", total.shed));
    }
    if let Some(dropped) = total.kernel_dropped.filter(|dropped| *dropped > 0) {
        warnings.push(format!(
            "{dropped} datagrams were dropped by the kernel; raise collector.receive_buffer or receivers"
        ));
    }
    let unknown_minutes = unknown.count();
    let coverage = Coverage {
        clock: "received".to_owned(),
        received: total.received(),
        accepted: total.accepted,
        duplicate: total.duplicate,
        rejected: total.rejected_total(),
        shed: total.shed,
        kernel_dropped: total.kernel_dropped.filter(|_| unknown_minutes == 0),
        unknown_minutes,
        damaged,
    };
    (coverage, warnings)
}

/// Spans of whole minutes, counted once where they overlap.
#[derive(Default)]
struct Minutes(Vec<(i64, i64)>);

const MINUTE: i64 = 60_000_000;

impl Minutes {
    fn add(&mut self, row: &LedgerRow, range: &TimeRange) {
        let minute = |time: Time| time.as_micros().div_euclid(MINUTE);
        let first = minute(row.from).max(minute(range.from));
        let last = minute(row.to).min(minute(Time::from_micros(range.to.as_micros() - 1)));
        if first <= last {
            self.0.push((first, last));
        }
    }

    fn count(mut self) -> u64 {
        self.0.sort_unstable();
        let (mut count, mut next) = (0, i64::MIN);
        for (first, last) in self.0 {
            let first = first.max(next);
            if first <= last {
                count += (last - first + 1).unsigned_abs();
                next = last + 1;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().expect(text)
    }

    fn gap(from: &str, to: &str, clean: bool) -> LedgerRow {
        let kind = LedgerRowKind::Gap { clean };
        LedgerRow { source: "collector".into(), from: time(from), to: time(to), kind }
    }

    fn hour() -> TimeRange {
        TimeRange { from: time("2026-11-21T12:00"), to: time("2026-11-21T13:00") }
    }

    #[test]
    fn unknown_minutes_are_counted_once_and_clipped() {
        let check = |rows: &[LedgerRow], expect: u64| {
            let (coverage, _) = sum(rows, &hour());
            assert_eq!((coverage.unknown_minutes, coverage.kernel_dropped.is_none()), (expect, expect > 0), "{rows:?}");
        };
        check(&[], 0);
        check(&[gap("2026-11-21T12:10:30Z", "2026-11-21T12:10:40Z", false)], 1);
        check(&[gap("2026-11-21T12:10:30Z", "2026-11-21T12:12", false)], 3);
        check(
            &[gap("2026-11-21T11:00", "2026-11-21T12:01", false), gap("2026-11-21T12:00", "2026-11-21T12:03", false)],
            4,
        );
        check(&[gap("2026-11-21T12:59:59Z", "2026-11-22", false)], 1);
        check(&[gap("2026-11-21T12:10", "2026-11-21T12:20", true)], 0);
    }

    #[test]
    fn whatever_may_be_missing_is_a_warning() {
        let check = |row: LedgerRow, words: &str| {
            let (_, warnings) = sum(&[row], &hour());
            assert!(warnings.len() == 1 && warnings[0].contains(words), "{warnings:?}");
        };
        let (from, to) = ("2026-11-21T12:10", "2026-11-21T12:20");
        check(gap(from, to, true), "collector was stopped from 2026-11-21T12:10:00Z to 2026-11-21T12:20:00Z");
        check(gap(from, to, false), "ended uncleanly");
        let damage = LedgerRowKind::Damage { journal: "collector".into(), segment: 7 };
        check(LedgerRow { kind: damage, ..gap(from, to, false) }, "segment 7 of collector is damaged");
        let shed = Counts { shed: 3, ..Counts::default() };
        check(LedgerRow::counts("collector", time(from), shed), "3 messages were shed");
        let dropped = Counts { kernel_dropped: Some(4), ..Counts::default() };
        check(LedgerRow::counts("collector", time(from), dropped), "4 datagrams were dropped by the kernel");
    }

    #[test]
    fn counts_add_up() {
        let counts = |accepted, dropped| Counts { accepted, kernel_dropped: dropped, ..Counts::default() };
        let minute = time("2026-11-21T12:10");
        let rows = [
            LedgerRow::counts("collector", minute, counts(3, Some(2))),
            LedgerRow::counts("http", minute, counts(4, Some(0))),
        ];
        let (coverage, _) = sum(&rows, &hour());
        assert_eq!((coverage.received, coverage.accepted, coverage.kernel_dropped), (7, 7, Some(2)));
        let unknown = [rows[0].clone(), LedgerRow::counts("collector", minute, counts(1, None))];
        assert_eq!(sum(&unknown, &hour()).0.kernel_dropped, None);
    }
}
