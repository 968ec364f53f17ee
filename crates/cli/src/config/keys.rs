//! The one table of all settings: name, type, default and meaning. The structs, the defaults, the reading of every
//! layer and what `vitals config print` says all come from it, so a key is added by adding its lines here.
//!
//! A default is written as in `vitals.toml`, without quotes.

use super::choice::{Durability, Level, LogFormat};
use super::listen::Listen;
use super::value::{Given, Setting};
use collector::Network;
use model::CpuUnit;
use model::units::{Bytes, Keep, Period};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A key: what it is called, what it means, and the way to its field.
#[derive(Debug)]
pub(crate) struct Key {
    /// With its section, as in `journal.durability`.
    pub(crate) name: &'static str,
    /// Lines, as doc comments hold them, each with a leading space.
    pub(crate) doc: &'static [&'static str],
    pub(super) expected: fn() -> String,
    /// `None` when the value is none of the key's type.
    pub(super) set: fn(&mut Config, &Given) -> Option<()>,
    /// The value as TOML writes it.
    pub(super) toml: fn(&Config) -> String,
}

impl Key {
    /// `journal.durability` as `VITALS_JOURNAL_DURABILITY`.
    pub(crate) fn variable(&self) -> String {
        format!("VITALS_{}", self.name.replace('.', "_").to_uppercase())
    }

    pub(crate) fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }
}

fn preset<T: Setting>(text: &str) -> T {
    T::read(&Given::Word(text.to_owned())).expect("every default reads as its type, which a test proves")
}

