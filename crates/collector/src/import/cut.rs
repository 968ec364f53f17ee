//! Where one record of a file ends and the next begins.
//!
//! The cut depends only on the bytes from a record's start on, never on how the file was read before, so an import that
//! goes on in the middle of a file finds the same records.

use super::form::Form;
use std::ops::Range;

/// A record that has not ended after this many bytes is cut; far above the largest message.
pub(super) const RECORD_BYTES_MAX: usize = 1 << 20;

/// What ends a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The line, as in CSV.
    Line,
    /// The object's own end, on whichever line.
    Object,
    /// Whichever comes first, so that a bracket that was never closed takes no other line with it. Only a brace that
    /// stands alone on its line opens an object over several.
    ObjectOrLine,
}

impl Ends {
    /// As the beginning of a text shows: whose first object ends on its line has one, or several, on each. So has one
    /// whose first object only seems to go on, as it was never closed.
    pub(super) fn of(form: &Form, head: &[u8]) -> Ends {
        if matches!(form, Form::Csv(_)) {
            return Ends::Line;
        }
        let mut from = 0;
        while let Some(piece) = next(Ends::Object, head, from, true) {
            let record = &head[piece.bytes.clone()];
            let is_on_its_line = !record.contains(&b'\n');
            if record[0] == b'{' && (record.ends_with(b"}") || !is_on_its_line) {
                return if is_on_its_line || holds_its_like(record) { Ends::ObjectOrLine } else { Ends::Object };
            }
            from = piece.bytes.end;
        }
        Ends::ObjectOrLine
    }
}

/// A record in a window of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub bytes: Range<usize>,
    /// Whether its own end was seen, and not only that of the file.
    pub ended: bool,
}

/// The next record of `window` from `from` on. `None`: there is none, or more has to be read to tell. `last`: the
/// window ends where the file does.
pub(super) fn next(ends: Ends, window: &[u8], from: usize, last: bool) -> Option<Piece> {
    let start = start(ends, window, from)?;
    let limit = window.len().min(start + RECORD_BYTES_MAX);
    let record = &window[start..limit];
    let end = match ends {
        Ends::Object if record[0] == b'{' => object_end(record, false),
        Ends::ObjectOrLine if record[0] == b'{' => object_end(record, !stands_alone(record)),
        _ => record.iter().position(|byte| *byte == b'\n'),
    };
    match end {
        Some(end) => Some(Piece { bytes: start..start + end, ended: true }),
        None if record.len() == RECORD_BYTES_MAX => Some(Piece { bytes: start..limit, ended: true }),
        None if last => Some(Piece { bytes: start..limit, ended: false }),
        None => None,
    }
}

/// Where the next record begins; `None` where only what stands between records is left.
pub(super) fn start(ends: Ends, window: &[u8], from: usize) -> Option<usize> {
    let between = |byte: &u8| match byte {
        b' ' | b'\t' | b'\r' | b'\n' | 0 => true,
        b',' | b'[' | b']' => ends != Ends::Line,
        _ => false,
    };
    window[from..].iter().position(|byte| !between(byte)).map(|offset| from + offset)
}

/// Whether the second line begins as the first does, with the same key, which no part of an object does.
fn holds_its_like(record: &[u8]) -> bool {
    let mut keys = record.split(|byte| *byte == b'\n').map(|line| {
        let colon = line.iter().position(|byte| *byte == b':');
        colon.map(|colon| &line[..colon])
    });
    let first = keys.next().flatten();
    first.is_some() && first == keys.next().flatten()
}

/// Whether the first line holds nothing but its brace.
fn stands_alone(record: &[u8]) -> bool {
    record[1..].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) == Some(&b'\n')
}

