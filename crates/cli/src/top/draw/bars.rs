//! Small pictures in one line of characters, and texts in exactly the room they have.

use ratatui::text::Line;

const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A bar as long as the mean, and behind it a stroke where the peak is.
pub(super) fn bar(mean: f64, peak: f64, width: usize) -> String {
    let eighths = (mean.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
    let mut cells: Vec<char> = vec!['█'; eighths / 8];
    if !eighths.is_multiple_of(8) {
        cells.push(EIGHTHS[eighths % 8]);
    }
    cells.resize(width, ' ');
    let at = ((peak.clamp(0.0, 1.0) * width as f64).ceil() as usize).saturating_sub(1);
    if let Some(cell) = cells.get_mut(at).filter(|cell| **cell == ' ') {
        *cell = '│';
    }
    cells.into_iter().collect()
}

/// Values from 0 to `most`, oldest first, in `width` characters, of several values the highest; a blank where there is
/// none.
pub(super) fn graph(values: &[Option<f64>], most: f64, width: usize) -> String {
    let width = width.min(values.len());
    let highest = |column: usize| {
        let part = &values[column * values.len() / width..(column + 1) * values.len() / width];
        part.iter().flatten().copied().reduce(f64::max)
    };
    (0..width)
        .map(|column| match highest(column) {
            Some(value) if most > 0.0 => HEIGHTS[((value / most).clamp(0.0, 1.0) * 7.0).round() as usize],
            Some(_) => HEIGHTS[0],
            None => ' ',
        })
        .collect()
}

/// In exactly so many characters.
pub(super) fn fitted(text: &str, width: usize) -> String {
    let (count, room) = (Line::raw(text).width(), width);
    if count <= room {
        return format!("{text}{}", " ".repeat(room - count));
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if Line::raw(format!("{cut}{letter}…")).width() > room {
            break;
        }
        cut.push(letter);
    }
    let cut = if room > 0 { format!("{cut}…") } else { cut };
    let blanks = room.saturating_sub(Line::raw(cut.as_str()).width());
    format!("{cut}{}", " ".repeat(blanks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        let check = |mean: f64, peak: f64, expect: &str| assert_eq!(bar(mean, peak, 8), expect, "{mean} {peak}");
        check(0.0, 0.0, "│       ");
        check(0.5, 0.75, "████ │  ");
        check(0.56, 1.0, "████▌  │");
        check(1.0, 1.0, "████████");
        check(0.31, 0.32, "██▌     ");
        assert_eq!(bar(0.5, 1.0, 0), "");
    }

    #[test]
    fn graphs() {
        let values: Vec<Option<f64>> = [0.0, 0.2, 0.5, 1.0].map(Some).to_vec();
        assert_eq!(graph(&values, 1.0, 4), "▁▂▅█");
        assert_eq!(graph(&values, 1.0, 9), "▁▂▅█", "no wider than there are values");
        assert_eq!(graph(&values, 1.0, 2), "▂█");
        assert_eq!(graph(&[Some(3.0), None, Some(6.0)], 6.0, 3), "▅ █");
        assert_eq!(graph(&[Some(0.0)], 0.0, 1), "▁");
        assert_eq!(graph(&values, 1.0, 0), "");
    }

    #[test]
    fn names_are_cut_by_the_room_they_take() {
        assert_eq!(fitted("checkout", 10), "checkout  ");
        assert_eq!(fitted("checkout", 5), "chec…");
        assert_eq!(fitted("服务服务", 6), "服务… ");
        assert_eq!(fitted("checkout", 0), "");
    }
}
