//! Charts as a file that browsers and documents show. The same answer makes the same bytes.

use crate::chart::ticks::{self, Tick};
use crate::chart::{Curve, Measure, Point};
use crate::render;
use model::{Time, TimeRange};
use plotters::coord::Shift;
use plotters::coord::combinators::BindKeyPoints;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::collections::BTreeMap;

const WIDTH: u32 = 1100;
const TITLE: u32 = 46;
const PANEL: u32 = 270;
/// What the names and numbers beside a panel take of its width.
const LEGEND: u32 = 280;
/// Points of a line; more could not be told apart.
const POINTS_MAX: usize = 1600;
/// Characters of a service's name in the legend.
const NAME_CHARS: usize = 34;
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";
const INK: RGBColor = RGBColor(40, 44, 52);
const GRID: RGBColor = RGBColor(225, 228, 232);
/// Apart from each other also for those who do not see red and green.
const COLORS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(120, 94, 240),
    RGBColor(100, 100, 100),
];

/// What a picture shows.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) range: TimeRange,
    /// A panel each, one above the other.
    pub(crate) panels: Vec<(Measure, Vec<Curve>)>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A coordinate is a time in microseconds and a share.
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

impl Picture {
    /// The text of an SVG file.
    pub(crate) fn to_svg(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        let height = TITLE + PANEL * u32::try_from(self.panels.len())?;
        let area = SVGBackend::with_string(&mut text, (WIDTH, height)).into_drawing_area();
        let drawn = self.draw(&area);
        drop(area);
        drawn.map_err(|error| anyhow::anyhow!("cannot draw: {error}"))?;
        Ok(text)
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        area.fill(&WHITE)?;
        let (title, panels) = area.split_vertically(TITLE);
        title.draw(&words(&self.title, 21, FontStyle::Bold, INK, (16, 14)))?;
        let panels = panels.split_evenly((self.panels.len(), 1));
        for (area, (measure, curves)) in panels.iter().zip(&self.panels) {
            let (chart, beside) = area.split_horizontally(WIDTH - LEGEND);
            self.panel(&chart, *measure, curves)?;
            legend(&beside, curves)?;
        }
        area.present()
    }

    fn panel(&self, area: &Area<'_>, measure: Measure, curves: &[Curve]) -> Drawn {
        let ticks: BTreeMap<i64, String> = ticks::ticks(&self.range, 9).into_iter().map(labelled).collect();
        let label = |at: &i64| ticks.get(at).cloned().unwrap_or_default();
        let (from, to) = (self.range.from.as_micros(), self.range.to.as_micros());
        let times = (from..to).with_key_points(ticks.keys().copied().collect());
        let small = (FONT, 15).into_font().color(&INK);
        let mut chart = ChartBuilder::on(area)
            .caption(format!("{}: mean, least to highest", measure.title()), (FONT, 16).into_font().color(&INK))
            .margin(8)
            .x_label_area_size(40)
            .y_label_area_size(58)
            .build_cartesian_2d(times, 0.0..1.0f64)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_label_formatter(&label)
            .y_labels(6)
            .y_label_formatter(&|share: &f64| format!("{:.0}%", share * 100.0))
            .x_desc("UTC")
            .label_style(small.clone())
            .axis_desc_style(small)
            .draw()?;
        for (index, curve) in curves.iter().enumerate() {
            let (color, points) = (COLORS[index % COLORS.len()], curve.folded(&self.range, POINTS_MAX));
            for run in points.chunk_by(|one, next| one.to == next.from) {
                chart.draw_series([Polygon::new(band(run), color.mix(0.18))])?;
                chart.draw_series([PathElement::new(means(run), color.stroke_width(2))])?;
            }
            let peak = (clamped(curve.peak_at, &self.range), curve.whole.max);
            chart.draw_series([TriangleMarker::new(peak, 6, color.filled())])?;
        }
        Ok(())
    }
}

fn labelled(tick: Tick) -> (i64, String) {
    (tick.at.as_micros(), tick.label)
}

fn clamped(time: Time, range: &TimeRange) -> i64 {
    time.clamp(range.from, range.to).as_micros()
}

/// Around the band, along the highest and back along the least; each bucket for all of its length.
fn band(run: &[Point]) -> Vec<(i64, f64)> {
    let edge = |point: &Point, share| [(point.from.as_micros(), share), (point.to.as_micros(), share)];
    let highest = run.iter().flat_map(|point| edge(point, point.max));
    let least = run.iter().rev().flat_map(|point| edge(point, point.min).into_iter().rev());
    highest.chain(least).collect()
}

/// A bucket that stands alone is a short line of its own.
fn means(run: &[Point]) -> Vec<(i64, f64)> {
    match run {
        [alone] => vec![(alone.from.as_micros(), alone.avg), (alone.to.as_micros(), alone.avg)],
        _ => run.iter().map(|point| (point.middle().as_micros(), point.avg)).collect(),
    }
}

/// Per service a name in its colour, and below it what the picture alone does not tell.
fn legend(area: &Area<'_>, curves: &[Curve]) -> Drawn {
    for (index, curve) in curves.iter().enumerate() {
        let (color, y) = (COLORS[index % COLORS.len()], 34 + 28 * i32::try_from(index).unwrap_or_default());
        area.draw(&Rectangle::new([(2, y + 2), (12, y + 10)], color.filled()))?;
        area.draw(&words(&shortened(&curve.name), 14, FontStyle::Bold, INK, (18, y)))?;
        let (mean, peak) = (render::percent(curve.whole.avg), render::percent(curve.whole.max));
        let told = format!("mean {mean}, peak {peak} at {}", render::short_time(curve.peak_at));
        area.draw(&words(&told, 12, FontStyle::Normal, INK, (18, y + 14)))?;
    }
    Ok(())
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS {
        return name.to_owned();
    }
    name.chars().take(NAME_CHARS - 1).chain(['…']).collect()
}

fn words<'a>(text: &str, size: u32, style: FontStyle, color: RGBColor, at: (i32, i32)) -> Text<'a, (i32, i32), String> {
    let font = (FONT, size).into_font().style(style).color(&color).pos(Pos::new(HPos::Left, VPos::Top));
    Text::new(text.to_owned(), at, font)
}
