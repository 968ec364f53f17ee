//! `vitals.toml`: where it is looked for, and its text as keys with their lines.

use super::value::Given;
use super::{Error, Origin};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration file, read but not judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The name that is looked for where no file is named.
const NAME: &str = "vitals.toml";

impl File {
    /// The named file, or else the first of `./vitals.toml` and the data folder's that exists.
    pub(super) fn find(named: Option<&Path>, data: &Path) -> Result<Option<File>, Error> {
        if let Some(path) = named {
            return File::read(path).map(Some);
        }
        let places = [PathBuf::from(NAME), data.join(NAME)];
        places.iter().find(|path| path.exists()).map(|path| File::read(path)).transpose()
    }

    fn read(path: &Path) -> Result<File, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        Ok(File { path: path.to_owned(), text })
    }

    /// All keys in the order of the file, with their sections: `("journal.durability", its line, "always")`.
    pub(super) fn entries(&self) -> Result<Vec<(String, Origin, Given)>, Error> {
        let table = DeTable::parse(&self.text).map_err(|error| Error::NotToml {
            origin: self.line(error.span().map_or(0, |span| span.start)),
            problem: error.message().lines().collect::<Vec<_>>().join(", "),
        })?;
        let mut entries = Vec::new();
        self.flatten(table.get_ref(), "", &mut entries);
        Ok(entries)
    }

    fn flatten(&self, table: &DeTable<'_>, section: &str, entries: &mut Vec<(String, Origin, Given)>) {
        for (key, value) in table {
            let name = format!("{section}{}", key.get_ref());
            match value.get_ref() {
                DeValue::Table(inner) => self.flatten(inner, &format!("{name}."), entries),
                value => entries.push((name, self.line(key.span().start), given(value))),
            }
        }
    }

    fn line(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        Origin::File { path: self.path.clone(), line: 1 + before.matches('\n').count() }
    }
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.to_string()),
        DeValue::Integer(digits) => match i128::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => Given::Number(number.to_string()),
            Err(_) => Given::Other("a number that is too large"),
        },
        DeValue::Float(digits) => Given::Number(digits.as_str().to_owned()),
        DeValue::Array(items) => texts(items.iter()).map_or(Given::Other("an array of other things"), Given::List),
        DeValue::Boolean(true) => Given::Other("true"),
        DeValue::Boolean(false) => Given::Other("false"),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Table(_) => Given::Other("a table"),
    }
}

/// The items, when all are strings.
fn texts<'a>(items: impl Iterator<Item = &'a Spanned<DeValue<'a>>>) -> Option<Vec<String>> {
    items.map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}
