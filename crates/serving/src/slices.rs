//! Bounded pieces of a span: what is read or folded at once fits in memory, however long the span is.

use crate::Result;
use crate::session::Session;
use duckdb::Params;
use model::{Granularity, Time, TimeRange};

/// Halves `range`, at bucket boundaries, until a piece has at most `rows_max` rows or is one bucket, and calls `each`
/// with the pieces that have rows, in order of time. A row is some 200 bytes in memory.
pub fn slices(
    granularity: Granularity,
    range: TimeRange,
    rows_max: u64,
    rows: &dyn Fn(TimeRange) -> Result<u64>,
    each: &mut dyn FnMut(TimeRange) -> Result<()>,
) -> Result<()> {
    let rows_here = rows(range)?;
    if rows_here == 0 {
        return Ok(());
    }
    match middle(granularity, range) {
        Some(middle) if rows_here > rows_max => {
            slices(granularity, TimeRange { from: range.from, to: middle }, rows_max, rows, each)?;
            slices(granularity, TimeRange { from: middle, to: range.to }, rows_max, rows, each)
        }
        _ => each(range),
    }
}

/// From the first to the last bucket of some rows, which `from` selects; `None` of no rows.
pub(crate) fn extent(
    session: &Session,
    granularity: Granularity,
    from: &str,
    params: impl Params,
) -> Result<Option<TimeRange>> {
    let sql = format!("SELECT epoch_us(min(bucket)), epoch_us(max(bucket)) {from}");
    let found =
        session.rows(&sql, params, |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?)))?;
    let range = found.into_iter().flatten().next().map(|(first, last)| TimeRange {
        from: granularity.floor(Time::from_micros(first)),
        to: granularity.next(granularity.floor(Time::from_micros(last))),
    });
    Ok(range)
}

/// A bucket boundary inside the range, near its middle; `None` of a single bucket.
fn middle(granularity: Granularity, range: TimeRange) -> Option<Time> {
    let half = range.to.since(range.from) / 2;
    let floor = granularity.floor(range.from.saturating_add(half));
    let middle = if floor > range.from { floor } else { granularity.next(range.from) };
    (middle < range.to).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    const MAX: u64 = 100_000;

    fn range(from: &str, to: &str) -> TimeRange {
        TimeRange::new(from.parse().expect(from), to.parse().expect(to)).expect("not empty")
    }

    #[test]
    fn pieces_are_bounded_and_cover_what_has_rows() {
        let whole = range("2024-01-01", "2027-01-01");
        // every day has rows but those of one year; one day has far too many
        let (empty, crowded) = (range("2025-01-01", "2026-01-01"), range("2026-06-01", "2026-06-02"));
        let days = |piece: TimeRange| piece.to.since(piece.from).as_secs() / 86_400;
        let rows = |piece: TimeRange| {
            let spared = piece.intersect(&empty).map_or(0, days);
            let extra = piece.intersect(&crowded).map_or(0, |_| 10 * MAX);
            Ok((days(piece) - spared) * 1_000 + extra)
        };
        let pieces = RefCell::new(Vec::new());
        slices(Granularity::Day, whole, MAX, &rows, &mut |piece| {
            pieces.borrow_mut().push(piece);
            Ok(())
        })
        .expect("nothing fails");
        let pieces = pieces.into_inner();
        assert!(pieces.len() > 10 && pieces.is_sorted_by(|a, b| a.to <= b.from));
        for piece in &pieces {
            assert!(days(*piece) == 1 || rows(*piece).expect("a number") <= MAX, "{piece:?}");
        }
        let covered: u64 = pieces.iter().map(|piece| rows(*piece).expect("a number")).sum();
        assert_eq!(covered, rows(whole).expect("a number"));
    }
}
