//! Retention from outside: what goes, what stays, what answers say of it, and `kill -9` at many points of it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::Utc;
use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Bucket, Daemon, Expected, Site, assert_same, time_text, time_us, until};

const KEPT: [&str; 6] = ["--set", "retention.raw=30d", "--set", "retention.minute=60d", "--set", "retention.hour=100d"];

const DAY_US: i64 = 86_400_000_000;
const COUNT: u32 = 600;

/// A place with published messages, eight on every fifth day for 375 days back from now.
fn filled() -> (Site, Expected) {
    let site = Site::new();
    let now = Utc::now().timestamp_micros();
    let back = |number: u32| i64::from(number / 8) * 5 * DAY_US + i64::from(number % 8) * (DAY_US / 12) + 60_000_000;
    let heartbeat = |number: u32| Heartbeat::numbered(number, now - back(number));
    let heartbeats: Vec<Heartbeat> = (0..COUNT).map(heartbeat).collect();
    let expected = Heartbeat::expect(&heartbeats, &site.path("expected"));
    let head = "service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk\n";
    for (number, part) in heartbeats.chunks(COUNT as usize / 2).enumerate() {
        let file = site.path(&format!("part-{number}.csv"));
        let lines: String = part.iter().map(Heartbeat::csv).collect();
        fs::write(&file, format!("{head}{lines}")).unwrap();
        site.run(&["import", file.to_str().unwrap()]).ok();
        site.batch();
    }
    (site, expected)
}

/// The first instant of the day that lies so many days back.
fn day_before(days: i64) -> i64 {
    Bucket::Day.start_of(Utc::now().timestamp_micros() - days * DAY_US)
}

/// That everything which is kept is answered as before, and that nothing is found wrong.
fn same(site: &Site, expected: &Expected, when: &str) {
    for every in [Bucket::Day, Bucket::Month, Bucket::Year] {
        let rows = site.query(&["--every", every.name()]).rows;
        assert_same(&rows, &expected.series(every), &format!("{when}, {every:?}"));
    }
    kept(site, expected, when, Bucket::Hour, 99);
    sound(site, expected, when);
}

/// The same in short.
fn sound(site: &Site, expected: &Expected, when: &str) {
    let answer = site.query(&[]);
    assert_same(&answer.rows, &expected.rows(), when);
    let warnings = answer.document["warnings"].to_string();
    assert!(!warnings.contains("kept"), "{when}: {warnings}");
    kept(site, expected, when, Bucket::Minute, 59);
    let report = site.json(&["verify"]);
    assert_eq!(report["different"], 0, "{when}: {report}");
}

/// A series that goes back no further than its buckets are kept.
fn kept(site: &Site, expected: &Expected, when: &str, every: Bucket, days: i64) {
    let from = day_before(days);
    let rows = site.query_range(&["--from", &time_text(from), "--to", "2040-01-01", "--every", every.name()]).rows;
    assert_same(&rows, &expected.rows_within(from..i64::MAX, Some(every)), &format!("{when}, {every:?}"));
}

