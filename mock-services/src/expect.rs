//! The list of valid messages as they left, one line of JSON each, for a witness that recomputes everything.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::message::Heartbeat;

/// A file of expectations; a message sent twice stands in it twice, order is that of sending.
#[derive(Debug)]
pub struct ExpectFile {
    lines: BufWriter<File>,
}

impl ExpectFile {
    /// Creates the file, or empties it.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot create --expect {}", path.display()))?;
        Ok(Self { lines: BufWriter::new(file) })
    }

    /// Adds a message that left.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn record(&mut self, service: &str, heartbeat: &Heartbeat) -> Result<()> {
        let reading = &heartbeat.reading;
        let line = Line {
            service,
            time_us: heartbeat.time_us,
            cpu: reading.cpu,
            ram_total: reading.ram.total,
            ram_free: reading.ram.free,
            disk_total: reading.disk.total,
            disk_free: reading.disk.free,
            instance: heartbeat.instance.as_deref(),
        };
        serde_json::to_writer(&mut self.lines, &line).context("cannot write to the --expect file")?;
        self.lines.write_all(b"\n").context("cannot write to the --expect file")
    }

    /// Brings everything to the file.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.lines.flush().context("cannot write to the --expect file")
    }
}

#[derive(Serialize)]
struct Line<'a> {
    service: &'a str,
    time_us: i64,
    cpu: f64,
    ram_total: f64,
    ram_free: f64,
    disk_total: f64,
    disk_free: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
}
