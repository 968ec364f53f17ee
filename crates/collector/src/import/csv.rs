//! A line of CSV as the JSON of the wire, so that one decoder judges what comes from everywhere.
//!
//! A record is a line: a line break inside a quoted field could only be part of a service's name, where it is not
//! allowed, and so a stray quote costs its own line and nothing behind it.

use super::COLUMNS;
use csv_core::{ReadFieldResult, Reader};
use model::Reject;
use serde::de::IgnoredAny;

/// What the reader takes from the beginning of what it reads; inside a file it is part of a name.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The fields of one line, unquoted.
#[derive(Debug)]
pub(super) struct Fields {
    reader: Reader,
    text: Vec<u8>,
    fields: Vec<Field>,
}

/// Where a field stands in the text.
#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    quoted: bool,
}

impl Fields {
    pub(super) fn new() -> Fields {
        // a reader's `default` has no tables and splits nothing
        Fields { reader: Reader::new(), text: Vec::new(), fields: Vec::new() }
    }

    /// Splits a line; how many fields it has, as far as one needs to know.
    pub(super) fn split(&mut self, line: &[u8]) -> usize {
        if line.starts_with(MARK) { self.read(&[MARK, line].concat()) } else { self.read(line) }
    }

    fn read(&mut self, line: &[u8]) -> usize {
        self.reader.reset();
        self.fields.clear();
        // a field never grows by unquoting
        self.text.resize(line.len() + 1, 0);
        let (mut begin, mut at, mut start, mut end) = (0, 0, 0, 0);
        // one field too many is enough to refuse a line
        while self.fields.len() <= COLUMNS.len() {
            let (result, read, written) = self.reader.read_field(&line[at..], &mut self.text[end..]);
            (at, end) = (at + read, end + written);
            match result {
                // an empty input is how the reader learns that the line has ended
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::Field { record_end } => {
                    let quoted = line.get(begin) == Some(&b'"');
                    let end_of_field =
                        if quoted { end - blanks_behind_quote(&line[begin..at]).min(end - start) } else { end };
                    self.fields.push(Field { start, end: end_of_field, quoted });
                    (begin, start) = (at, end);
                    if record_end {
                        break;
                    }
                }
                ReadFieldResult::OutputFull | ReadFieldResult::End => break,
            }
        }
        self.fields.len()
    }

    /// A field without the blanks around it.
    pub(super) fn get(&self, field: usize) -> &[u8] {
        let Field { start, end, .. } = self.fields[field];
        self.text[start..end].trim_ascii()
    }

    /// A name, of which blanks are a part where it stands in quotes.
    fn name(&self, field: usize) -> &[u8] {
        let Field { start, end, quoted } = self.fields[field];
        if quoted { &self.text[start..end] } else { self.get(field) }
    }

    /// The line as a message on the wire; `columns` says where each of `COLUMNS` stands.
    pub(super) fn message(&mut self, line: &[u8], columns: &[usize; 7], json: &mut Vec<u8>) -> Result<(), Reject> {
        let count = self.split(line);
        if count > COLUMNS.len() {
            return Err(Reject::NotJson(format!("a line of CSV has more than {} fields", COLUMNS.len())));
        }
        if let Some(missing) = (0..COLUMNS.len()).find(|column| columns[*column] >= count) {
            return Err(Reject::MissingField(COLUMNS[missing]));
        }
        json.clear();
        json.push(b'{');
        put("serviceName", self.name(columns[0]), put_text, json)?;
        put("Timestamp", self.get(columns[1]), put_number, json)?;
        put("CPU", self.get(columns[2]), put_number, json)?;
        for (key, total, free) in [("RAM", columns[3], columns[4]), ("Disk", columns[5], columns[6])] {
            json.extend(format!("\"{key}\":{{").bytes());
            put("Total", self.get(total), put_number, json)?;
            put("Free", self.get(free), put_number, json)?;
            json.extend(b"},");
        }
        // the decoder takes a comma before a closing brace
        json.push(b'}');
        Ok(())
    }
}

/// How many blanks stand between the closing quote of a field and its end.
fn blanks_behind_quote(field: &[u8]) -> usize {
    let field = field.strip_suffix(b",").or_else(|| field.strip_suffix(b"\r")).unwrap_or(field);
    let quoted = field.trim_ascii_end();
    if quoted.ends_with(b"\"") { field.len() - quoted.len() } else { 0 }
}

/// An empty field is a missing one.
fn put(
    key: &str,
    field: &[u8],
    put: fn(&str, &mut Vec<u8>) -> Result<(), Reject>,
    json: &mut Vec<u8>,
) -> Result<(), Reject> {
    let text = std::str::from_utf8(field).map_err(|_| Reject::NotJson(format!("{key} is not UTF-8")))?;
    if text.is_empty() {
        return Ok(());
    }
    json.extend(format!("\"{key}\":").bytes());
    put(text, json)?;
    json.push(b',');
    Ok(())
}

