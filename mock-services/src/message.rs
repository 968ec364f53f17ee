//! The shapes in which existing senders write the same health message.
//!
//! Every shape says the same numbers; only names of keys, layout, padding, the way the time is written and what
//! stands beside the numbers differ. Texts are composed here, not by a serialiser, because several of them are
//! what real senders get wrong.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use clap::ValueEnum;

use crate::fleet::{Capacity, Reading};

/// Padded messages are at least this long, in bytes.
const PADDED: usize = 200;

/// One health message before it has a shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Heartbeat {
    /// Index of the service in its fleet.
    pub service: usize,
    /// Microseconds since 1970 UTC, as the shape can say it.
    pub time_us: i64,
    /// What was measured.
    pub reading: Reading,
    /// Which instance of the service says so, where the shape carries one.
    pub instance: Option<String>,
}

/// How a message is written; the value's name is what `--shape` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// The house's own message, nanoseconds as an integer.
    Plain,
    /// Keys in lower case.
    LowerKeys,
    /// Keys in upper case.
    UpperKeys,
    /// Keys as a sibling client writes them: `ServiceName`, `TimeStamp`.
    PascalKeys,
    /// Many lines, a comma before every closing brace.
    Pretty,
    /// One line, a comma before every closing brace, and a text that only looks like one.
    TrailingComma,
    /// Spaces behind, up to 200 bytes.
    Spaces,
    /// NULs behind, up to 200 bytes.
    Nuls,
    /// Whole seconds; the time is cut down to them.
    Seconds,
    /// Seconds with a fraction.
    FloatSeconds,
    /// Whole milliseconds; the time is cut down to them.
    Millis,
    /// Milliseconds with a fraction.
    FloatMillis,
    /// Microseconds as an integer.
    Micros,
    /// Microseconds written as a float.
    FloatMicros,
    /// Nanoseconds written as a float.
    FloatNanos,
    /// RFC 3339 text in UTC.
    Rfc3339,
    /// RFC 3339 text with an offset.
    Rfc3339Offset,
    /// With the instance's name.
    Instance,
    /// With keys nobody asked for, nested ones too.
    UnknownKeys,
}

impl Shape {
    /// The part of a time this shape can say.
    #[must_use]
    pub fn cut(self, time_us: i64) -> i64 {
        let step_us = match self {
            Self::Seconds => 1_000_000,
            Self::Millis => 1_000,
            _ => 1,
        };
        time_us - time_us.rem_euclid(step_us)
    }

    /// The datagram of a heartbeat whose time went through [`Shape::cut`].
    #[must_use]
    pub fn datagram(self, name: &str, beat: &Heartbeat) -> Vec<u8> {
        let mut bytes = self.form().text(name, beat).into_bytes();
        match self {
            Self::Spaces => bytes.resize(bytes.len().max(PADDED), b' '),
            Self::Nuls => bytes.resize(bytes.len().max(PADDED), 0),
            _ => {}
        }
        bytes
    }

    fn form(self) -> Form {
        let house = Form { keys: &HOUSE, layout: &ONE_LINE, time: nanos, beside: "", in_ram: "" };
        match self {
            Self::Plain | Self::Spaces | Self::Nuls | Self::Instance => house,
            Self::LowerKeys => Form { keys: &LOWER, ..house },
            Self::UpperKeys => Form { keys: &UPPER, ..house },
            Self::PascalKeys => Form { keys: &PASCAL, ..house },
            Self::Pretty => Form { layout: &PRETTY, ..house },
            Self::TrailingComma => Form { layout: &TRAILING, beside: LOOKS_LIKE_ONE, ..house },
            Self::Seconds => Form { time: |us| (us / 1_000_000).to_string(), ..house },
            Self::FloatSeconds => Form { time: |us| format!("{}.{:06}", us / 1_000_000, us % 1_000_000), ..house },
            Self::Millis => Form { time: |us| (us / 1_000).to_string(), ..house },
            Self::FloatMillis => Form { time: |us| format!("{}.{:03}", us / 1_000, us % 1_000), ..house },
            Self::Micros => Form { time: |us| us.to_string(), ..house },
            Self::FloatMicros => Form { time: |us| format!("{us}.0"), ..house },
            Self::FloatNanos => Form { time: |us| format!("{}.0", nanos(us)), ..house },
            Self::Rfc3339 => Form { time: |us| format!("\"{}\"", rfc3339(us)), ..house },
            Self::Rfc3339Offset => Form { time: |us| format!("\"{}\"", rfc3339_india(us)), ..house },
            Self::UnknownKeys => Form { beside: UNKNOWN, in_ram: ", \"Cached\": 1.25", ..house },
        }
    }
}

