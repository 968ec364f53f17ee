//! Columns hold what the rows hold.

use super::*;
use crate::answer::{LedgerLine, ServiceLine};
use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use model::{Counts, LedgerRow, LedgerRowKind, Reason, Seen, Time};

fn at(micros: i64) -> Time {
    Time::from_micros(micros)
}

#[test]
fn every_ledger_line_has_its_columns() {
    let minute = "2026-11-21T12:56".parse().expect("a time");
    let mut counts = Counts { accepted: 5, shed: 2, kernel_dropped: None, ..Counts::default() };
    counts.rejected.insert(Reason::NotJson, 3);
    let span = |kind| LedgerRow { source: "http".to_owned(), from: at(1), to: at(9), kind };
    let rows = [
        LedgerRow::counts("collector", minute, counts),
        span(LedgerRowKind::Gap { clean: true }),
        span(LedgerRowKind::Gap { clean: false }),
        span(LedgerRowKind::Damage { journal: "collector".to_owned(), segment: 7 }),
    ];
    let batch = ledger(&rows.map(LedgerLine::from)).expect("columns");
    let texts =
        |name| -> Vec<Option<&str>> { batch.column_by_name(name).expect(name).as_string::<i32>().iter().collect() };
    let numbers = |name| -> Vec<Option<i64>> {
        batch.column_by_name(name).expect(name).as_primitive::<Int64Type>().iter().collect()
    };
    assert_eq!(texts("kind"), [Some("counts"), Some("stopped"), Some("unclean"), Some("damage")]);
    assert_eq!(texts("reasons"), [Some("{\"not_json\":3}"), None, None, None]);
    assert_eq!(
        (numbers("received")[0], numbers("rejected")[0], numbers("kernel_dropped")[0]),
        (Some(10), Some(3), None)
    );
    assert_eq!(
        (texts("journal")[3], numbers("segment")[3], numbers("accepted")[3]),
        (Some("collector"), Some(7), None)
    );
    let until = batch.column_by_name("until").expect("until").as_primitive::<TimestampMicrosecondType>();
    assert_eq!(until.value(0), minute.as_micros() + 60_000_000);
    assert_eq!(until.value(3), 9);
}

#[test]
fn services_keep_their_times() {
    let seen = Seen { first_seen: at(1), last_seen: at(2), last_received: at(3), count: 4 };
    let batch = services(&[ServiceLine { service: "cart".to_owned(), seen }]).expect("columns");
    let times: Vec<i64> =
        (1..4).map(|column| batch.column(column).as_primitive::<TimestampMicrosecondType>().value(0)).collect();
    assert_eq!((times, batch.column(4).as_primitive::<Int64Type>().value(0)), (vec![1, 2, 3], 4));
}