fn put_text(text: &str, json: &mut Vec<u8>) -> Result<(), Reject> {
    json.extend(serde_json::Value::from(text).to_string().bytes());
    Ok(())
}

/// JSON's numbers as they are, other spellings (`.5`, `+1`) as JSON, anything else as a text for the decoder to refuse.
fn put_number(text: &str, json: &mut Vec<u8>) -> Result<(), Reject> {
    let begins = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if begins && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        json.extend(text.bytes());
        return Ok(());
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => json.extend(format!("{number:?}").bytes()),
        Ok(_) => return Err(Reject::NonFinite),
        Err(_) => put_text(text, json)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Decoder, Reason, Rules, Time};

    const PLAIN: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

    fn decoded(line: &str) -> Result<(String, i64, [f64; 5]), Reason> {
        let (mut fields, mut json) = (Fields::new(), Vec::new());
        // what an earlier line left must not show
        let _ = fields.message(b"\"open,1", &PLAIN, &mut json);
        fields.message(line.as_bytes(), &PLAIN, &mut json).map_err(|reject| reject.reason())?;
        let mut decoder = Decoder::new(Rules::default());
        let message = decoder.decode(&json, Time::default()).map_err(|reject| reject.reason())?;
        let numbers = [message.cpu, message.ram_total, message.ram_free, message.disk_total, message.disk_free];
        Ok((message.service.to_owned(), message.time.as_micros(), numbers))
    }

    #[test]
    fn lines_become_messages() {
        let check = |line: &str, service: &str, micros, numbers| {
            assert_eq!(decoded(line), Ok((service.to_owned(), micros, numbers)), "{line}");
        };
        let numbers = [0.5, 16.0, 8.25, 512.0, 256.0];
        check("a,1640995200,0.5,16,8.25,512,256", "a", 1_640_995_200_000_000, numbers);
        check("a , 1640995200.5 ,.5,+16,8.25,512.,2.56e2\r", "a", 1_640_995_200_500_000, numbers);
        check(
            "\"a, \"\"b\"\" \\\",2022-01-01T00:00:00Z,0.5,16,8.25,512,256",
            "a, \"b\" \\",
            1_640_995_200_000_000,
            numbers,
        );
        check("é,1640995200000000123,0.5,16,8.25,512,256", "é", 1_640_995_200_000_000, numbers);
    }

    #[test]
    fn names_in_quotes_are_taken_as_they_are() {
        let check = |written: &str, name: &str| {
            for end in ["", "\r"] {
                let service =
                    decoded(&format!("{written},1640995200,\" 0.5 \",16,8.25,512,256{end}")).map(|found| found.0);
                assert_eq!(service.as_deref(), Ok(name), "{written}");
            }
            let (mut fields, columns) = (Fields::new(), [6, 0, 1, 2, 3, 4, 5]);
            fields.split(format!("1640995200,0.5,16,8.25,512,256,{written}\r").as_bytes());
            assert_eq!(fields.name(columns[0]), name.as_bytes(), "{written}");
        };
        check("\" a  \"", " a  ");
        check("\" a \"  ", " a ");
        check("\" a, \"\"b\"\" \"", " a, \"b\" ");
        check("  a ", "a");
        check("\u{feff}a", "\u{feff}a");
        check("\"\u{feff}a \"", "\u{feff}a ");
    }

    #[test]
    fn lines_that_are_no_messages() {
        let check = |line: &str, reason| assert_eq!(decoded(line), Err(reason), "{line}");
        check("a,1640995200,0.5,16,8.25,512", Reason::MissingField);
        check("a,1640995200,0.5,16,8.25,512,", Reason::MissingField);
        check(",1640995200,0.5,16,8.25,512,256", Reason::MissingField);
        check("a,1640995200,0.5,16,8.25,512,256,1", Reason::NotJson);
        check("a,1640995200,0.5,16,8.25,512,256,1,2,3", Reason::NotJson);
        check("a,1640995200,NaN,16,8.25,512,256", Reason::NonFinite);
        check("a,1640995200,half,16,8.25,512,256", Reason::WrongType);
        check("a,1640995200,{},16,8.25,512,256", Reason::WrongType);
        check("a,1640995200,-1,16,8.25,512,256", Reason::CpuNegative);
        check("a,1640995200,0.5,16,17,512,256", Reason::FreeAboveTotal);
        check("\"a,1640995200,0.5,16,8.25,512,256", Reason::MissingField);
    }
}
