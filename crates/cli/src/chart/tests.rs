//! Curves from rows, and their pictures, as they look.

use super::drawing::Chart;
use super::svg::Picture;
use super::text::drawn;
use super::*;
use crate::render;

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange::new(time(from), time(to)).expect("a range")
}

/// A minute of a service whose CPU is around `avg`, the peak 10 s after its start.
fn row(service: &str, minute: &str, avg: f64) -> Row {
    let bucket = time(minute);
    let max_at = bucket.saturating_add(std::time::Duration::from_secs(10));
    let series = Series { avg, min: avg - 0.1, max: avg + 0.2, max_at };
    Row { service: service.to_owned(), bucket: Some(bucket), count: 6, cpu: series, ram: series, disk: series }
}

fn rows(service: &str, averages: &[(u32, f64)]) -> Vec<Row> {
    averages.iter().map(|(minute, avg)| row(service, &format!("2026-11-21T12:{minute:02}"), *avg)).collect()
}

#[test]
fn a_curve_knows_its_whole_and_its_first_peak() {
    let rows = [rows("a", &[(0, 0.5), (1, 0.7), (2, 0.7)]), rows("b", &[(1, 0.2)])].concat();
    let [a, b] = Curve::all(&rows, Granularity::Minute, Measure::Cpu).try_into().expect("two services");
    assert_eq!((a.name.as_str(), a.points.len(), a.whole.count), ("a", 3, 18));
    assert_eq!((render::percent(a.whole.avg), a.whole.max), ("63.3%".to_owned(), 0.7 + 0.2));
    assert_eq!((a.whole.from, a.whole.to), (time("2026-11-21T12:00"), time("2026-11-21T12:03")));
    assert_eq!(a.peak_at, time("2026-11-21T12:01:10Z"), "the earliest of equal peaks");
    assert_eq!((b.name.as_str(), b.points.len()), ("b", 1));
}

#[test]
fn folding_keeps_counts_and_extremes() {
    let averages: Vec<(u32, f64)> = (0..60).map(|minute| (minute, f64::from(minute) / 100.0)).collect();
    let curve = &Curve::all(&rows("a", &averages), Granularity::Minute, Measure::Ram)[0];
    let hour = range("2026-11-21T12:00", "2026-11-21T13:00");
    for columns in [1, 7, 59, 60, 61, 600] {
        let folded = curve.folded(&hour, columns);
        assert_eq!(folded.len(), columns.min(60), "{columns} columns");
        assert_eq!(folded.iter().map(|point| point.count).sum::<u64>(), 360);
        assert_eq!(folded.iter().map(|point| point.max).fold(0.0, f64::max), curve.whole.max);
        assert_eq!(folded.iter().map(|point| point.min).fold(1.0, f64::min), curve.whole.min);
        assert!(folded.windows(2).all(|pair| pair[0].to == pair[1].from), "without gaps between them");
    }
}

#[test]
fn ticks_stand_at_round_times() {
    let check = |from: &str, to: &str, most: usize, expect: &[&str]| {
        let ticks = ticks::ticks(&range(from, to), most);
        let labels: Vec<&str> = ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, expect, "{from} to {to}");
    };
    check("2026-11-21T12:00", "2026-11-21T13:00", 4, &["12:00", "12:15", "12:30", "12:45"]);
    check("2026-11-21T12:07", "2026-11-21T12:11", 6, &["12:07", "12:08", "12:09", "12:10"]);
    check("2026-11-20T13:00", "2026-11-21T13:00", 5, &["18:00", "11-21", "06:00", "12:00"]);
    check("2026-11-14", "2026-11-21", 4, &["11-15", "11-17", "11-19"]);
    check("2026-01-01", "2027-01-01", 4, &["2026-01", "2026-04", "2026-07", "2026-10"]);
    check("2019-06-01", "2027-01-01", 5, &["2020", "2022", "2024", "2026"]);
    check("0001-01-01", "9999-12-31", 3, &["5000"]);
}

fn picture(curves: &[Curve], range: TimeRange) -> String {
    drawn(Chart { range, curves, color: false, times: true }, 45, 9)
}