/// The end of the object that `text` begins with, on its line where it must be there.
///
/// Over several lines an object that was never closed ends where a new one begins at the start of a line: there a brace can only stand
/// inside an object if a colon or an array is open before it.
fn object_end(text: &[u8], on_its_line: bool) -> Option<usize> {
    let (mut braces, mut brackets, mut in_string, mut escaped) = (0_u32, 0_i32, false, false);
    let mut last = b'{';
    for (at, byte) in text.iter().copied().enumerate() {
        if byte == b'\n' {
            // a string cannot span lines
            (in_string, escaped) = (false, false);
            if on_its_line || text.get(at + 1) == Some(&b'{') && last != b':' && brackets <= 0 {
                return Some(at);
            }
            continue;
        }
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'{' => braces += 1,
            b'}' if braces == 1 => return Some(at + 1),
            b'}' => braces -= 1,
            b'[' => brackets += 1,
            b']' => brackets -= 1,
            b'"' => in_string = true,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(form: &Form, text: &'a str, last: bool) -> (Vec<&'a str>, bool) {
        let (mut found, mut from, mut ended) = (Vec::new(), 0, true);
        let ends = Ends::of(form, text.as_bytes());
        while let Some(piece) = next(ends, text.as_bytes(), from, last) {
            found.push(&text[piece.bytes.clone()]);
            (from, ended) = (piece.bytes.end, piece.ended);
        }
        (found, ended)
    }

    #[test]
    fn json_records() {
        let check = |text: &str, expect: &[&str], ended| {
            assert_eq!(pieces(&Form::Json, text, true), (expect.to_vec(), ended), "{text}");
        };
        check("{\"a\":1}\n{\"b\":{}}\n", &["{\"a\":1}", "{\"b\":{}}"], true);
        check("[{\"a\":1},\n {\"b\":2}]\n", &["{\"a\":1}", "{\"b\":2}"], true);
        check("{\n  \"a\": {\n  },\n}{\"b\":2}\0\0{}", &["{\n  \"a\": {\n  },\n}", "{\"b\":2}", "{}"], true);
        check(r#"{"a":"}\"{\\"} {"b":2}"#, &[r#"{"a":"}\"{\\"}"#, r#"{"b":2}"#], true);
        check("{\"RAM\":\n{\n}\n}\n{}", &["{\"RAM\":\n{\n}\n}", "{}"], true);
        check("{\"x\":[\n{\n},\n{\n}]}\n{}", &["{\"x\":[\n{\n},\n{\n}]}", "{}"], true);
        check("", &[], true);
        check(" [ ] ", &[], true);
    }

    #[test]
    fn broken_json_costs_its_own_record() {
        let check = |text: &str, expect: &[&str], ended| {
            assert_eq!(pieces(&Form::Json, text, true), (expect.to_vec(), ended), "{text}");
        };
        check("{\"a\":1\n{\"b\":2}\n", &["{\"a\":1", "{\"b\":2}"], true);
        check("{\"a\":1,\n{\"b\":2}\n", &["{\"a\":1,", "{\"b\":2}"], true);
        check("{\"a\":\"open\n{\"b\":2}\n", &["{\"a\":\"open", "{\"b\":2}"], true);
        check("what {\"a\":1}\n{\"b\":2}", &["what {\"a\":1}", "{\"b\":2}"], true);
        check("{\"a\":1}}\n{\"b\":2}", &["{\"a\":1}", "}", "{\"b\":2}"], true);
        check("{\"a\":1}\n{\"b\":", &["{\"a\":1}", "{\"b\":"], false);
        // where objects stand on lines, whatever is open ends with its line
        check("{\"a\":1}\n{\"b\":[\"x\",\n {\"c\":3}\n", &["{\"a\":1}", "{\"b\":[\"x\",", "{\"c\":3}"], true);
        check("bad\n{}\n{\"b\":\n[\n{\"c\":3}", &["bad", "{}", "{\"b\":", "{\"c\":3}"], true);
        check("[{\"a\":1},\n{\"b\":[,\n{\"c\":3}]\n", &["{\"a\":1}", "{\"b\":[,", "{\"c\":3}"], true);
        check(
            "{\"a\":[\n{\"a\":2}\n{\"a\":\n{\"b\":[\n{}",
            &["{\"a\":[", "{\"a\":2}", "{\"a\":", "{\"b\":[", "{}"],
            true,
        );
        check("{\"a\":1\n{\"b\":2}\n{\"b\":[\n{}", &["{\"a\":1", "{\"b\":2}", "{\"b\":[", "{}"], true);
        check("{\"a\":[\n{\"b\":2},\n{\"b\":3}]}\n", &["{\"a\":[\n{\"b\":2},\n{\"b\":3}]}"], true);
        check("{}\n{ \n  \"b\": [\n  {}]\n}\n{\n{}", &["{}", "{ \n  \"b\": [\n  {}]\n}", "{", "{}"], true);
    }

    #[test]
    fn csv_records_are_lines() {
        let csv = Form::Csv([0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(pieces(&csv, "a,1\r\n\r\n\"b,2\nc,3\n", true), (vec!["a,1\r", "\"b,2", "c,3"], true));
        assert_eq!(pieces(&csv, "a,1\nb", true), (vec!["a,1", "b"], false));
        assert_eq!(pieces(&csv, "a,1\nb", false), (vec!["a,1"], true));
    }

    #[test]
    fn a_record_without_end_is_cut() {
        let text = format!("{{\"a\":\"{}", "x".repeat(RECORD_BYTES_MAX * 2));
        let piece = next(Ends::Object, text.as_bytes(), 0, false).expect("a piece");
        assert_eq!(piece.bytes, 0..RECORD_BYTES_MAX);
        let shorter = &text.as_bytes()[..RECORD_BYTES_MAX - 1];
        assert_eq!(next(Ends::Object, shorter, 0, false), None);
    }
}
