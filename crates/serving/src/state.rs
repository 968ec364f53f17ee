//! How far views are complete: the watermark of each journal, and the Delta versions behind it. Each publication adds
//! rows, the highest counts; it is written in the transaction that makes it true.

use crate::schema::{self, FORMAT};
use crate::session::Session;
use crate::{Error, Result};
use duckdb::types::Value;
use model::{Floors, Granularity, Marks, Time};

/// The Delta version published of each table of the master dataset; -1: none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    pub messages: i64,
    pub ledger: i64,
}

impl Default for Versions {
    fn default() -> Versions {
        Versions { messages: -1, ledger: -1 }
    }
}

/// Up to where views are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub watermark: Marks,
    pub versions: Versions,
    /// From when on each granularity is complete. Of raw messages views know nothing.
    pub floors: Floors,
}

pub(crate) fn read(session: &Session) -> Result<State> {
    let sql = "SELECT journal, max(segment) FROM watermark GROUP BY journal";
    let marks = session.rows(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let watermark = marks
        .into_iter()
        .map(|(journal, segment)| Ok((journal_id(session, &journal)?, segment)))
        .collect::<Result<Marks>>()?;
    Ok(State { watermark, versions: versions(session)?, floors: floors(session)? })
}

pub(crate) fn versions(session: &Session) -> Result<Versions> {
    let sql = "SELECT max(messages), max(ledger) FROM versions";
    let rows = session.rows(sql, [], |row| Ok(Versions { messages: row.get(0)?, ledger: row.get(1)? }))?;
    rows.first().copied().ok_or_else(|| session.damaged("table versions is empty"))
}

pub(crate) fn floors(session: &Session) -> Result<Floors> {
    let sql = r#"SELECT granularity, epoch_us(max("from")) FROM floors GROUP BY granularity"#;
    let mut floors = Floors::default();
    for (granularity, from) in session.rows(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))? {
        let granularity = granularity.parse().map_err(|_| session.damaged("table floors names no granularity"))?;
        floors.set(granularity, Time::from_micros(from));
    }
    Ok(floors)
}

pub(crate) fn record_floors(session: &Session, floors: &Floors) -> Result<()> {
    let row = |of: Granularity| [Value::Text(of.name().to_owned()), schema::timestamp(floors.of(of))];
    session.append("floors", Granularity::ALL.map(row))
}

pub(crate) fn record_versions(session: &Session, versions: Versions) -> Result<()> {
    let row = [FORMAT, versions.messages, versions.ledger].map(Value::BigInt);
    session.append("versions", [row])
}

pub(crate) fn record_watermark(session: &Session, marks: &Marks) -> Result<()> {
    let rows = marks.iter().map(|(journal, &segment)| [Value::Text(journal.to_string()), Value::UBigInt(segment)]);
    session.append("watermark", rows)
}

pub(crate) fn check_order(published: Versions, offered: Versions) -> Result<()> {
    let pairs = [("messages", published.messages, offered.messages), ("ledger", published.ledger, offered.ledger)];
    match pairs.into_iter().find(|(_, published, offered)| offered < published) {
        Some((table, published, offered)) => Err(Error::Backwards { table, published, offered }),
        None => Ok(()),
    }
}

pub(crate) fn journal_id(session: &Session, text: &str) -> Result<model::JournalId> {
    text.parse().map_err(|_| session.damaged(format!("{text:?} is no journal id")))
}
