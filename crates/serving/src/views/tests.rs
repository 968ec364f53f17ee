//! Opening: what is there, what is not, and what is no view file.

use crate::fixture::{Folder, LIMITS, of_rollups, range, rollup, time};
use crate::{Error, Publication, Versions, Views};
use model::{Granularity, JournalId, Marks, Span};
use std::fs;
use uuid::Uuid;

fn marked(version: i64) -> Publication {
    let watermark = Marks::from([(JournalId(Uuid::from_u128(7)), u64::try_from(version).expect("positive"))]);
    Publication { watermark, ..of_rollups(Vec::new(), version) }
}

#[test]
fn fresh_views_hold_nothing_and_open_again() {
    let folder = Folder::new();
    let fresh = folder.views().state().expect("readable");
    assert_eq!((fresh.watermark.len(), fresh.versions), (0, Versions { messages: -1, ledger: -1 }));

    let views = Views::open(&folder.view_file(), &LIMITS).expect("opens");
    views.publish(&marked(3)).expect("published");
    views.checkpoint().expect("nothing in the way");
    let state = views.state().expect("readable");
    drop(views);
    let again = Views::open(&folder.view_file(), &LIMITS).expect("opens");
    assert_eq!(again.state().expect("readable"), state);
    assert_eq!((state.watermark.into_values().collect::<Vec<_>>(), state.versions.messages), (vec![3], 3));
}

#[test]
fn read_only_opens_read_and_do_not_write() {
    let folder = Folder::new();
    let (bucket, services) = (time("2026-11-21T12:56"), ["a".to_owned()]);
    let file = folder.rollups(&[("a", bucket, rollup(&[(5, bucket)]))]);
    folder.views().publish(&of_rollups(vec![(Granularity::Minute, file)], 1)).expect("published");

    let views = Views::open_read_only(&folder.view_file(), &LIMITS).expect("opens");
    let beside = Views::open_read_only(&folder.view_file(), &LIMITS).expect("opens beside the first");
    let span = Span { granularity: Granularity::Minute, range: range("2026-11-21", "2026-11-22") };
    let read = |views: &Views| crate::fixture::cells(&views.begin().expect("begins"), &span, Some(&services)).len();
    assert_eq!((read(&views), read(&beside)), (1, 1));
    assert!(matches!(views.publish(&marked(2)), Err(Error::Database { .. })));
}

/// What is left after a kill: the file, and a log that was not yet moved into it.
#[test]
fn a_left_over_log_counts_for_every_opener() {
    let folder = Folder::new();
    let views = folder.views();
    views.publish(&marked(4)).expect("published");
    let (killed, log) = (folder.path().join("killed.duckdb"), folder.path().join("killed.duckdb.wal"));
    fs::copy(folder.view_file(), &killed).expect("copied");
    fs::copy(folder.view_file().with_extension("duckdb.wal"), &log).expect("copied");

    let read_only = Views::open_read_only(&killed, &LIMITS).expect("opens");
    assert_eq!(read_only.state().expect("readable"), views.state().expect("readable"));
    drop(read_only);
    let writer = Views::open(&killed, &LIMITS).expect("opens");
    assert_eq!(writer.state().expect("readable"), views.state().expect("readable"));
    drop(writer);

    fs::copy(folder.view_file().with_extension("duckdb.wal"), &log).expect("copied");
    fs::remove_file(&killed).expect("removed");
    assert!(matches!(Views::create(&killed, &LIMITS), Err(Error::Exists { .. })));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = Folder::new();
    let file = folder.view_file();
    let open = || Views::open(&file, &LIMITS).map(|_| ()).expect_err("refused");
    let open_read_only = || Views::open_read_only(&file, &LIMITS).map(|_| ()).expect_err("refused");

    assert!(matches!(open(), Error::Missing { .. }) && matches!(open_read_only(), Error::Missing { .. }));
    assert!(!file.exists(), "looking for views makes none");
    drop(folder.views());
    assert!(matches!(Views::create(&file, &LIMITS), Err(Error::Exists { .. })));

    let intact = fs::read(&file).expect("readable");
    let damages: [(&str, Vec<u8>); 4] = [
        ("empty", Vec::new()),
        ("no database", b"these are no views".repeat(1000)),
        ("cut short", intact[..intact.len() / 3].to_vec()),
        ("header overwritten", [vec![0xff; 12_288], intact[12_288..].to_vec()].concat()),
    ];
    for (what, bytes) in damages {
        fs::write(&file, bytes).expect("written");
        let error = open();
        assert!(error.calls_for_rebuild(), "{what}: {error}");
    }
    fs::write(&file, &intact).expect("written");
    Views::open(&file, &LIMITS).expect("the intact file opens");
}

#[test]
fn newer_formats_are_refused_as_such() {
    let folder = Folder::new();
    let check = |format: i64, expect: fn(&Error) -> bool| {
        let views = folder.views();
        let set = format!("DELETE FROM versions; INSERT INTO versions VALUES ({format}, 0, 0)");
        views.on_writer(&set).expect("set");
        drop(views);
        let error = Views::open(&folder.view_file(), &LIMITS).map(|_| ()).expect_err("refused");
        assert!(expect(&error), "{error}");
        fs::remove_file(folder.view_file()).expect("removed");
    };
    check(crate::FORMAT + 1, |error| matches!(error, Error::Newer { .. }));
    check(0, |error| matches!(error, Error::Damaged { .. }));
}
