//! Each form, as it looks.

use super::*;

fn row(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| (*field).to_owned()).collect()
}

#[test]
fn tables_align_numbers_and_leave_no_blanks_behind() {
    let columns = [("service", Align::Left), ("count", Align::Right), ("cpu", Align::Right), ("at", Align::Left)];
    let rows = [row(&["checkout", "1,200", "37.1%", "12:56"]), row(&["ä", "7", "100.0%", ""])];
    let expect = "\
service   count     cpu  at
checkout  1,200   37.1%  12:56
ä             7  100.0%
";
    assert_eq!(table(&columns, rows), expect);
    assert_eq!(table(&columns, []), "service  count  cpu  at\n");
}

#[test]
fn csv_quotes_what_needs_it() {
    let rows = [row(&["a,b", "1"]), row(&["say \"hi\"", ""]), row(&["two\nlines", "0.1"])];
    let expect = "service,count\n\"a,b\",1\n\"say \"\"hi\"\"\",\n\"two\nlines\",0.1\n";
    assert_eq!(csv(&["service", "count"], rows), expect);
}

#[test]
fn json_keeps_every_digit() {
    let share = 0.1 + 0.2;
    assert_eq!(ndjson([share, 1e-9]).expect("numbers"), "0.30000000000000004\n1e-9\n");
    assert_eq!(json(&["a\nb"]).expect("a list"), "[\"a\\nb\"]\n");
}

#[test]
fn numbers() {
    let check = |number: u64, expect: &str| assert_eq!(count(number), expect);
    check(0, "0");
    check(999, "999");
    check(1_000, "1,000");
    check(1_234_567, "1,234,567");
    check(u64::MAX, "18,446,744,073,709,551,615");
    assert_eq!([percent(0.0), percent(0.3705), percent(1.0)], ["0.0%", "37.0%", "100.0%"].map(str::to_owned));
}

#[test]
fn times() {
    let time: Time = "2026-11-21T12:56:07.250Z".parse().expect("a time");
    assert_eq!(short_time(time), "2026-11-21 12:56:07");
    let check = |granularity: Granularity, expect: &str| {
        assert_eq!(bucket(granularity.floor(time), granularity), expect);
    };
    check(Granularity::Minute, "2026-11-21 12:56");
    check(Granularity::Hour, "2026-11-21 12:00");
    check(Granularity::Day, "2026-11-21");
    check(Granularity::Month, "2026-11");
    check(Granularity::Year, "2026");
}
