//! What can be wrong with the configuration: always where, which key, and what it must be.

use super::Origin;
use crate::exit::Exit;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {source}; name a readable file with --config, or leave it out", path = path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{origin}: {problem}; mend the line")]
    NotToml { origin: Origin, problem: String },
    #[error("{origin}: there is no key {key}; did you mean {nearest}? `vitals config print` shows them all")]
    UnknownKey { origin: Origin, key: String, nearest: &'static str },
    #[error("{origin}: {section} is a section, not a key; set one of its keys, such as {example}")]
    Section { origin: Origin, section: String, example: &'static str },
    #[error("there is no variable {name}; did you mean {nearest}? `vitals config print` shows the keys")]
    UnknownVariable { name: String, nearest: String },
    #[error("--set {text:?} is no key=value; write it like --set journal.durability=always")]
    NoAssignment { text: String },
    #[error("{origin}: {key} is {value}, it must be {expected}")]
    WrongValue { origin: Origin, key: &'static str, value: String, expected: String },
}

impl Error {
    /// A mistake of the command line is one of usage; a file or a variable was wrong before.
    pub(crate) fn exit(&self) -> Exit {
        let of_command_line = match self {
            Error::NoAssignment { .. } => true,
            Error::Unreadable { .. } | Error::UnknownVariable { .. } => false,
            Error::NotToml { origin, .. }
            | Error::UnknownKey { origin, .. }
            | Error::Section { origin, .. }
            | Error::WrongValue { origin, .. } => matches!(origin, Origin::Set | Origin::Flag(_)),
        };
        if of_command_line { Exit::Usage } else { Exit::Error }
    }
}
