//! Folding: what is folded, what waits, and that space is used again.

use crate::fixture::{Folder, cells, of_rollups, range, rollup, time};
use crate::{Folded, Publication, ServiceSeen, Views};
use model::{Granularity, JournalId, Marks, Span, Time};
use uuid::Uuid;

/// One publication of one message of one service, in all granularities.
fn publish(folder: &Folder, views: &Views, at: Time, version: i64) {
    let file =
        |granularity: Granularity| (granularity, folder.rollups(&[("a", granularity.floor(at), rollup(&[(7, at)]))]));
    let seen = ServiceSeen { service: "a".into(), first_seen: at, last_seen: at, last_received: at, count: 1 };
    let publication = Publication {
        services: vec![folder.services(&[seen])],
        watermark: Marks::from([(JournalId(Uuid::from_u128(7)), 1)]),
        ..of_rollups(Granularity::ALL.into_iter().map(file).collect(), version)
    };
    views.publish(&publication).expect("published");
}

fn partial_rows(views: &Views, granularity: Granularity) -> u64 {
    views.count(&format!("SELECT count(*) FROM {granularity}"))
}

#[test]
fn unfinished_minutes_and_hours_wait() {
    let folder = Folder::new();
    let views = folder.views();
    let ats =
        ["2026-11-21T12:01", "2026-11-21T12:01:59", "2026-11-21T12:02", "2026-11-21T13:00", "2026-11-21T13:00:01"];
    for (at, version) in ats.into_iter().zip(0..) {
        publish(&folder, &views, time(at), version);
    }
    let check = |finished: &str, expect: [u64; 5]| {
        views.fold_partials(time(finished)).expect("folded");
        let rows = Granularity::ALL.map(|granularity| partial_rows(&views, granularity));
        assert_eq!(rows, expect, "finished before {finished}");
        for granularity in Granularity::ALL {
            let span = Span { granularity, range: range("2026-01-01", "2027-01-01") };
            let found = cells(&views.begin().expect("begins"), &span, None);
            assert_eq!(found.values().map(|of| of.count()).sum::<u64>(), 5, "{granularity}");
        }
    };
    check("2026-11-21T12:01:59", [5, 5, 1, 1, 1]);
    check("2026-11-21T12:02", [4, 5, 1, 1, 1]);
    check("2026-11-21T13:00:59", [4, 3, 1, 1, 1]);
    check("2026-11-22", [3, 2, 1, 1, 1]);
    let nothing = views.fold_partials(time("2026-11-22")).expect("folded");
    assert_eq!(nothing, Folded::default());
    assert_eq!(views.count("SELECT count(*) FROM unfolded"), 0);

    publish(&folder, &views, time("2026-11-21T12:01"), 9);
    let late = views.fold_partials(time("2026-11-22")).expect("folded");
    // five granularities, and the services, the watermark and the versions
    assert_eq!(late, Folded { rows_before: 16, rows_after: 8 });
}

#[test]
fn folded_space_is_used_again() {
    let folder = Folder::new();
    let views = folder.views();
    let names: Vec<String> = (0..200_000).map(|service| format!("service-{service}")).collect();
    let bucket = time("2026-11-01");
    let cells: Vec<_> = names.iter().map(|name| (name.as_str(), bucket, rollup(&[(7, bucket)]))).collect();
    let file = folder.rollups(&cells);
    let mut sizes = Vec::new();
    for version in 0..6 {
        views.publish(&of_rollups(vec![(Granularity::Month, file.clone())], version)).expect("published");
        views.fold_partials(Time::MAX).expect("folded");
        views.checkpoint().expect("nothing in the way");
        sizes.push(std::fs::metadata(folder.view_file()).expect("a file").len());
    }
    assert_eq!(partial_rows(&views, Granularity::Month), 200_000);
    assert!(sizes[5] <= sizes[1], "the file grows with every fold: {sizes:?}");
}
