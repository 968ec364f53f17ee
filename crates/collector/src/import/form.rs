//! What a file holds, told by its first bytes.

use super::csv::Fields;
use super::{COLUMNS, Format, NAMES};
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// How a record of a text is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON objects, on lines, one behind the other, or in an array.
    Json,
    /// JSON objects that hold refused messages, as `vitals rejects` prints and exports them.
    Rejects,
    /// Lines of seven fields; where each of `COLUMNS` stands in them.
    Csv([usize; 7]),
}

/// The form, and the offset at which records begin; `None` where it is neither. `head` is the file's beginning, or all
/// of it.
pub(super) fn detect(head: &[u8]) -> Option<(Form, u64)> {
    let begin = begin(head)?;
    match head[begin] {
        b'{' | b'[' if are_rejects(&head[begin..]) => Some((Form::Rejects, mark(head) as u64)),
        b'{' | b'[' => Some((Form::Json, mark(head) as u64)),
        _ => csv(head, begin),
    }
}

/// The same, where somebody has said what it is.
pub(super) fn detect_as(head: &[u8], told: Option<Format>) -> Option<(Form, u64)> {
    match told {
        None => detect(head),
        Some(Format::Csv) => csv(head, begin(head)?),
        Some(Format::Json) => Some((Form::Json, mark(head) as u64)),
        Some(Format::Rejects) => Some((Form::Rejects, mark(head) as u64)),
        Some(Format::Parquet) => None,
    }
}

fn mark(head: &[u8]) -> usize {
    if head.starts_with(MARK) { MARK.len() } else { 0 }
}

/// Where the text begins behind its mark and what is blank.
fn begin(head: &[u8]) -> Option<usize> {
    let mark = mark(head);
    let blank = head[mark..].iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0)?;
    Some(mark + blank)
}

