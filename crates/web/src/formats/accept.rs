//! `Accept`, as RFC 9110 has it: ranges of media types with weights, the most specific range deciding for each type.

/// The index of the media type that the reader prefers, of equals the first; `None` where it wants none of them. A header
/// that is empty accepts anything; a part of it that is no media range is passed over.
pub(super) fn preferred(accept: &str, offered: &[&str]) -> Option<usize> {
    if accept.trim().is_empty() {
        return Some(0);
    }
    let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::parse).collect();
    let weighed = offered.iter().enumerate().map(|(index, offer)| (weight(&ranges, offer), index));
    let best = weighed.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)))?;
    (best.0 > 0.0).then_some(best.1)
}

struct Range<'a> {
    main: &'a str,
    sub: &'a str,
    weight: f32,
}

impl Range<'_> {
    fn parse(text: &str) -> Option<Range<'_>> {
        let mut parts = text.split(';').map(str::trim);
        let (main, sub) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight: f32 = weight.map_or(Ok(1.0), str::parse).ok()?;
        Some(Range { main, sub, weight: weight.clamp(0.0, 1.0) })
    }

    /// How specific the match is; `None` where it is none.
    fn matches(&self, offer: &str) -> Option<u8> {
        let (main, sub) = offer.split_once('/')?;
        match (self.main, self.sub) {
            ("*", "*") => Some(0),
            (range, "*") if range.eq_ignore_ascii_case(main) => Some(1),
            (range, part) if range.eq_ignore_ascii_case(main) && part.eq_ignore_ascii_case(sub) => Some(2),
            _ => None,
        }
    }
}

fn weight(ranges: &[Range<'_>], offer: &str) -> f32 {
    let matching = ranges.iter().filter_map(|range| Some((range.matches(offer)?, range.weight)));
    matching.max_by_key(|(specific, _)| *specific).map_or(0.0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_reader_prefers() {
        let offered = ["application/json", "text/csv", "application/x-arrow"];
        let check = |accept: &str, expect: Option<usize>| assert_eq!(preferred(accept, &offered), expect, "{accept}");
        check("", Some(0));
        check("*/*", Some(0));
        check("text/csv", Some(1));
        check("TEXT/CSV; charset=utf-8", Some(1));
        check("text/*", Some(1));
        check("application/*", Some(0));
        check("application/json;q=0.5, text/csv", Some(1));
        check("application/json;q=0.5, text/csv;q=0.4", Some(0));
        check("text/csv;q=0.5, */*;q=0.1", Some(1));
        check("application/json;q=0, */*", Some(1));
        check("application/x-arrow, text/html", Some(2));
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(0));
        check("image/png", None);
        check("*/*;q=0", None);
        check("nonsense", None);
        check("nonsense, text/csv", Some(1));
        check("text/csv;q=much", None);
    }
}
