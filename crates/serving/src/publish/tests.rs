//! Publishing: all or nothing, in order, from any path, whatever the session's zone.

use crate::fixture::{Folder, cells, of_rollups, range, rollup, time};
use crate::{Error, Publication, PublishedSegment, ServiceSeen, Versions};
use model::{Counts, Granularity, JournalId, LedgerRow, Marks, Span};
use std::fs;
use uuid::Uuid;

fn segment(number: u64) -> PublishedSegment {
    PublishedSegment { journal: JournalId(Uuid::from_u128(7)), segment: number, messages: 2, damaged: number == 2 }
}

fn seen(service: &str, from: &str, count: u64) -> ServiceSeen {
    let first_seen = time(from);
    let last_seen = Granularity::Hour.next(first_seen);
    ServiceSeen { service: service.into(), first_seen, last_seen, last_received: last_seen, count }
}

/// A publication with something in every table.
fn full(folder: &Folder, version: i64) -> Publication {
    let minute = time("2026-11-21T12:56");
    let rollups = folder.rollups(&[("a", minute, rollup(&[(5, minute), (7, minute)]))]);
    Publication {
        rollups: vec![(Granularity::Minute, rollups)],
        services: vec![folder.services(&[seen("a", "2026-11-21", 2)])],
        ledger: vec![folder.ledger(&[LedgerRow::counts("collector", minute, Counts::default())])],
        segments: vec![segment(1), segment(2)],
        watermark: Marks::from([(segment(1).journal, 2)]),
        versions: Versions { messages: version, ledger: version },
    }
}

/// All that can be read, as text.
fn everything(views: &crate::Views) -> String {
    let reading = views.begin().expect("begins");
    let span = Span { granularity: Granularity::Minute, range: range("2026-11-21", "2026-11-22") };
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        reading.state().expect("state"),
        cells(&reading, &span, None),
        reading.ledger(&span.range).expect("ledger"),
        reading.first_ledger_time().expect("first time"),
        reading.services().expect("services"),
        reading.segments().expect("segments"),
    )
}

#[test]
fn every_table_is_read_back() {
    let folder = Folder::new();
    let views = folder.views();
    let minute = time("2026-11-21T12:56");
    views.publish(&full(&folder, 0)).expect("published");
    let later = seen("a", "2026-11-21T05:00", 40);
    let more = Publication {
        services: vec![folder.services(&[later.clone(), seen("b", "2026-01-01", 1)])],
        watermark: Marks::from([(JournalId(Uuid::from_u128(8)), 1)]),
        versions: Versions { messages: 1, ledger: 0 },
        ..Publication::default()
    };
    views.publish(&more).expect("published");

    let reading = views.begin().expect("begins");
    let state = reading.state().expect("state");
    assert_eq!(state.watermark, full(&folder, 0).watermark.into_iter().chain(more.watermark).collect::<Marks>());
    assert_eq!(state.versions, more.versions);
    assert_eq!(reading.segments().expect("segments"), [segment(1), segment(2)]);
    assert_eq!(reading.first_ledger_time().expect("a time"), Some(minute));
    let merged = ServiceSeen { first_seen: time("2026-11-21"), count: 42, ..later };
    assert_eq!(reading.services().expect("services"), [merged, seen("b", "2026-01-01", 1)]);
}

#[test]
fn a_publication_that_fails_leaves_nothing() {
    let folder = Folder::new();
    let views = folder.views();
    views.publish(&full(&folder, 0)).expect("published");
    let before = everything(&views);

    let good = fs::read(&full(&folder, 0).ledger[0]).expect("readable");
    let broken = folder.path().join("broken.parquet");
    let middle = good.len() / 2;
    for bytes in [&b""[..], b"this is no Parquet", &good[..middle], &[&good[..4], &good[middle..]].concat()] {
        fs::write(&broken, bytes).expect("written");
        let mut publication = full(&folder, 1);
        publication.ledger.push(broken.clone());
        let error = views.publish(&publication).expect_err("refused");
        assert!(matches!(error, Error::Database { .. }), "{error}");
        assert_eq!(everything(&views), before);
    }
    let (source, target) = (full(&folder, 1).rollups[0].1.clone(), folder.path().join("no-bucket.parquet"));
    let (some, none) = (format!("FROM '{}'", source.display()), "SELECT * REPLACE (NULL::TIMESTAMPTZ AS bucket)");
    for select in [format!("{none} {some}"), format!("{none} {some} UNION ALL {some}")] {
        views.on_writer(&format!("COPY ({select}) TO '{}'", target.display())).expect("written");
        let publication = Publication { rollups: vec![(Granularity::Minute, target.clone())], ..full(&folder, 1) };
        assert!(matches!(views.publish(&publication), Err(Error::Database { .. })), "{select}");
        assert_eq!(everything(&views), before);
    }
    let mut publication = full(&folder, 1);
    publication.services.push(folder.path().join("missing.parquet"));
    views.publish(&publication).expect_err("refused");
    assert_eq!(everything(&views), before);

    views.publish(&full(&folder, 1)).expect("the next one works");
    assert_ne!(everything(&views), before);
}

#[test]
fn commits_come_in_order() {
    let folder = Folder::new();
    let views = folder.views();
    views.publish(&full(&folder, 5)).expect("published");
    let before = everything(&views);
    let refused = views.publish(&full(&folder, 4)).expect_err("refused");
    assert!(matches!(refused, Error::Backwards { table: "messages", published: 5, offered: 4 }), "{refused}");
    assert_eq!(everything(&views), before);
}

#[test]
fn files_may_lie_anywhere() {
    let folder = Folder::new();
    let views = folder.views();
    let odd = folder.path().join("it's [1-9]*?, day=2026-11-21, «ü»");
    fs::create_dir(&odd).expect("made");
    // found only when a pattern in the path were one
    fs::create_dir(folder.path().join("it's 1, day=2026-11-21, «ü»")).expect("made");
    let minute = time("2026-11-21T12:56");
    let rollups = (0..2).map(|number| {
        let file = odd.join(format!("part[{number}].parquet"));
        fs::rename(folder.rollups(&[("a", minute, rollup(&[(5, minute)]))]), &file).expect("moved");
        (Granularity::Minute, file)
    });
    views.publish(&of_rollups(rollups.collect(), 0)).expect("published");
    let span = Span { granularity: Granularity::Minute, range: range("2026-11-21", "2026-11-22") };
    let found = cells(&views.begin().expect("begins"), &span, None);
    assert_eq!(found.into_values().map(|of| of.count()).collect::<Vec<_>>(), [2]);
}

#[test]
fn times_do_not_depend_on_the_zone_of_the_session() {
    let folder = Folder::new();
    let views = folder.views();
    // a library without the ICU extension has no zones, and refuses
    let _ = views.on_writer("SET TimeZone = 'America/New_York'");
    views.publish(&full(&folder, 0)).expect("published");
    let minute = time("2026-11-21T12:56");
    let span = Span { granularity: Granularity::Minute, range: range("2026-11-21T12:56", "2026-11-21T12:57") };
    let reading = views.begin().expect("begins");
    let expect = ("a".to_owned(), minute);
    assert_eq!(cells(&reading, &span, None)[&expect].cpu.max_at, minute);
    assert_eq!(reading.ledger(&span.range).expect("ledger")[0].from, minute);
    assert_eq!(reading.services().expect("services"), [seen("a", "2026-11-21", 2)]);
}
