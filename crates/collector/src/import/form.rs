//! What kind of text a file holds, told by its first bytes.

use super::COLUMNS;
use super::csv::Fields;

const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON objects, on lines, one behind the other, or in an array.
    Json,
    /// Lines of seven fields; where each of `COLUMNS` stands in them.
    Csv([usize; 7]),
}

/// The form, and the offset at which records begin; `None` where it is neither. `head` is the file's beginning, or all
/// of it.
pub(super) fn detect(head: &[u8]) -> Option<(Form, u64)> {
    let mark = if head.starts_with(MARK) { MARK.len() } else { 0 };
    let blank = head[mark..].iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0)?;
    let text = &head[mark + blank..];
    if let b'{' | b'[' = text[0] {
        return Some((Form::Json, mark as u64));
    }
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut fields = Fields::new();
    if fields.split(line) != COLUMNS.len() {
        return None;
    }
    match header(&fields) {
        Some(columns) => Some((Form::Csv(columns), (mark + blank + line.len()) as u64)),
        None => Some((Form::Csv(std::array::from_fn(|column| column)), mark as u64)),
    }
}

/// Where each column stands, if the line names them all.
fn header(fields: &Fields) -> Option<[usize; 7]> {
    let place = |name: &str| (0..COLUMNS.len()).find(|at| fields.get(*at).eq_ignore_ascii_case(name.as_bytes()));
    let places: Vec<usize> = COLUMNS.into_iter().map(place).collect::<Option<_>>()?;
    places.try_into().ok()
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
        check("service,service,CPU,total_ram,free_ram,total_disk,free_disk", Some((Form::Csv(plain), 0)));
        check("PK\u{3}\u{4}\0\0", None);
        check(" \n\0", None);
    }
}
