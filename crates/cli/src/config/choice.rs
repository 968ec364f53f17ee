//! Settings with a few named values. The names, what they promise in `--help` and what a configuration file accepts
//! come from one place, the enum itself.

use super::value::{Given, Setting};
use clap::ValueEnum;

/// When what was accepted survives a power cut. A crash of Vitals alone never costs a message, at any level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    /// Synced to disk before it counts as accepted: a power cut costs nothing
    Always,
    /// Synced every journal.sync_interval (200ms): a power cut costs at most the messages of that long
    Interval,
    /// Synced when a segment closes (10s): a power cut costs at most the messages since then
    Never,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// The name of a value, as it is typed.
pub(crate) fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

macro_rules! choices {
    ($($type:ty),+) => { $(
        impl Setting for $type {
            fn expected() -> String {
                let names: Vec<String> = <$type>::value_variants().iter().map(|value| name(*value)).collect();
                format!("one of {}", names.join(", "))
            }

            fn read(given: &Given) -> Option<Self> {
                <$type>::value_variants().iter().copied().find(|value| given.is_text(&name(*value)))
            }

            fn toml(&self) -> String {
                format!("{:?}", name(*self))
            }
        }
    )+ };
}

choices!(Durability, Level, LogFormat);