/// Time in UTC with microseconds.
#[must_use]
pub fn rfc3339(time_us: i64) -> String {
    utc(time_us).to_rfc3339_opts(SecondsFormat::Micros, true)
}

const LOOKS_LIKE_ONE: &str = r#", "note": "stays as it is: ,} and \",]""#;
const UNKNOWN: &str =
    r#", "version": "1.4.2", "labels": {"zone": "eu-1", "tags": ["a", {"b": null}], "größe": 1e3}, "healthy": true"#;

struct Keys {
    service: &'static str,
    time: &'static str,
    cpu: &'static str,
    ram: &'static str,
    disk: &'static str,
    total: &'static str,
    free: &'static str,
}

const HOUSE: Keys = Keys {
    service: "serviceName",
    time: "Timestamp",
    cpu: "CPU",
    ram: "RAM",
    disk: "Disk",
    total: "Total",
    free: "Free",
};
const PASCAL: Keys = Keys { service: "ServiceName", time: "TimeStamp", ..HOUSE };
const LOWER: Keys = Keys {
    service: "servicename",
    time: "timestamp",
    cpu: "cpu",
    ram: "ram",
    disk: "disk",
    total: "total",
    free: "free",
};
const UPPER: Keys = Keys {
    service: "SERVICENAME",
    time: "TIMESTAMP",
    cpu: "CPU",
    ram: "RAM",
    disk: "DISK",
    total: "TOTAL",
    free: "FREE",
};

/// What opens, separates and closes the members of the message and of the objects in it.
struct Layout {
    outer: [&'static str; 3],
    inner: [&'static str; 3],
}

const ONE_LINE: Layout = Layout { outer: ["{", ", ", "}"], inner: ["{", ", ", "}"] };
const TRAILING: Layout = Layout { outer: ["{", ",", ",}"], inner: ["{", ", ", ", }"] };
const PRETTY: Layout =
    Layout { outer: ["{\n    ", ",\n    ", ",\n}\n"], inner: ["{\n        ", ",\n        ", ",\n    }"] };

struct Form {
    keys: &'static Keys,
    layout: &'static Layout,
    time: fn(i64) -> String,
    beside: &'static str,
    in_ram: &'static str,
}

impl Form {
    fn text(&self, name: &str, beat: &Heartbeat) -> String {
        let Keys { service, time, cpu, ram, disk, .. } = self.keys;
        let [open, comma, close] = self.layout.outer;
        let stamp = (self.time)(beat.time_us);
        let cpu_share = beat.reading.cpu;
        let ram_object = self.capacity(beat.reading.ram, self.in_ram);
        let disk_object = self.capacity(beat.reading.disk, "");
        let instance = beat.instance.as_ref().map_or(String::new(), |name| format!("{comma}\"instance\": \"{name}\""));
        let beside = self.beside;
        format!(
            "{open}\"{service}\": \"{name}\"{comma}\"{time}\": {stamp}{comma}\"{cpu}\": {cpu_share}{comma}\
             \"{ram}\": {ram_object}{comma}\"{disk}\": {disk_object}{instance}{beside}{close}"
        )
    }

    fn capacity(&self, capacity: Capacity, beside: &str) -> String {
        let Keys { total, free, .. } = self.keys;
        let [open, comma, close] = self.layout.inner;
        format!("{open}\"{total}\": {}{comma}\"{free}\": {}{beside}{close}", capacity.total, capacity.free)
    }
}

fn nanos(time_us: i64) -> String {
    format!("{time_us}000")
}

fn rfc3339_india(time_us: i64) -> String {
    let india = FixedOffset::east_opt(19_800).expect("five and a half hours are an offset");
    utc(time_us).with_timezone(&india).to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn utc(time_us: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_micros(time_us).unwrap_or(DateTime::<chrono::Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
