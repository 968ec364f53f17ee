//! What was drawn as lines of text, with colours where they are wanted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget;
use std::fmt::Write as _;

/// A widget, drawn `width` by `height`, as lines without blanks at their ends.
pub(crate) fn drawn(widget: impl Widget, width: u16, height: u16) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    widget.render(buffer.area, &mut buffer);
    lines(&buffer)
}

fn lines(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width).max(1)) {
        let seen = row.iter().rposition(|cell| cell.symbol() != " ").map_or(0, |last| last + 1);
        let mut current = Color::Reset;
        for cell in &row[..seen] {
            if cell.fg != current {
                current = cell.fg;
                text.push_str(code(current));
            }
            text.push_str(cell.symbol());
        }
        if current != Color::Reset {
            text.push_str(code(Color::Reset));
        }
        writeln!(text).expect("writing to a string does not fail");
    }
    text
}

/// Only the colours that charts use.
const fn code(color: Color) -> &'static str {
    match color {
        Color::Red => "\x1b[31m",
        Color::Green => "\x1b[32m",
        Color::Yellow => "\x1b[33m",
        Color::Blue => "\x1b[34m",
        Color::Magenta => "\x1b[35m",
        Color::Cyan => "\x1b[36m",
        Color::LightYellow => "\x1b[93m",
        Color::LightCyan => "\x1b[96m",
        _ => "\x1b[0m",
    }
}