fn csv(head: &[u8], begin: usize) -> Option<(Form, u64)> {
    let line = head[begin..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut fields = Fields::new();
    if fields.split(line) != COLUMNS.len() {
        return None;
    }
    match header(&fields) {
        Some(columns) => Some((Form::Csv(columns), (begin + line.len()) as u64)),
        // a header in words of its own may have any order, which nobody should guess
        None if is_words(&fields) => None,
        None => Some((Form::Csv(std::array::from_fn(|column| column)), mark(head) as u64)),
    }
}

/// Whether none of the fields that hold numbers is one.
fn is_words(fields: &Fields) -> bool {
    let number =
        |at| std::str::from_utf8(fields.get(at)).is_ok_and(|text| text.is_empty() || text.parse::<f64>().is_ok());
    !(2..COLUMNS.len()).any(number)
}

/// The columns of a refused line, as `COLUMNS` in the order that it has.
pub(super) fn columns(line: &str) -> Option<[usize; 7]> {
    let mut fields = Fields::new();
    if fields.split(line.as_bytes()) == COLUMNS.len() { header(&fields) } else { None }
}

/// What to do with a file of which no message can be read, by what it looks like.
pub(super) fn hint(head: &[u8]) -> String {
    let begins = |magic: &[u8]| head.starts_with(magic);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_header = Fields::new().split(line) == COLUMNS.len();
    let separated = |by: u8| line.iter().filter(|byte| **byte == by).count() == COLUMNS.len() - 1;
    match () {
        () if begins(b"\x1f\x8b") => "it is compressed: gzip -dc FILE | vitals import -".to_owned(),
        () if begins(b"\x28\xb5\x2f\xfd") => "it is compressed: zstd -dc FILE | vitals import -".to_owned(),
        () if begins(b"PK\x03\x04") => "it is a zip archive or a spreadsheet; unpack it, or save it as CSV".to_owned(),
        () if begins(b"PAR1") => "it is Parquet; leave --format away".to_owned(),
        () if begins(b"\xff\xfe") || begins(b"\xfe\xff") => "it is UTF-16; save it as UTF-8".to_owned(),
        () if separated(b';') => "its fields are separated by semicolons; write commas".to_owned(),
        () if separated(b'\t') => "its fields are separated by tabs; write commas".to_owned(),
        () if is_header => {
            format!("its header names others: {}; rename them", shortened(String::from_utf8_lossy(line).trim()))
        }
        () => match std::str::from_utf8(line).ok().map(str::trim).filter(|line| !line.contains(char::is_control)) {
            Some(line) => format!("it begins with {:?}; convert it to one of them", shortened(line)),
            None => "it is binary; convert it to one of them".to_owned(),
        },
    }
}

fn shortened(line: &str) -> String {
    let mut characters = line.chars();
    let head: String = characters.by_ref().take(60).collect();
    if characters.next().is_some() { head + "…" } else { head }
}

/// Whether it is a Parquet file; an encrypted footer is not read.
pub(super) fn is_table(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

/// Where each column stands, if the line names them all.
fn header(fields: &Fields) -> Option<[usize; 7]> {
    let is = |at: usize, name: &&str| fields.get(at).eq_ignore_ascii_case(name.as_bytes());
    let place = |names: &[&str]| (0..COLUMNS.len()).find(|at| names.iter().any(|name| is(*at, name)));
    let places: Vec<usize> = NAMES.into_iter().map(place).collect::<Option<_>>()?;
    places.try_into().ok()
}

/// Whether the first object is a refused message and not a message itself.
fn are_rejects(text: &[u8]) -> bool {
    let open = text.iter().position(|byte| *byte == b'{').unwrap_or(text.len());
    let mut keys = Keys(Vec::new());
    // the object may go on behind what is read here, and the keys before that are enough
    let _ = serde_json::Deserializer::from_slice(&text[open..]).deserialize_map(&mut keys);
    let has = |key: &str| keys.0.iter().any(|found| found.eq_ignore_ascii_case(key));
    has("reason") && has("received_at") && has("bytes") && !has("serviceName")
}

/// The keys of an object, as far as it can be read.
struct Keys(Vec<String>);

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            self.0.push(key.into_owned());
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_by_content() {
        let plain = [0, 1, 2, 3, 4, 5, 6];
        let check = |head: &str, expect| assert_eq!(detect(head.as_bytes()), expect, "{head}");
        check("{\"serviceName\"", Some((Form::Json, 0)));
        check("\u{feff} \n[\n{", Some((Form::Json, 3)));
        check("a,1,0.5,16,8,512,256\nb,", Some((Form::Csv(plain), 0)));
        let header = "service,timestamp,CPU,total_ram,free_ram,total_disk,free_disk";
        check(header, Some((Form::Csv(plain), header.len() as u64)));
        let mixed = "\u{feff}\nTimestamp,service,cpu,free_disk,free_ram,total_disk,\"total_ram\"\r";
        check(&format!("{mixed}\n1,a"), Some((Form::Csv([1, 0, 2, 6, 4, 5, 3]), mixed.len() as u64)));
        check("a,1,0.5,16,8,512", None);
        let ours = "service,time,cpu,ram_total,ram_free,disk_total,disk_free";
        check(ours, Some((Form::Csv(plain), ours.len() as u64)));
        check("service,service,CPU,total_ram,free_ram,total_disk,free_disk", None);
        check("name,when,load,memory,memory_free,disk,disk_free\na,1,0.5,16,8,512,256", None);
        check("a,1,half,,,,", Some((Form::Csv(plain), 0)));
        check("PK\u{3}\u{4}\0\0", None);
        check(" \n\0", None);
    }

    #[test]
    fn who_says_what_it_is_is_believed() {
        let check = |told, head: &str, expect| assert_eq!(detect_as(head.as_bytes(), Some(told)), expect, "{head}");
        check(Format::Csv, "{a,1,0.5,16,8,512,256", Some((Form::Csv([0, 1, 2, 3, 4, 5, 6]), 0)));
        check(Format::Csv, "{\"a\":1}", None);
        check(Format::Json, "hello", Some((Form::Json, 0)));
        check(Format::Rejects, "\u{feff}{}", Some((Form::Rejects, 3)));
    }

    #[test]
    fn what_cannot_be_read_has_a_hint() {
        let check = |head: &[u8], words: &str| assert!(hint(head).contains(words), "{}", hint(head));
        check(b"\x1f\x8b\x08", "gzip -dc");
        check(b"PK\x03\x04", "spreadsheet");
        check(b"a;1;0.5;16;8;512;256\n", "semicolons");
        check(b"name,when,load,memory,free,disk,free\n1", "its header names others: name,when,load");
        check(b"timestamp,value\r\n1,2", "begins with \"timestamp,value\"");
        check("x".repeat(70).as_bytes(), "x…\"");
        check(b"\xff\xfea\x00", "UTF-16");
        check(b"\x7fELF\x02", "binary");
    }

    #[test]
    fn refused_messages_are_told_from_messages() {
        let check = |head: &str, expect| assert_eq!(detect(head.as_bytes()), Some((expect, 0)), "{head}");
        let refused = r#"{"v":1,"reason":"too_old","received_at":"2026-11-21T00:00:00Z","source":"s","bytes":"{\"serv"#;
        check(refused, Form::Rejects);
        check(&format!("[{refused}\"}},"), Form::Rejects);
        check(r#"{"reason":"x","received_at":1,"bytes":"2","servicename":"a"}"#, Form::Json);
        check(r#"{"reason":"x","bytes":{"received_at":1}}"#, Form::Json);
        check("[1,2]", Form::Json);
    }
}
