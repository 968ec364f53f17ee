//! One moment of a soak: what the process holds, what lies in its folder, how long questions took since the last one.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::company::Answers;
use super::house::{House, count};

const MIB: u64 = 1 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Duration,
    pub(crate) rss_mib: u64,
    pub(crate) descriptors: u64,
    pub(crate) files: u64,
    data_mib: u64,
    segments: u64,
    generations: u64,
    accepted: u64,
    pub(crate) kernel_dropped: u64,
    /// How long each question took.
    pub(crate) answers: Vec<Duration>,
    /// What questions that failed said.
    pub(crate) failed: Vec<String>,
}

impl Sample {
    pub(crate) const TITLES: &str =
        "  time  rss MiB  fds  files  data MiB  segments  generations  accepted  dropped  questions  median ms  max ms";

    pub(crate) fn take(house: &House, at: Duration, asking: &Answers) -> Result<Self> {
        let status = house.json(&["status"])?;
        let (files, bytes) = size(&house.data())?;
        let (mut answers, mut failed) = (Vec::new(), Vec::new());
        for asked in asking.try_iter() {
            match asked {
                Ok(took) => answers.push(took),
                Err(complaint) => failed.push(complaint),
            }
        }
        answers.sort_unstable();
        Ok(Self {
            at,
            rss_mib: rss_kib(&fs::read_to_string(house.process().join("status"))?)? * 1024 / MIB,
            descriptors: fs::read_dir(house.process().join("fd"))?.count() as u64,
            files,
            data_mib: bytes / MIB,
            segments: count(&status, "segments"),
            generations: count(&status, "generations"),
            accepted: count(&status, "accepted"),
            kernel_dropped: count(&status, "kernel_dropped"),
            answers,
            failed,
        })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |took: Option<&Duration>| took.map_or("-".to_owned(), |took| took.as_millis().to_string());
        let Self { rss_mib, descriptors, files, data_mib, segments, generations, accepted, kernel_dropped, .. } = self;
        write!(
            f,
            "{:>5}s  {rss_mib:>7}  {descriptors:>3}  {files:>5}  {data_mib:>8}  {segments:>8}  {generations:>11}  \
             {accepted:>8}  {kernel_dropped:>7}  {:>9}  {:>9}  {:>6}",
            self.at.as_secs(),
            self.answers.len() + self.failed.len(),
            ms(self.answers.get(self.answers.len() / 2)),
            ms(self.answers.last()),
        )
    }
}

/// Resident memory in the kernel's report on a process.
fn rss_kib(status: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).context("the kernel tells no VmRSS")
}

/// Files below a folder and their bytes; what goes meanwhile is left out.
fn size(folder: &Path) -> Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)?.flatten() {
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                let below = size(&entry.path()).unwrap_or_default();
                (files, bytes) = (files + below.0, bytes + below.1);
            }
            Ok(metadata) => (files, bytes) = (files + 1, bytes + metadata.len()),
            Err(_) => {}
        }
    }
    Ok((files, bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn resident_memory_is_found() {
        let status = "Name:\tvitals\nVmHWM:\t  999 kB\nVmRSS:\t  123456 kB\nThreads:\t9\n";
        assert_eq!(super::rss_kib(status).expect("it is there"), 123_456);
        assert!(super::rss_kib("Name:\tvitals\n").is_err());
    }
}
