//! Which column of a table stands for what: by its name, in any case, and by its type.

use crate::error::{Error, Result};
use crate::import::NAMES;
use arrow::datatypes::{DataType, Schema};
use std::path::Path;

/// What a message takes from a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    /// A timestamp, a number in s, ms, µs or ns since 1970, or RFC 3339 text.
    Time,
    /// A timestamp.
    Instant,
}

struct Role {
    names: &'static [&'static str],
    /// The field of a structure that can stand for it.
    field: &'static str,
    holds: Holds,
    required: bool,
}

// the first seven stand as in `NAMES`
pub(super) const SERVICE: usize = 0;
pub(super) const TIME: usize = 1;
pub(super) const CPU: usize = 2;
pub(super) const RAM: [usize; 2] = [3, 4];
pub(super) const DISK: [usize; 2] = [5, 6];
pub(super) const INSTANCE: usize = 7;
pub(super) const SENDER: usize = 8;
pub(super) const SEQUENCE: usize = 9;
pub(super) const RECEIVED: usize = 10;
pub(super) const EXTRA: usize = 11;
pub(super) const COUNT: usize = 12;

const fn required(column: usize, field: &'static str, holds: Holds) -> Role {
    Role { names: NAMES[column], field, holds, required: true }
}

const fn optional(names: &'static [&'static str], holds: Holds) -> Role {
    Role { names, field: "", holds, required: false }
}

static ROLES: [Role; COUNT] = [
    required(SERVICE, "", Holds::Text),
    required(TIME, "", Holds::Time),
    required(CPU, "", Holds::Number),
    required(RAM[0], "RAM.Total", Holds::Number),
    required(RAM[1], "RAM.Free", Holds::Number),
    required(DISK[0], "Disk.Total", Holds::Number),
    required(DISK[1], "Disk.Free", Holds::Number),
    optional(&["instance"], Holds::Text),
    optional(&["sender"], Holds::Text),
    optional(&["sequence", "seq"], Holds::Number),
    optional(&["received"], Holds::Instant),
    optional(&["extra"], Holds::Text),
];

impl Role {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied().chain(Some(self.field).filter(|field| !field.is_empty()))
    }
}

/// A column, or a field of a column that is a structure.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub name: String,
    pub root: usize,
    pub field: Option<usize>,
    of: DataType,
}

/// Where everything stands.
#[derive(Debug)]
pub(super) struct Columns {
    places: [Option<Place>; COUNT],
    left_out: Vec<String>,
}

impl Columns {
    pub(super) fn find(schema: &Schema, path: &Path) -> Result<Columns> {
        let all = places(schema);
        let mut columns = Columns { places: Default::default(), left_out: Vec::new() };
        for (place, role) in columns.places.iter_mut().zip(&ROLES) {
            *place = named(role, &all).map_err(|problem| Error::Columns { path: path.to_owned(), problem })?.cloned();
        }
        let taken = |place: &Place| columns.places.iter().flatten().any(|taken| taken.name == place.name);
        columns.left_out = all.iter().filter(|place| !taken(place)).map(|place| place.name.clone()).collect();
        Ok(columns)
    }

    pub(super) fn place(&self, role: usize) -> Option<&Place> {
        self.places[role].as_ref()
    }

    /// The columns that have to be read.
    pub(super) fn roots(&self) -> Vec<usize> {
        let mut roots: Vec<usize> = self.places.iter().flatten().map(|place| place.root).collect();
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// Columns that no message has a place for.
    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

fn places(schema: &Schema) -> Vec<Place> {
    let mut places = Vec::new();
    for (root, column) in schema.fields().iter().enumerate() {
        let place = |name: String, field, of: &DataType| Place { name, root, field, of: of.clone() };
        match column.data_type() {
            DataType::Struct(fields) => places.extend(fields.iter().enumerate().map(|(field, inner)| {
                place(format!("{}.{}", column.name(), inner.name()), Some(field), inner.data_type())
            })),
            of => places.push(place(column.name().clone(), None, of)),
        }
    }
    places
}

fn named<'a>(role: &Role, all: &'a [Place]) -> Result<Option<&'a Place>, String> {
    let is_meant = |place: &&Place| role.names().any(|name| name.eq_ignore_ascii_case(&place.name));
    let found: Vec<&Place> = all.iter().filter(is_meant).collect();
    match found[..] {
        [] if role.required => {
            let there: Vec<&str> = all.iter().map(|place| place.name.as_str()).collect();
            Err(format!(
                "there is no column {}; there are {}",
                role.names().collect::<Vec<_>>().join(" or "),
                there.join(", ")
            ))
        }
        [] => Ok(None),
        [place] if role.holds.can_be(&place.of) => Ok(Some(place)),
        [place] => Err(format!("column {} is {}, it must be {}", place.name, place.of, role.holds.in_words())),
        [first, second, ..] => Err(format!("columns {} and {} mean the same; leave one out", first.name, second.name)),
    }
}

impl Holds {
    fn can_be(self, of: &DataType) -> bool {
        let (text, instant) = (of.is_string(), matches!(of, DataType::Timestamp(..)));
        match self {
            Holds::Text => text,
            Holds::Number => of.is_numeric(),
            Holds::Time => text || instant || of.is_integer() || of.is_floating(),
            Holds::Instant => instant,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Holds::Text => "text",
            Holds::Number => "a number: integer, float or decimal",
            Holds::Time => "a timestamp, a number in s, ms, µs or ns since 1970, or RFC 3339 text",
            Holds::Instant => "a timestamp",
        }
    }
}
