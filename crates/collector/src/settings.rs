//! What a collector is told before it opens; the configuration of the whole program resolves to this.

use crate::Network;
use journal::{Durability, JournalFolder, WriterOptions};
use model::Rules;
use model::data_folder::HTTP_JOURNAL;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Debug)]
pub struct Settings {
    pub udp: SocketAddr,
    /// Sockets on the port, each with a thread of its own; at least 1.
    pub receivers: usize,
    /// What to ask the kernel for, for each socket.
    pub receive_buffer_bytes: usize,
    pub rules: Rules,
    /// A frame closes when it holds this many messages …
    pub frame_messages: usize,
    /// … or when its oldest is this old.
    pub frame_age: Duration,
    pub durability: Durability,
    pub segment_bytes: u64,
    pub segment_age: Duration,
    /// Distinct names of services in one life of the collector, besides those known from before.
    pub services_max: usize,
    /// Names of services that one source address may bring in an hour; `None`: any number. Known names always pass.
    pub new_names_per_source_hour: Option<u32>,
    /// Networks that may send; empty: all.
    pub allow: Vec<Network>,
    /// Messages per second and source address; `None`: any number.
    pub rate_limit: Option<u32>,
    pub rejects: RejectLimits,
    /// The folder of the collector's journal; its name is the source in the ledger. Where the journal was ended by a
    /// backup, the next one beside it is written.
    pub journal: PathBuf,
    pub quarantine: PathBuf,
    pub rejects_dir: PathBuf,
}

/// Bounds of the record of rejected messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectLimits {
    /// Kept per reason and minute; what is above is counted only.
    pub per_reason_minute: u32,
    /// A file is followed by the next when it has reached this size.
    pub file_bytes: u64,
    /// Files in the folder; the oldest goes first.
    pub files: usize,
}

impl Default for RejectLimits {
    fn default() -> RejectLimits {
        RejectLimits { per_reason_minute: 100, file_bytes: 8 << 20, files: 8 }
    }
}

impl Settings {
    /// The defaults, for a data folder.
    pub fn of(data: &Path) -> Settings {
        let journal = data.join("journal").join("collector");
        Settings {
            udp: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 3500)),
            receivers: std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4)),
            receive_buffer_bytes: 64 << 20,
            rules: Rules { past: Some(90 * DAY), ahead: Some(Duration::from_secs(600)), ..Rules::default() },
            frame_messages: 8192,
            frame_age: Duration::from_millis(10),
            durability: Durability::Interval(Duration::from_millis(200)),
            segment_bytes: 64 << 20,
            segment_age: Duration::from_secs(10),
            services_max: 100_000,
            new_names_per_source_hour: Some(10_000),
            allow: Vec::new(),
            rate_limit: None,
            rejects: RejectLimits::default(),
            quarantine: data.join("quarantine").join("collector"),
            rejects_dir: data.join("rejects"),
            journal,
        }
    }

    /// The same for the way in over HTTP, which has a journal beside the collector's.
    pub fn for_requests(self) -> Settings {
        let beside = |path: &Path| path.with_file_name(HTTP_JOURNAL);
        Settings { journal: beside(&self.journal), quarantine: beside(&self.quarantine), ..self }
    }

    /// For the journal in `folder`, which is the collector's or follows it.
    pub(crate) fn writer_options(&self, folder: &JournalFolder) -> WriterOptions {
        WriterOptions {
            durability: self.durability,
            segment_bytes: self.segment_bytes,
            segment_age: self.segment_age,
            quarantine: self.quarantine.with_file_name(folder.name()),
        }
    }
}
