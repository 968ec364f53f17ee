//! A line of CSV as the JSON of the wire, so that one decoder judges what comes from everywhere.
//!
//! A record is a line: a line break inside a quoted field could only be part of a service's name, where it is not
//! allowed, and so a stray quote costs its own line and nothing behind it.

use super::COLUMNS;
use csv_core::{ReadRecordResult, Reader};
use model::Reject;
use serde::de::IgnoredAny;

/// The fields of one line, unquoted.
#[derive(Debug)]
pub(super) struct Fields {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Fields {
    pub(super) fn new() -> Fields {
        // a reader's `default` has no tables and splits nothing
        Fields { reader: Reader::new(), text: Vec::new(), ends: Vec::new() }
    }

    /// Splits a line; how many fields it has, as far as one needs to know.
    pub(super) fn split(&mut self, line: &[u8]) -> usize {
        self.reader.reset();
        // a field never grows by unquoting, and one field too many is enough to refuse a line
        self.text.resize(line.len() + 1, 0);
        self.ends.resize(COLUMNS.len() + 1, 0);
        let (result, read, written, mut count) = self.reader.read_record(line, &mut self.text, &mut self.ends);
        if result == ReadRecordResult::InputEmpty {
            // an empty input is how the reader learns that the line has ended
            count += self.reader.read_record(&line[read..], &mut self.text[written..], &mut self.ends[count..]).3;
        }
        count
    }

    pub(super) fn get(&self, field: usize) -> &[u8] {
        let start = if field == 0 { 0 } else { self.ends[field - 1] };
        self.text[start..self.ends[field]].trim_ascii()
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
        self.put("serviceName", columns[0], put_text, json)?;
        self.put("Timestamp", columns[1], put_number, json)?;
        self.put("CPU", columns[2], put_number, json)?;
        for (key, total, free) in [("RAM", columns[3], columns[4]), ("Disk", columns[5], columns[6])] {
            json.extend(format!("\"{key}\":{{").bytes());
            self.put("Total", total, put_number, json)?;
            self.put("Free", free, put_number, json)?;
            json.extend(b"},");
        }
        // the decoder takes a comma before a closing brace
        json.push(b'}');
        Ok(())
    }

    /// An empty field is a missing one.
    fn put(
        &self,
        key: &str,
        field: usize,
        put: fn(&str, &mut Vec<u8>) -> Result<(), Reject>,
        json: &mut Vec<u8>,
    ) -> Result<(), Reject> {
        let text = std::str::from_utf8(self.get(field)).map_err(|_| Reject::NotJson(format!("{key} is not UTF-8")))?;
        if text.is_empty() {
            return Ok(());
        }
        json.extend(format!("\"{key}\":").bytes());
        put(text, json)?;
        json.push(b',');
        Ok(())
    }
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