#[test]
fn one_curve_has_a_band_and_a_gap_where_nothing_was_sent() {
    let averages: Vec<(u32, f64)> = (0..20).chain(30..40).map(|minute| (minute, f64::from(minute) / 50.0)).collect();
    let curves = Curve::all(&rows("a", &averages), Granularity::Minute, Measure::Cpu);
    let expect = "\
100%┤                                    ░░▲░
    │                              ░░░░░░░⢀⡠⠤
    │                              ⢀⡠⠤⠔⠒⠊⠉⠁░░
 50%┤           ░░░░░░░░░          ░░░░░
    │   ░░░░░░░░░░░⢀⣀⡠⠤⠔⠒
    │░░░░░░░⢀⣀⡠⠤⠔⠒⠊⠁░░░
  0%┤⢀⡠⠤⠔⠒⠊⠉⠁░░
    └┬─────────┬─────────┬─────────┬─────────
     12:00     12:10     12:20     12:30
";
    assert_eq!(picture(&curves, range("2026-11-21T12:00", "2026-11-21T12:40")), expect);
}

#[test]
fn several_curves_have_letters() {
    let rows = [rows("a", &[(0, 0.5), (1, 0.6)]), rows("b", &[(0, 0.2), (1, 0.1), (3, 0.3)])].concat();
    let curves = Curve::all(&rows, Granularity::Minute, Measure::Cpu);
    let expect = "\
100%┤
    │           A
    │             ⢀⣀⡀
 50%┤     ⠤⠤⠒⠒⠒⠊⠉⠉⠁                 B
    │                                   ⡀
    │     ⠤⠤⠤⣀⣀⣀⣀⣀
  0%┤             ⠉⠉⠁
    └┬─────────┬─────────┬─────────┬─────────
     12:00     12:01     12:02     12:03
";
    assert_eq!(picture(&curves, range("2026-11-21T12:00", "2026-11-21T12:04")), expect);
}

#[test]
fn colours_end_with_the_line() {
    let curves = Curve::all(&rows("a", &[(0, 0.5)]), Granularity::Minute, Measure::Cpu);
    let drawn = drawn(
        Chart { range: range("2026-11-21T12:00", "2026-11-21T12:01"), curves: &curves, color: true, times: true },
        20,
        6,
    );
    assert!(drawn.contains("\x1b[36m") && drawn.lines().all(|line| line.matches('\x1b').count() % 2 == 0), "{drawn}");
}

#[test]
fn no_size_is_too_small_to_draw() {
    let curves = Curve::all(&rows("a", &[(0, 0.5), (1, 0.9)]), Granularity::Minute, Measure::Cpu);
    for (width, height) in (0..12).flat_map(|width| (0..6).map(move |height| (width, height))) {
        drawn(
            Chart { range: range("2026-11-21T12:00", "2026-11-21T12:02"), curves: &curves, color: true, times: true },
            width,
            height,
        );
    }
}

#[test]
fn a_file_holds_title_axes_band_and_peak_and_is_the_same_each_time() {
    let named = "a <b> & c, whose name is too long for the legend of any picture";
    let rows = rows(named, &[(0, 0.5), (1, 0.6), (5, 0.2)]);
    let picture = Picture {
        title: "minutes of <everything>".to_owned(),
        range: range("2026-11-21T12:00", "2026-11-21T12:10"),
        panels: [Measure::Cpu, Measure::Disk].map(|of| (of, Curve::all(&rows, Granularity::Minute, of))).to_vec(),
    };
    let text = picture.to_svg().expect("drawn");
    assert_eq!(text, picture.to_svg().expect("drawn"));
    let count = |words: &str| text.matches(words).count();
    assert_eq!(count("a &lt;b&gt; &amp; c, whose name is too long…"), 2, "{text}");
    assert_eq!(count("mean 43.3%, peak 80.0% at 2026-11-21 12:01:10"), 2, "{text}");
    for words in ["minutes of &lt;everything&gt;", "CPU: mean, least to highest", "DISK: mean, least to highest"] {
        assert_eq!(count(words), 1, "{words} in {text}");
    }
    for label in ["12:00", "12:04", "0%", "100%", "UTC"] {
        assert!(text.contains(&format!("\n{label}\n")), "{label} in {text}");
    }
    // per panel two runs, each a band and a line, and a peak
    assert_eq!(count("<polygon"), 2 * 3, "{text}");
}