macro_rules! settings {
    (
        everywhere { $( $(#[doc = $top_doc:literal])+ $top:ident: $top_type:ty = $top_default:literal, )+ }
        $( $(#[doc = $section_doc:literal])+ $section:ident: $Section:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:literal, )+
        } )+
    ) => {
        /// All settings, each with a value.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct Config {
            $( $(#[doc = $top_doc])+ pub(crate) $top: $top_type, )+
            $( $(#[doc = $section_doc])+ pub(crate) $section: $Section, )+
        }

        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug, PartialEq)]
            pub(crate) struct $Section {
                $( $(#[doc = $doc])+ pub(crate) $key: $type, )+
            }
        )+

        impl Default for Config {
            fn default() -> Config {
                Config {
                    $( $top: preset($top_default), )+
                    $( $section: $Section { $( $key: preset($default), )+ }, )+
                }
            }
        }

        pub(crate) static KEYS: &[Key] = &[
            $( Key {
                name: stringify!($top),
                doc: &[$($top_doc),+],
                expected: <$top_type as Setting>::expected,
                set: |config, given| { config.$top = Setting::read(given)?; Some(()) },
                toml: |config| config.$top.toml(),
            }, )+
            $( $( Key {
                name: concat!(stringify!($section), ".", stringify!($key)),
                doc: &[$($doc),+],
                expected: <$type as Setting>::expected,
                set: |config, given| { config.$section.$key = Setting::read(given)?; Some(()) },
                toml: |config| config.$section.$key.toml(),
            }, )+ )+
        ];

        /// Sections and what they are about, in the order of [`KEYS`].
        pub(super) static SECTIONS: &[(&str, &[&str])] = &[$( (stringify!($section), &[$($section_doc),+]), )+];
    };
}

settings! {
    everywhere {
        /// The folder that holds everything: journals, master dataset, views. A path without % and ?.
        data: PathBuf = "data/vitals",
        /// Where health messages arrive.
        udp: SocketAddr = "0.0.0.0:3500",
        /// Where the command line, dashboards and other programs ask.
        http: SocketAddr = "127.0.0.1:3501",
        /// Where clients of PostgreSQL ask: psql, drivers, pandas, Grafana; off: nowhere.
        postgres: Listen = "127.0.0.1:5433",
        /// The file with the token that commands show to the daemon they ask; none: that of the daemon's own keys below,
        /// for the daemon of this data folder alone.
        token_file: Option<PathBuf> = "",
        /// The unit of CPU in this fleet's messages: fraction (0 to 1) or percent (0 to 100); never guessed.
        cpu_unit: CpuUnit = "fraction",
    }

    /// How messages are taken in.
    collector: Collector {
        /// Sockets that share the UDP port, each with a thread of its own; 1 to 64.
        receivers: usize = "2",
        /// What the kernel may hold per socket while a receiver is busy. It may grant less: see `vitals status`.
        receive_buffer: Bytes = "64MiB",
        /// How far back a message's time may lie. Older ones are rejected; `vitals import` has no such bound.
        past: Period = "90d",
        /// How far ahead of this machine's clock a message's time may lie.
        ahead: Period = "10m",
        /// Networks whose messages are taken, such as ["10.0.0.0/8"]; empty: all.
        allow: Vec<Network> = "",
        /// Messages a second that one source address may send; 0: any number.
        rate_limit: u32 = "0",
        /// A frame of the journal is written when it holds this many messages; 1 to 65536.
        frame_messages: usize = "8192",
        /// A frame of the journal is written when its oldest message has waited this long.
        frame_age: Period = "10ms",
    }

    /// What stands between a message and its loss.
    journal: Journal {
        /// When what was accepted survives a power cut; a crash of Vitals alone never costs a message.
        /// always: synced before it counts as accepted, a power cut costs nothing.
        /// interval: synced every sync_interval, a power cut costs at most the messages of that long.
        /// never: synced when a segment closes, a power cut costs at most the messages since then.
        /// Whoever asks for an answer is answered after a sync in any case, within about 200ms.
        /// An import is always synced: it goes on where its last frame says that it was.
        durability: Durability = "interval",
        /// The time between two syncs at durability interval.
        sync_interval: Period = "200ms",
        /// A segment closes at this size.
        segment_bytes: Bytes = "64MiB",
        /// A segment closes this long after its first message.
        segment_age: Period = "10s",
        /// Segments that are in master dataset and views stay at least this long; with messages whose senders ask for
        /// an answer at least 10m, so that those are recognised when they come again after a restart.
        keep: Period = "10m",
    }

    /// What is kept of refused messages, for `vitals rejects`.
    rejects: Rejects {
        /// Messages kept per reason and minute; all are counted.
        per_reason_minute: u32 = "100",
        /// A file of refused messages is rotated at this size.
        file_bytes: Bytes = "8MiB",
        /// Files kept; the oldest is dropped.
        files: usize = "8",
    }

    /// Bounds that protect the machine.
    limits: Limits {
        /// Services known at once; messages of further ones are rejected.
        services: usize = "100000",
        /// New names of services that one source address may send in an hour; 0: any number. Known names always pass.
        new_names_per_source_hour: u32 = "10000",
        /// Closed segments that may wait for a batch before an import waits too.
        unpublished_segments: usize = "64",
        /// The largest body of a request that brings messages over HTTP, unpacked; up to 32MiB.
        ingest_body: Bytes = "16MiB",
    }

    /// How questions are answered.
    query: Query {
        /// How long a question waits for the realtime views to be complete before it fails as not ready.
        wait: Period = "5s",
        /// How long a question may take, its wait included; then it is given up. Proofs take as long as they take.
        timeout: Period = "100s",
        /// Memory of all SQL statements together, for sorting, joining and grouping.
        memory: Bytes = "512MiB",
        /// Disk of all SQL statements together, for what does not fit into their memory; 0: none.
        spill: Bytes = "4GiB",
        /// Threads that SQL statements compute on; 1 to 256.
        threads: usize = "2",
    }

    /// Files with the tokens that requests must show; without any, only this machine may ask. Needed to listen beyond it.
    tokens: Tokens {
        /// The token for asking: queries, lists, status, tail, and the password of the PostgreSQL port.
        read_file: Option<PathBuf> = "",
        /// The token for everything: asking, running jobs, rebuild, verify.
        operate_file: Option<PathBuf> = "",
        /// The token for sending messages over HTTP, and nothing else. Whoever may operate may send too.
        ingest_file: Option<PathBuf> = "",
    }

    /// Encryption of the PostgreSQL port. With it nobody is answered there without it; none: plain text.
    postgres_tls: PostgresTls {
        /// The file with the server's certificate in PEM, and behind it those that lead to its authority.
        certificate: Option<PathBuf> = "",
        /// The file with the certificate's private key in PEM.
        key: Option<PathBuf> = "",
    }

    /// The batch job: journals into the master dataset, and that into views.
    batch: Batch {
        /// Memory the aggregation may use.
        memory: Bytes = "1GiB",
        /// Threads the aggregation may use; 1 to 256.
        threads: usize = "2",
        /// Bytes of closed segments that are sealed in one go.
        seal_bytes: Bytes = "256MiB",
    }

    /// The database of batch views.
    views: Views {
        /// Memory the database may use.
        memory: Bytes = "512MiB",
        /// Threads the database may use; 1 to 256.
        threads: usize = "2",
    }

    /// How long messages and rollups are kept, by the messages' own time: forever, or a duration of at least a day. What
    /// is finer is kept no longer than what is coarser. Whole days go, of coarser rollups whole months or years.
    retention: Retention {
        /// Raw messages. Their rollups stay, and answer all but ranges finer than a minute.
        raw: Keep = "forever",
        /// Rollups by the minute; older ranges are answered by the hour.
        minute: Keep = "forever",
        /// Rollups by the hour.
        hour: Keep = "forever",
        /// Rollups by the day.
        day: Keep = "forever",
        /// Rollups by the month.
        month: Keep = "forever",
        /// Rollups by the year.
        year: Keep = "forever",
    }

    /// When jobs run, as cron expressions with five fields, or six with seconds first.
    jobs: Jobs {
        /// The time zone of the expressions, such as UTC or Europe/Berlin.
        zone: String = "UTC",
        /// Seal, publish, expire, reclaim.
        batch: String = "* * * * *",
        /// Merge the small files and partial views of finished days.
        compact: String = "0 * * * *",
        /// Drop what is older than it is kept.
        retention: String = "30 3 * * *",
    }

    /// What Vitals says of itself, on standard error.
    log: Log {
        /// error, warn, info, debug or trace; -v and -q move it by one.
        level: Level = "info",
        /// human, or json for one object a line.
        format: LogFormat = "human",
    }
}
