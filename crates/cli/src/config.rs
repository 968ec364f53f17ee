//! From defaults, `vitals.toml`, variables and arguments to one validated configuration.
//!
//! Layout, in reading order:
//! - [`keys`]: the table of all settings
//! - [`value`], [`choice`], [`listen`]: how a value of each type is read and printed
//! - [`file`]: `vitals.toml` as keys with their lines
//! - [`rules`]: bounds on values
//! - [`print`]: the configuration as a `vitals.toml` again
//!
//! Invariant: an unknown key or a wrong value fails in every layer; nothing that was written is ignored.

mod choice;
mod error;
mod file;
mod keys;
mod listen;
mod print;
mod rules;
mod value;

pub(crate) use choice::{Durability, Level, LogFormat, name};
pub(crate) use error::Error;
pub(crate) use file::File;
pub(crate) use keys::{Config, KEYS, Key};
pub(crate) use listen::Listen;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use value::Given;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Variable(String),
    Set,
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Variable(name) => f.write_str(name),
            Origin::Set => f.write_str("--set"),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A flag that was typed and the key it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Override {
    pub(crate) flag: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

/// What the layers above the file hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers<'a> {
    /// Of the environment, all variables.
    pub(crate) variables: Vec<(String, String)>,
    /// Each `key=value`.
    pub(crate) set: &'a [String],
    pub(crate) flags: Vec<Override>,
}

/// The configuration in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) config: Config,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    /// Of every key that was set.
    origins: BTreeMap<&'static str, Origin>,
}

/// Variables that belong to arguments without a key.
const OTHER_VARIABLES: [&str; 2] = ["VITALS_CONFIG", "VITALS_SERVER"];

impl Settings {
    /// Finds the file and puts all layers on each other.
    pub(crate) fn load(named: Option<&Path>, layers: &Layers<'_>) -> Result<Settings, Error> {
        // the data folder may hold the file, so the layers above the file must have named it already
        let above = Settings::unchecked(None, layers)?;
        let file = File::find(named, &above.config.data)?;
        Settings::resolve(file.as_ref(), layers)
    }

    /// The layers on each other, without looking at disk or environment.
    pub(crate) fn resolve(file: Option<&File>, layers: &Layers<'_>) -> Result<Settings, Error> {
        let settings = Settings::unchecked(file, layers)?;
        settings.check()?;
        Ok(settings)
    }

    /// Before what the file says, what another layer says may not be allowed yet.
    fn unchecked(file: Option<&File>, layers: &Layers<'_>) -> Result<Settings, Error> {
        let mut settings = Settings { file: file.map(|file| file.path.clone()), ..Settings::default() };
        for (name, origin, given) in file.map(File::entries).transpose()?.unwrap_or_default() {
            settings.set(&name, origin, &given)?;
        }
        for (name, value) in &layers.variables {
            settings.set_variable(name, value)?;
        }
        for text in layers.set {
            let (name, value) = text.split_once('=').ok_or_else(|| Error::NoAssignment { text: text.clone() })?;
            settings.set(name.trim(), Origin::Set, &Given::Word(value.to_owned()))?;
        }
        for Override { flag, key, value } in &layers.flags {
            settings.set(key, Origin::Flag(flag), &Given::Word(value.clone()))?;
        }
        Ok(settings)
    }

    /// Where the value of a key came from.
    pub(crate) fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// How many keys have another origin than their default.
    pub(crate) fn count_set(&self) -> usize {
        self.origins.len()
    }

    fn set(&mut self, name: &str, origin: Origin, given: &Given) -> Result<(), Error> {
        let Some(key) = Key::find(name) else { return Err(unknown(name, origin)) };
        if (key.set)(&mut self.config, given).is_none() {
            let (value, expected) = (given.to_string(), (key.expected)());
            return Err(Error::WrongValue { origin, key: key.name, value, expected });
        }
        self.origins.insert(key.name, origin);
        Ok(())
    }

    fn set_variable(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if !name.starts_with("VITALS_") || OTHER_VARIABLES.contains(&name) {
            return Ok(());
        }
        match KEYS.iter().find(|key| key.variable() == name) {
            Some(key) => self.set(key.name, Origin::Variable(name.to_owned()), &Given::Word(value.to_owned())),
            None => {
                let nearest = nearest(&name.trim_start_matches("VITALS_").to_lowercase().replace('_', ".")).variable();
                Err(Error::UnknownVariable { name: name.to_owned(), nearest })
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        let Some(broken) = rules::RULES.iter().find(|rule| !(rule.holds)(&self.config)) else { return Ok(()) };
        let key = Key::find(broken.key).expect("every rule names a key, which a test proves");
        Err(Error::WrongValue {
            origin: self.origin(key.name),
            key: key.name,
            value: (key.toml)(&self.config),
            expected: broken.expected.to_owned(),
        })
    }
}

fn unknown(name: &str, origin: Origin) -> Error {
    let inside = |key: &&Key| key.name.split_once('.').is_some_and(|(section, _)| section == name);
    match KEYS.iter().find(inside) {
        Some(key) => Error::Section { origin, section: name.to_owned(), example: key.name },
        None => Error::UnknownKey { origin, key: name.to_owned(), nearest: nearest(name).name },
    }
}

/// The key whose name, with or without its section, is most like what was typed.
fn nearest(typed: &str) -> &'static Key {
    let likeness = |key: &Key| {
        let bare = key.name.rsplit('.').next().unwrap_or(key.name);
        strsim::normalized_damerau_levenshtein(typed, key.name).max(strsim::normalized_damerau_levenshtein(typed, bare))
    };
    KEYS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).expect("there are keys")
}

#[cfg(test)]
mod tests;
