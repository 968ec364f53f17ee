//! `COPY … TO STDOUT`: the rows of a query as tab-separated text or CSV, in the forms that psql and pandas read, or as the
//! binary file that ADBC and ConnectorX ask for.

use super::encoding;
use super::failure::{self, state};
use datafusion::sql::sqlparser::ast::{CopyLegacyCsvOption, CopyLegacyOption, CopyOption};
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::error::PgWireResult;
use datafusion_postgres::pgwire::messages::data::DataRow;

/// How rows are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CopyFormat {
    pub(super) binary: bool,
    csv: bool,
    delimiter: char,
    null: String,
    quote: char,
    escape: char,
    pub(super) header: bool,
}

const TEXT: &str = "text";
const BINARY: &str = "binary";

/// A binary file begins with a signature, no flags and nothing more of a head, and ends with the length of no row.
pub(super) const BINARY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
pub(super) const BINARY_END: &[u8] = &(-1_i16).to_be_bytes();

impl CopyFormat {
    fn named(name: &str) -> PgWireResult<CopyFormat> {
        let format = |csv, delimiter, null: &str| CopyFormat {
            binary: false,
            csv,
            delimiter,
            null: null.to_owned(),
            quote: '"',
            escape: '"',
            header: false,
        };
        match name.to_lowercase().as_str() {
            TEXT => Ok(format(false, '\t', "\\N")),
            "csv" => Ok(format(true, ',', "")),
            BINARY => Ok(CopyFormat { binary: true, ..format(false, '\t', "\\N") }),
            other => Err(unsupported(&format!("COPY in the format {other}; write FORMAT csv, text or binary"))),
        }
    }

    /// The options in parentheses, or those of before PostgreSQL 9, which psql's `\copy` still takes.
    pub(super) fn of(options: &[CopyOption], legacy: &[CopyLegacyOption]) -> PgWireResult<CopyFormat> {
        let named = options.iter().find_map(|option| match option {
            CopyOption::Format(name) => Some(name.value.as_str()),
            _ => None,
        });
        let is_csv = legacy.iter().any(|option| matches!(option, CopyLegacyOption::Csv(_)));
        let is_binary = legacy.iter().any(|option| matches!(option, CopyLegacyOption::Binary));
        let old = match (is_binary, is_csv) {
            (true, _) => BINARY,
            (_, true) => "csv",
            _ => TEXT,
        };
        let mut format = CopyFormat::named(named.unwrap_or(old))?;
        let is_of_texts = |option: &CopyOption| !matches!(option, CopyOption::Format(_) | CopyOption::Encoding(_));
        let are_of_texts = options.iter().any(is_of_texts) || legacy.len() > usize::from(is_binary);
        if format.binary && are_of_texts {
            let problem = "COPY in the binary format takes no other options";
            return Err(failure::error(state::SYNTAX_ERROR, problem));
        }
        for option in options {
            match option {
                CopyOption::Format(_) => {}
                CopyOption::Delimiter(delimiter) => format.delimiter = *delimiter,
                CopyOption::Null(null) => format.null.clone_from(null),
                CopyOption::Header(header) => format.header = *header,
                CopyOption::Quote(quote) => format.quote = *quote,
                CopyOption::Escape(escape) => format.escape = *escape,
                CopyOption::Encoding(name) if name.to_lowercase().starts_with("utf") => {}
                other => return Err(unsupported(&format!("COPY with {other}"))),
            }
        }
        for option in legacy {
            match option {
                CopyLegacyOption::Binary => {}
                CopyLegacyOption::Csv(details) => format.refine(details)?,
                CopyLegacyOption::Delimiter(delimiter) => format.delimiter = *delimiter,
                CopyLegacyOption::Header => format.header = true,
                CopyLegacyOption::Null(null) => format.null.clone_from(null),
                other => return Err(unsupported(&format!("COPY with {other}"))),
            }
        }
        Ok(format)
    }

    fn refine(&mut self, details: &[CopyLegacyCsvOption]) -> PgWireResult<()> {
        for detail in details {
            match detail {
                CopyLegacyCsvOption::Header => self.header = true,
                CopyLegacyCsvOption::Quote(quote) => self.quote = *quote,
                CopyLegacyCsvOption::Escape(escape) => self.escape = *escape,
                other => return Err(unsupported(&format!("COPY with {other}"))),
            }
        }
        Ok(())
    }

    /// How the values of a row are encoded for it.
    pub(super) fn values(&self) -> Format {
        if self.binary { Format::UnifiedBinary } else { Format::UnifiedText }
    }

    /// What one row is in the file.
    pub(super) fn row(&self, row: &DataRow) -> Vec<u8> {
        match self.binary {
            // behind their number they are as in a message
            true => [&row.field_count.to_be_bytes()[..], &row.data].concat(),
            false => self.line(values(row)).into_bytes(),
        }
    }

    /// One line, with its end.
    pub(super) fn line<'a>(&self, values: impl Iterator<Item = Option<&'a str>>) -> String {
        let mut line = String::new();
        for (column, value) in values.enumerate() {
            if column > 0 {
                line.push(self.delimiter);
            }
            match value {
                None => line.push_str(&self.null),
                Some(value) if self.csv => self.quoted(value, &mut line),
                Some(value) => self.escaped(value, &mut line),
            }
        }
        line.push('\n');
        line
    }

    fn quoted(&self, value: &str, line: &mut String) {
        let special = |c| [self.delimiter, self.quote, '\n', '\r'].contains(&c);
        // what would be read as a null, or as the end of everything
        if !value.contains(special) && value != self.null && value != "\\." {
            return line.push_str(value);
        }
        line.push(self.quote);
        for c in value.chars() {
            if c == self.quote || c == self.escape {
                line.push(self.escape);
            }
            line.push(c);
        }
        line.push(self.quote);
    }

    fn escaped(&self, value: &str, line: &mut String) {
        for c in value.chars() {
            let letter = match c {
                '\\' => '\\',
                '\u{8}' => 'b',
                '\u{c}' => 'f',
                '\n' => 'n',
                '\r' => 'r',
                '\t' => 't',
                '\u{b}' => 'v',
                c if c == self.delimiter => c,
                c => {
                    line.push(c);
                    continue;
                }
            };
            line.push('\\');
            line.push(letter);
        }
    }
}

fn unsupported(what: &str) -> datafusion_postgres::pgwire::error::PgWireError {
    failure::error(state::FEATURE_NOT_SUPPORTED, format!("not supported: {what}"))
}

/// The values of a row that was encoded as text.
fn values(row: &DataRow) -> impl Iterator<Item = Option<&str>> {
    encoding::values(row).map(|value| value.map(|value| std::str::from_utf8(value).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_back_as_they_were() {
        let check = |name: &str, values: &[Option<&str>], expect: &str| {
            let format = CopyFormat::named(name).expect("it is known");
            assert_eq!(format.line(values.iter().copied()), format!("{expect}\n"), "{name} {values:?}");
        };
        check("csv", &[Some("a"), None, Some("")], "a,,\"\"");
        check("csv", &[Some("a,b"), Some("say \"x\""), Some("two\nlines")], "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"");
        check("text", &[Some("a"), None, Some("")], "a\t\\N\t");
        check("text", &[Some("tab\there"), Some("back\\slash")], "tab\\there\tback\\\\slash");
    }
}
