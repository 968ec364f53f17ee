//! Retention: from when on each granularity is complete, and the deletion of what lies before.
//!
//! The floors are raised first, in a transaction of their own: a reader that still finds deleted buckets' neighbours is
//! told not to trust them, and whoever goes on after a stop knows what to delete.

use crate::session::Session;
use crate::slices::{extent, slices};
use crate::{Result, schema, state};
use model::{Floors, Granularity, Time, TimeRange};
use std::collections::BTreeMap;

/// Rows deleted in one transaction.
const SLICE_ROWS: u64 = 1 << 20;

pub(crate) fn raise(session: &Session, floors: &Floors) -> Result<()> {
    session.transaction(|| {
        let known = state::floors(session)?;
        let raised = Floors { raw: known.raw, ..known.raised_to(floors) };
        if raised == known { Ok(()) } else { state::record_floors(session, &raised) }
    })
}

pub(crate) fn delete(session: &Session) -> Result<u64> {
    let floors = state::floors(session)?;
    let mut deleted = 0;
    for granularity in Granularity::ALL {
        deleted += delete_of(session, granularity, floors.of(granularity))?;
    }
    Ok(deleted)
}

/// Slice by slice, so that publishing waits for a slice at most.
fn delete_of(session: &Session, granularity: Granularity, floor: Time) -> Result<u64> {
    let table = schema::table(granularity);
    let below = format!("FROM {table} WHERE bucket < ?");
    let Some(range) = extent(session, granularity, &below, [schema::timestamp(floor)])? else { return Ok(0) };
    let bounds = |range: TimeRange| [range.from, range.to].map(schema::timestamp);
    let within = format!("FROM {table} WHERE bucket >= ? AND bucket < ?");
    let count = format!("SELECT count(*) {within}");
    let unfolded = format!("DELETE FROM unfolded WHERE granularity = '{granularity}' AND bucket >= ? AND bucket < ?");
    let mut deleted = 0;
    slices(granularity, range, SLICE_ROWS, &|range| session.count(&count, bounds(range)), &mut |range| {
        deleted += session.transaction(|| {
            session.execute(&unfolded, bounds(range))?;
            session.execute(&format!("DELETE {within}"), bounds(range))
        })?;
        Ok(())
    })?;
    Ok(deleted)
}

pub(crate) fn rows_below(session: &Session, floors: &Floors) -> Result<BTreeMap<Granularity, u64>> {
    let mut found = BTreeMap::new();
    for granularity in Granularity::ALL {
        let sql = format!("SELECT count(*) FROM {} WHERE bucket < ?", schema::table(granularity));
        let rows = session.count(&sql, [schema::timestamp(floors.of(granularity))])?;
        if rows > 0 {
            found.insert(granularity, rows);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
