//! The oracle against sums done by hand: it is what everything else is measured by.

use super::*;
use crate::answer::{assert_same, time_text};

/// CPU and used RAM of messages at these times; the disk is always half full.
fn messages(of: &[(i64, f64, f64)]) -> Expected {
    let file = tempfile::NamedTempFile::new().unwrap();
    let line = |(time_us, cpu, used): &(i64, f64, f64)| {
        let ram = format!(r#""ram_total":4.0,"ram_free":{}"#, 4.0 - used);
        format!(r#"{{"service":"a","time_us":{time_us},"cpu":{cpu},{ram},"disk_total":2.0,"disk_free":1.0}}"#)
    };
    fs::write(file.path(), of.iter().map(|message| line(message) + "\n").collect::<String>()).unwrap();
    Expected::read(file.path())
}

#[test]
fn means_are_of_whole_billionths_and_the_earliest_peak_counts() {
    // 2.5 and 3.5 billionths: both halves go to the even neighbour, 2 and 4
    let expected = messages(&[(30, 0.5, 1.0), (20, 0.5, 3.0), (10, 0.25, 2.0), (40, 2.5e-9, 1.0), (50, 3.5e-9, 3.0)]);
    let row = expected.rows()[&("a".to_owned(), None)];
    assert_eq!(row.count, 5);
    assert_eq!(row.cpu, Series { avg: 0.250_000_001_2, min: 2e-9, max: 0.5, max_at: 20 });
    assert_eq!(row.ram, Series { avg: 0.5, min: 0.25, max: 0.75, max_at: 20 });
    assert_eq!(row.disk, Series { avg: 0.5, min: 0.5, max: 0.5, max_at: 10 });
    assert_eq!((expected.range(), expected.services()["a"]), (10..51, (10, 50, 5)));
    assert_eq!((expected.first(2).count(), expected.rows_within(20..40, None)[&("a".to_owned(), None)].count), (2, 2));
}

#[test]
fn buckets_begin_where_the_calendar_says() {
    // 2024-02-29T23:59:59.999999Z and a microsecond before 1970
    for (time_us, starts) in [
        (
            1_709_251_199_999_999,
            ["2024-02-29T23:59", "2024-02-29T23:00", "2024-02-29T00:00", "2024-02-01T00:00", "2024-01-01T00:00"],
        ),
        (-1, ["1969-12-31T23:59", "1969-12-31T23:00", "1969-12-31T00:00", "1969-12-01T00:00", "1969-01-01T00:00"]),
    ] {
        let found = Bucket::ALL.map(|bucket| time_text(bucket.start_of(time_us)));
        assert_eq!(found, starts.map(|start| format!("{start}:00.000000Z")));
    }
}

#[test]
#[should_panic(expected = "1 of 1 rows differ")]
fn one_microsecond_is_a_difference() {
    let peaks = [10, 11].map(|time_us| messages(&[(time_us, 0.5, 1.0)]).rows());
    assert_same(&peaks[0], &peaks[1], "two peaks");
}
