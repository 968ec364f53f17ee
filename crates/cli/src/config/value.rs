//! How each type of setting is read and printed. A value arrives as a word of a variable or an argument, which carries
//! no type, or from TOML, where `receivers = "2"` is a mistake worth naming.

use super::listen::Listen;
use collector::Network;
use model::CpuUnit;
use model::units::{Bytes, Keep, Period};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    /// From a variable or an argument.
    Word(String),
    /// A TOML string.
    Text(String),
    /// A TOML number, as its digits.
    Number(String),
    /// A TOML array of strings.
    List(Vec<String>),
    /// Anything else in TOML, which no setting is.
    Other(&'static str),
}

impl Given {
    fn text(&self) -> Option<&str> {
        match self {
            Given::Word(text) | Given::Text(text) => Some(text.trim()),
            _ => None,
        }
    }

    pub(super) fn is_text(&self, text: &str) -> bool {
        self.text() == Some(text)
    }

    fn number(&self) -> Option<&str> {
        match self {
            Given::Word(text) | Given::Number(text) => Some(text.trim()),
            _ => None,
        }
    }

    /// A word is split at its commas; brackets and quotes around it are those of the file's form.
    fn list(&self) -> Option<Vec<&str>> {
        match self {
            Given::Word(text) => {
                let text = text.trim();
                let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
                Some(inside.split(',').map(bare).filter(|item| !item.is_empty()).collect())
            }
            Given::List(items) => Some(items.iter().map(|item| item.trim()).collect()),
            _ => None,
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Given::Word(text) | Given::Text(text) => write!(f, "{text:?}"),
            Given::Number(digits) => f.write_str(digits),
            Given::List(items) => write!(f, "{items:?}"),
            Given::Other(kind) => f.write_str(kind),
        }
    }
}

fn bare(item: &str) -> &str {
    item.trim().trim_matches('"')
}

/// A type a setting can have.
pub(crate) trait Setting: Sized {
    /// Completes "it must be …".
    fn expected() -> String;
    fn read(given: &Given) -> Option<Self>;
    /// As TOML writes it.
    fn toml(&self) -> String;
}

/// A TOML string.
fn quoted(text: impl fmt::Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

macro_rules! texts {
    ($($type:ty: $expected:literal),+ $(,)?) => { $(
        impl Setting for $type {
            fn expected() -> String {
                $expected.to_owned()
            }

            fn read(given: &Given) -> Option<Self> {
                given.text()?.parse().ok()
            }

            fn toml(&self) -> String {
                quoted(self)
            }
        }
    )+ };
}

texts! {
    SocketAddr: "an address and a port such as 0.0.0.0:3500",
    Listen: "off, or an address and a port such as 127.0.0.1:5433",
    Period: "a duration such as 200ms, 10s, 5m, 6h, 2d or 1w",
    Keep: "forever, or a duration such as 90d or 52w",
}

macro_rules! numbers {
    ($($type:ty),+) => { $(
        impl Setting for $type {
            fn expected() -> String {
                "a whole number from 0".to_owned()
            }

            fn read(given: &Given) -> Option<Self> {
                given.number()?.parse().ok()
            }

            fn toml(&self) -> String {
                self.to_string()
            }
        }
    )+ };
}

numbers!(u32, usize);

impl Setting for Bytes {
    fn expected() -> String {
        "a size such as 512KiB, 64MiB or 1GiB".to_owned()
    }

    fn read(given: &Given) -> Option<Self> {
        given.text().or_else(|| given.number())?.parse().ok()
    }

    fn toml(&self) -> String {
        quoted(self)
    }
}

impl Setting for PathBuf {
    fn expected() -> String {
        "a path".to_owned()
    }

    fn read(given: &Given) -> Option<Self> {
        given.text().filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    fn toml(&self) -> String {
        quoted(self.display())
    }
}

impl Setting for Option<PathBuf> {
    fn expected() -> String {
        "a path, or nothing".to_owned()
    }

    fn read(given: &Given) -> Option<Self> {
        given.text().map(|path| Some(PathBuf::from(path)).filter(|path| !path.as_os_str().is_empty()))
    }

    fn toml(&self) -> String {
        quoted(self.as_deref().unwrap_or(std::path::Path::new("")).display())
    }
}

impl Setting for String {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn read(given: &Given) -> Option<Self> {
        given.text().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn toml(&self) -> String {
        quoted(self)
    }
}

impl Setting for CpuUnit {
    fn expected() -> String {
        "fraction or percent".to_owned()
    }

    fn read(given: &Given) -> Option<Self> {
        match given.text()? {
            "fraction" => Some(CpuUnit::Fraction),
            "percent" => Some(CpuUnit::Percent),
            _ => None,
        }
    }

    fn toml(&self) -> String {
        quoted(match self {
            CpuUnit::Fraction => "fraction",
            CpuUnit::Percent => "percent",
        })
    }
}

impl Setting for Vec<Network> {
    fn expected() -> String {
        "a list of networks such as [\"10.0.0.0/8\", \"192.0.2.7\"]".to_owned()
    }

    fn read(given: &Given) -> Option<Self> {
        given.list()?.into_iter().map(|item| item.parse().ok()).collect()
    }

    fn toml(&self) -> String {
        let items: Vec<String> = self.iter().map(quoted).collect();
        format!("[{}]", items.join(", "))
    }
}
