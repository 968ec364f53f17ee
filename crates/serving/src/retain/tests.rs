//! Floors are kept, never fall, and nothing but what lies below them goes.

use crate::Views;
use crate::fixture::{Cells, Folder, LIMITS, cells, of_rollups, rollup, time};
use model::{Floors, Granularity, HealthRollup, Span, Time, TimeRange};
use std::collections::BTreeMap;

fn all(views: &Views, granularity: Granularity) -> Cells {
    let span = Span { granularity, range: TimeRange { from: Time::MIN, to: Time::MAX } };
    cells(&views.begin().expect("begins"), &span, None)
}

fn partials(times: &[&'static str]) -> Vec<(&'static str, Time, HealthRollup)> {
    times.iter().map(|at| ("a", time(at), rollup(&[(5, time(at))]))).collect()
}

fn floors(minute: &str, hour: &str) -> Floors {
    Floors { minute: time(minute), hour: time(hour), ..Floors::default() }
}

/// Minutes and hours of the same times, each with two partials.
fn views(folder: &Folder) -> Views {
    let views = folder.views();
    let partials = partials(&["2026-11-01", "2026-11-20T23:00", "2026-11-21", "2026-11-22"]);
    for version in 0..2 {
        let file = || folder.rollups(&partials);
        let rollups = vec![(Granularity::Minute, file()), (Granularity::Hour, file())];
        views.publish(&of_rollups(rollups, version)).expect("published");
    }
    views
}

#[test]
fn what_lies_below_the_floors_goes() {
    let folder = Folder::new();
    let views = views(&folder);
    let before = [Granularity::Minute, Granularity::Hour].map(|of| all(&views, of));
    let floors = floors("2026-11-21", "2026-11-02");
    let below = views.begin().expect("begins").rows_below(&floors).expect("counted");
    assert_eq!(below, BTreeMap::from([(Granularity::Minute, 4), (Granularity::Hour, 2)]));

    let during = views.begin().expect("begins");
    views.raise_floors(&floors).expect("raised");
    assert_eq!(views.state().expect("state").floors, floors);
    assert_eq!([Granularity::Minute, Granularity::Hour].map(|of| all(&views, of)), before, "nothing is deleted yet");
    assert_eq!(views.delete_below_floors().expect("deleted"), 6);
    assert_eq!(views.delete_below_floors().expect("deleted"), 0);
    assert_eq!(during.state().expect("state").floors, Floors::default(), "who reads on sees neither");
    let span = Span { granularity: Granularity::Minute, range: TimeRange { from: Time::MIN, to: Time::MAX } };
    assert_eq!(cells(&during, &span, None), before[0]);

    for (granularity, before) in [Granularity::Minute, Granularity::Hour].into_iter().zip(before) {
        let left = before.into_iter().filter(|((_, bucket), _)| *bucket >= floors.of(granularity)).collect::<Cells>();
        assert_eq!(all(&views, granularity), left, "{granularity}");
        views.fold_partials(time("2027-01-01")).expect("folded");
        assert_eq!(all(&views, granularity), left, "{granularity}");
    }
}

#[test]
fn floors_never_fall_and_are_there_when_opened_again() {
    let folder = Folder::new();
    let views = views(&folder);
    views.raise_floors(&floors("2026-11-21", "2026-11-02")).expect("raised");
    views.raise_floors(&floors("2026-11-20", "2026-11-20")).expect("raised");
    let highest = floors("2026-11-21", "2026-11-20");
    assert_eq!(views.state().expect("state").floors, highest);
    views.fold_partials(time("2027-01-01")).expect("folded");
    assert_eq!(views.count("SELECT count(*) FROM floors"), 5, "one row each");
    views.checkpoint().expect("checkpointed");
    drop(views);
    let again = Views::open_read_only(&folder.view_file(), &LIMITS).expect("opens");
    assert_eq!(again.state().expect("state").floors, highest);
}
