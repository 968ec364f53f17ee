//! `vitals query --plot`: the answer as a picture, on the terminal or in a file.

use crate::arguments::Query;
use crate::chart::drawing::{CURVES_MAX, Chart, mark};
use crate::chart::svg::Picture;
use crate::chart::{Curve, Measure, text};
use crate::commands::query;
use crate::config::Config;
use crate::exit::Exit;
use crate::render;
use crate::source::Source;
use crate::work::block_on;
use ::query::{Answer, Question};
use anyhow::Context;
use model::{Granularity, Time, TimeRange};
use ratatui::crossterm::terminal;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;

/// The finest buckets are drawn of which the range has no more than these.
const BUCKETS_MAX: u128 = 1500;
/// Of what is drawn where no terminal says how wide it is.
const WIDTH: u16 = 100;
/// Of one chart with its axis.
const HEIGHT: u16 = 13;

pub(super) fn run(arguments: &Query, server: Option<String>, config: &Config) -> anyhow::Result<Exit> {
    let mut question = query::question(arguments, config)?;
    let answer = block_on(async {
        let source = Source::open(server, config).await?;
        if question.range.from == Time::MIN {
            question.range.from = beginning(&source, &question, config).await?;
        }
        question.every = Some(question.every.unwrap_or_else(|| suitable(&question.range)));
        source.query(question.clone()).await
    })?;
    let every = answer.every.or(question.every).unwrap_or(Granularity::Minute);
    let measures = if arguments.series.is_empty() { Measure::ALL.to_vec() } else { arguments.series.clone() };
    let range = TimeRange { from: answer.answered.from, to: answer.answered.to };
    let file = arguments.plot.as_ref().and_then(Option::as_ref).map(|file| file.0.as_path());
    if answer.rows.is_empty() {
        query::notes(&answer);
        return nothing(&question.range, file);
    }
    let panels = measures.iter().map(|measure| (*measure, curves(&answer, every, *measure))).collect();
    let picture = Picture { title: title(every, &range), range, panels };
    match file {
        Some(file) => std::fs::write(file, picture.to_svg()?).with_context(|| {
            format!("cannot write {}; name a file in a folder that you may write to", file.display())
        })?,
        None => render::print(&drawn(&picture))?,
    }
    query::notes(&answer);
    omitted(&answer, &picture);
    Ok(Exit::Fine)
}

/// The earliest time that any service was seen at, where the range does not say when it begins.
async fn beginning(source: &Source, question: &Question, config: &Config) -> anyhow::Result<Time> {
    let services = source.services(config).await?;
    let first = services.iter().map(|service| service.seen.first_seen).filter(|seen| *seen < question.range.to).min();
    Ok(first.map_or(question.range.from, |first| Granularity::Minute.floor(first)))
}

fn suitable(range: &TimeRange) -> Granularity {
    let minutes = range.to.since(range.from).as_secs() as u128 / 60;
    let buckets = |granularity: Granularity| match granularity {
        Granularity::Minute => minutes,
        Granularity::Hour => minutes / 60,
        Granularity::Day => minutes / 1440,
        Granularity::Month => minutes / (30 * 1440),
        Granularity::Year => 0,
    };
    let finest = Granularity::ALL.into_iter().find(|granularity| buckets(*granularity) <= BUCKETS_MAX);
    finest.unwrap_or(Granularity::Year)
}

fn nothing(range: &TimeRange, file: Option<&Path>) -> anyhow::Result<Exit> {
    let said = format!("no messages from {} to {}", range.from, range.to);
    if let Some(file) = file {
        anyhow::bail!("{said}, so {} was not written; vitals services shows when there were some", file.display());
    }
    render::print(&format!("{said}\n"))?;
    Ok(Exit::Fine)
}

/// Those of the services with the highest peaks, by name.
fn curves(answer: &Answer, every: Granularity, measure: Measure) -> Vec<Curve> {
    let mut curves = Curve::all(&answer.rows, every, measure);
    curves.sort_by(|one, other| other.whole.max.total_cmp(&one.whole.max));
    curves.truncate(CURVES_MAX);
    curves.sort_by(|one, other| one.name.cmp(&other.name));
    curves
}

fn omitted(answer: &Answer, picture: &Picture) {
    let mut names: Vec<&str> = answer.rows.iter().map(|row| row.service.as_str()).collect();
    names.dedup();
    if names.len() > CURVES_MAX {
        let (of, series) = (names.len(), picture.panels.len());
        let each = if series > 1 { " of each series" } else { "" };
        eprintln!(
            "vitals: warning: of {of} services the {CURVES_MAX} with the highest peaks{each} are drawn; choose with --service"
        );
    }
}

fn title(every: Granularity, range: &TimeRange) -> String {
    let short = |time: Time| time.to_chrono().format("%Y-%m-%d %H:%M").to_string();
    format!("Utilization every {every}, {} to {} UTC", short(range.from), short(range.to))
}

fn drawn(picture: &Picture) -> String {
    let on_terminal = std::io::stdout().is_terminal();
    let color = on_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let width = if on_terminal { terminal::size().map_or(WIDTH, |(width, _)| width) } else { WIDTH };
    let mut told = format!("{}\n", picture.title);
    for (measure, curves) in &picture.panels {
        let chart = Chart { range: picture.range, curves, color, times: true };
        write!(told, "\n{}\n{}", measure.title(), text::drawn(chart, width, HEIGHT)).expect("text");
        told.push_str(&legend(curves));
    }
    told
}

fn legend(curves: &[Curve]) -> String {
    let widest = curves.iter().map(|curve| curve.name.chars().count()).max().unwrap_or(0);
    let line = |(index, curve): (usize, &Curve)| {
        let [mean, least, peak] = [curve.whole.avg, curve.whole.min, curve.whole.max].map(render::percent);
        let (mark, at, name) = (mark(index, curves.len()), render::short_time(curve.peak_at), &curve.name);
        format!("   {mark} {name:<widest$}  mean {mean:>6}  least {least:>6}  peak {peak:>6} at {at}\n")
    };
    curves.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finest_buckets_that_are_not_too_many() {
        let check = |from: &str, to: &str, expect: Granularity| {
            let range = TimeRange::new(from.parse().expect(from), to.parse().expect(to)).expect("a range");
            assert_eq!(suitable(&range), expect, "{from} to {to}");
        };
        check("2026-11-21T12:00", "2026-11-21T12:01", Granularity::Minute);
        check("2026-11-21", "2026-11-22", Granularity::Minute);
        check("2026-11-14", "2026-11-21", Granularity::Hour);
        check("2026-01-01", "2027-01-01", Granularity::Day);
        check("2000-01-01", "2027-01-01", Granularity::Month);
        check("0001-01-01", "9999-12-31", Granularity::Year);
    }
}