fn retention(arguments: &[&'static str]) -> Vec<&'static str> {
    [&["jobs", "run", "retention"], arguments].concat()
}

/// The days of which there are files of messages.
fn days(site: &Site) -> Vec<String> {
    let names = fs::read_dir(site.data().join("master/messages")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut days: Vec<String> =
        names.filter_map(|name| Some(name.to_str()?.strip_prefix("day=")?.to_owned())).collect();
    days.sort();
    days
}

#[test]
fn off_by_default() {
    let (site, expected) = filled();
    let before = days(&site);
    assert!(site.run(&retention(&["--dry-run"])).ok().stdout.contains("kept forever"));
    site.run(&retention(&[])).ok();
    assert_eq!(days(&site), before);
    site.verify(expected.count());
}

#[test]
fn what_is_dropped_goes_and_answers_stay() {
    let (site, expected) = filled();
    let floor = day_before(30);
    let gone =
        expected.count() - expected.rows_within(floor..i64::MAX, None).values().map(|row| row.count).sum::<u64>();
    let before = days(&site);
    let would = site.run(&retention(&[&KEPT[..], &["--dry-run"]].concat())).ok().stdout;
    assert!(would.contains(&format!("would drop {gone} raw messages")) && would.contains("rows of minutes"), "{would}");
    assert_eq!(days(&site), before, "a dry run drops nothing");
    same(&site, &expected, "before");

    let done = site.run(&retention(&KEPT)).ok().stdout;
    assert!(done.contains(&format!("{gone} messages dropped")), "{done}");
    let first = time_text(floor)[..10].to_owned();
    assert!(days(&site).first() >= Some(&first) && days(&site).len() < before.len(), "{:?}", days(&site));
    same(&site, &expected, "after");
    let report = site.json(&["verify"]);
    assert_eq!((time_us(&report["raw_from"]), &report["messages"]), (floor, &(expected.count() - gone).into()));
    let again = site.run(&retention(&KEPT)).ok().stdout;
    assert!(again.contains("0 messages dropped"), "{again}");
    for job in [&["jobs", "run", "compact"][..], &["rebuild"], &["jobs", "run", "batch"]] {
        site.run(job).ok();
        same(&site, &expected, &format!("after {job:?}"));
    }
}

#[test]
fn what_is_gone_widens_and_says_so() {
    let (site, expected) = filled();
    site.run(&retention(&KEPT)).ok();
    let _daemon = site.serve(&BY_HAND);
    let check = |days: i64, width: Bucket, every: &[&str]| {
        let from = day_before(days) + 12 * 3_600_000_000 + 61_500_000;
        let to = from + 1_000_000;
        let range = [time_text(from), time_text(to)];
        let range = ["--from", &range[0], "--to", &range[1]];
        let answer = site.query_range(&[&range[..], every].concat());
        let document = &answer.document;
        let shown = |span: &serde_json::Value| (time_us(&span["from"]), time_us(&span["to"]));
        assert_eq!(shown(&document["asked"]), (from, to), "{document}");
        let (wide_from, wide_to) = (width.start_of(from), shown(document).1);
        assert_eq!(shown(document), (wide_from, wide_to), "{document}");
        assert!(wide_to >= to && width.start_of(wide_to - 1) == wide_from, "{document}");
        let every = every.last().map(|_| width);
        assert_same(&answer.rows, &expected.rows_within(wide_from..wide_to, every), &format!("{days} days ago"));
        let warning = document["warnings"][0].as_str().unwrap();
        assert!(warning.contains("no longer kept"), "{document}");
        for format in ["table", "csv", "ndjson"] {
            let output = site.run(&[&["query"], &range[..], &["--format", format]].concat());
            assert!(output.stderr.contains("no longer kept"), "{format}: {output:?}");
        }
        document["every"].clone()
    };
    check(40, Bucket::Minute, &[]);
    check(70, Bucket::Hour, &[]);
    check(110, Bucket::Day, &[]);
    assert_eq!(check(110, Bucket::Day, &["--every", "minute"]), "day");
}

/// Where a retention is when the process dies.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Rollups are being written, or are there and do not count.
    Folding,
    /// The commit is there.
    Committed,
    /// So long after the retention was asked for.
    Milliseconds(u64),
}

#[test]
fn killed_while_rollups_are_written_and_behind_the_commit() {
    killed_at(&[Point::Folding, Point::Committed]);
}

#[test]
fn killed_early_in_a_retention() {
    killed_at(&[Point::Milliseconds(0), Point::Milliseconds(60)]);
}

#[test]
fn killed_late_in_a_retention() {
    killed_at(&[Point::Milliseconds(150), Point::Milliseconds(400)]);
}

fn killed_at(points: &[Point]) {
    for point in points.iter().copied() {
        let (site, expected) = filled();
        let daemon = site.serve(&[&BY_HAND[..], &KEPT].concat());
        kill_in_a_retention(&site, daemon, point);

        let when = format!("killed at {point:?}");
        sound(&site, &expected, &format!("{when}, nobody runs"));
        let daemon = site.serve(&[&BY_HAND[..], &KEPT].concat());
        sound(&site, &expected, &format!("{when}, started again"));
        site.run(&["jobs", "run", "compact"]).ok();
        site.run(&["rebuild"]).ok();
        sound(&site, &expected, &format!("{when}, compacted and rebuilt"));
        site.run(&retention(&[])).ok();
        sound(&site, &expected, &format!("{when}, retained to the end"));
        assert!(days(&site).first() >= Some(&time_text(day_before(30))[..10].to_owned()), "{:?}", days(&site));
        assert!(daemon.stop().success());
        site.run(&["rebuild"]).ok();
        sound(&site, &expected, &format!("{when}, rebuilt at last"));
        let folders = fs::read_dir(site.data().join("master/retained")).unwrap().count();
        assert!(folders <= 2, "{when}: {folders} folders, of which one holds rollups and one the list");
    }
}

fn kill_in_a_retention(site: &Site, daemon: Daemon, point: Point) {
    let commits = commits(site);
    let mut running = site.command(&retention(&[]));
    let mut running = running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let asked = Instant::now();
    until("the point to kill at", 60, || {
        let reached = match point {
            Point::Folding => site.data().join("master/retained/1").exists(),
            Point::Committed => self::commits(site) > commits,
            Point::Milliseconds(delay) => asked.elapsed() >= Duration::from_millis(delay),
        };
        reached.then_some(())
    });
    daemon.kill();
    until("the end of a command whose daemon died", 60, || running.try_wait().unwrap());
}

fn commits(site: &Site) -> usize {
    let log = fs::read_dir(site.data().join("master/messages/_delta_log")).unwrap();
    let paths: Vec<PathBuf> = log.map(|entry| entry.unwrap().path()).collect();
    paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")).count()
}
