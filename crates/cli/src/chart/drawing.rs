//! A chart drawn with characters: shade for the band, Braille dots for the mean, a mark where the peak is.

use crate::chart::{Curve, Point, column, share, ticks};
use model::TimeRange;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Context, Line, Points};

/// What a curve's peak is marked with where it is the only one; of several each has a letter.
pub(crate) const PEAK: &str = "▲";
const LETTERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
/// More would be a tangle.
pub(crate) const CURVES_MAX: usize = LETTERS.len();
const COLORS: [Color; CURVES_MAX] = [
    Color::Cyan,
    Color::Yellow,
    Color::Magenta,
    Color::Green,
    Color::Blue,
    Color::Red,
    Color::LightCyan,
    Color::LightYellow,
];
const SHADE: Marker = Marker::Custom('░');
/// The widest label of the axis of shares, and the axis.
const LEFT: u16 = 5;
/// The axis of time and its labels.
pub(crate) const BELOW: u16 = 2;

/// Shares from 0 to 1 over a range of time.
#[derive(Debug)]
pub(crate) struct Chart<'a> {
    pub(crate) range: TimeRange,
    /// At most [`CURVES_MAX`].
    pub(crate) curves: &'a [Curve],
    pub(crate) color: bool,
    /// Whether the axis of time is drawn; of charts above each other the lowest has it.
    pub(crate) times: bool,
}

/// The mark of the peak of the curve at `index` of `count`.
pub(crate) fn mark(index: usize, count: usize) -> &'static str {
    if count == 1 { PEAK } else { LETTERS[index % CURVES_MAX] }
}

pub(crate) fn color(index: usize, wanted: bool) -> Color {
    if wanted { COLORS[index % CURVES_MAX] } else { Color::Reset }
}

impl Widget for Chart<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let below = if self.times { BELOW } else { 0 };
        if area.width <= LEFT || area.height <= below {
            return;
        }
        let (width, height) = (area.width - LEFT, area.height - below);
        let inner = Rect { x: area.x + LEFT, y: area.y, width, height };
        self.share_axis(area, height, buffer);
        if self.times {
            self.time_axis(area, inner, buffer);
        }
        // positions are dots: two to a character's width, so that no bucket falls between two of them
        let dots = f64::from(width) * 2.0 - 1.0;
        Canvas::default()
            .marker(SHADE)
            .x_bounds([0.0, dots])
            .y_bounds([0.0, 1.0])
            .paint(|context| self.paint(context, width))
            .render(inner, buffer);
    }
}

impl Chart<'_> {
    fn paint(&self, context: &mut Context<'_>, width: u16) {
        let dots = usize::from(width) * 2;
        let drawn: Vec<Vec<Point>> = self.curves.iter().map(|curve| curve.folded(&self.range, dots)).collect();
        if let [points] = drawn.as_slice() {
            self.band(context, points, width);
        }
        context.marker(Marker::Braille);
        for (index, points) in drawn.iter().enumerate() {
            self.means(context, points, dots, color(index, self.color));
        }
        for (index, curve) in self.curves.iter().enumerate() {
            let style = Style::new().fg(color(index, self.color));
            let at = column(curve.peak_at, &self.range, dots) as f64;
            context.print(at, curve.whole.max, Span::styled(mark(index, self.curves.len()), style));
        }
    }

    fn band(&self, context: &mut Context<'_>, points: &[Point], width: u16) {
        for point in points {
            let first = column(point.from, &self.range, usize::from(width));
            let end = (share(point.to, &self.range) * f64::from(width)).ceil() as usize;
            for at in (first..end.max(first + 1)).map(|column| column as f64 * 2.0) {
                context.draw(&Line::new(at, point.min, at, point.max, color(0, self.color)));
            }
        }
    }

    /// A line through what lies side by side; a bucket without messages interrupts it.
    fn means(&self, context: &mut Context<'_>, points: &[Point], dots: usize, color: Color) {
        let at = |point: &Point| (column(point.middle(), &self.range, dots) as f64, point.avg);
        for pair in points.windows(2).filter(|pair| pair[0].to == pair[1].from) {
            let ((x1, y1), (x2, y2)) = (at(&pair[0]), at(&pair[1]));
            context.draw(&Line::new(x1, y1, x2, y2, color));
        }
        let all: Vec<(f64, f64)> = points.iter().map(at).collect();
        context.draw(&Points::new(&all, color));
    }

    fn share_axis(&self, area: Rect, height: u16, buffer: &mut Buffer) {
        for row in 0..height {
            let label = match row {
                0 => "100%",
                row if row == height - 1 => "0%",
                row if height > 4 && row == height / 2 && height % 2 == 1 => "50%",
                _ => "",
            };
            let axis = if label.is_empty() { "│" } else { "┤" };
            buffer.set_string(area.x, area.y + row, format!("{label:>4}{axis}"), Style::new());
        }
    }

    fn time_axis(&self, area: Rect, inner: Rect, buffer: &mut Buffer) {
        let (axis, labels) = (inner.bottom(), inner.bottom() + 1);
        buffer.set_string(area.x, axis, format!("    └{}", "─".repeat(usize::from(inner.width))), Style::new());
        for (at, tick) in ticks::placed(&self.range, usize::from(inner.width)) {
            let at = inner.x + u16::try_from(at).unwrap_or(u16::MAX - inner.x);
            buffer.set_string(at, axis, "┬", Style::new());
            buffer.set_string(at, labels, &tick.label, Style::new());
        }
    }
}
