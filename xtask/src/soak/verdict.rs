//! What a soak has shown: nothing lost, memory flat, no file or descriptor too many.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::house::{ALL_TIME, House, count};
use super::options::Options;
use super::sample::Sample;

/// Memory may grow so much a minute after warm-up.
const SLOPE_MIB_MAX: f64 = 4.0;
/// A soak that is shorter says nothing about growth.
const JUDGED_FROM: Duration = Duration::from_secs(300);
/// Open at the end on top of what was open after warm-up; questions come and go.
const DESCRIPTORS_MORE: u64 = 8;
/// Segments on disk: of each journal, that of datagrams and that of requests, one each ten seconds, of the ten minutes that
/// they are kept and of the batches that take them over.
const SEGMENTS_MAX: u64 = 2 * (60 + 24);

/// Of a hundred messages so many may be late, a little more than the fleet is told.
const LATE_PERCENT: u64 = 3;

#[derive(Debug)]
pub(crate) struct Verdict {
    sent: u64,
    /// Messages: accepted, in an answer over all time, found by `verify`.
    accepted: [u64; 3],
    other: [u64; 3],
    different: u64,
    /// MiB a minute; `None` where the soak was too short to tell.
    slope: Option<f64>,
    /// Descriptors after warm-up, and at the end.
    descriptors: [u64; 2],
    segments: u64,
    unnamed: Vec<PathBuf>,
    /// Median and maximum in ms, with how many.
    answers: (u64, u128, u128),
    failed_questions: Vec<String>,
    jobs: BTreeMap<String, Job>,
}

/// The runs of one job.
#[derive(Debug, Default)]
struct Job {
    took_ms: Vec<u64>,
    failures: Vec<String>,
}

impl Verdict {
    pub(crate) fn reach(
        house: &House,
        options: &Options,
        sent: u64,
        status: &Value,
        samples: Vec<Sample>,
    ) -> Result<Self> {
        let answer = house.json(&[&["query"], &ALL_TIME[..]].concat())?;
        let rows = answer["rows"].as_array().context("an answer has rows")?;
        let verified = house.json(&["verify"])?;
        let warm: Vec<&Sample> = samples.iter().filter(|sample| sample.at * 5 >= options.length * 2).collect();
        let least = |samples: &[&Sample]| samples.iter().map(|sample| sample.descriptors).min().unwrap_or(0);
        let mut took: Vec<u128> =
            samples.iter().flat_map(|sample| &sample.answers).map(|took| took.as_millis()).collect();
        took.sort_unstable();
        Ok(Self {
            sent,
            accepted: [
                count(status, "accepted"),
                rows.iter().map(|row| count(row, "count")).sum(),
                count(&verified, "messages"),
            ],
            other: ["duplicate", "shed", "kernel_dropped"].map(|key| count(status, key)),
            different: count(&verified, "different"),
            slope: (options.length >= JUDGED_FROM).then(|| slope(&warm)),
            descriptors: [least(&warm[..warm.len() / 2]), least(&warm[warm.len() / 2..])],
            segments: count(&house.json(&["status"])?, "segments"),
            unnamed: unnamed(&house.data().join("master"))?,
            answers: (
                took.len() as u64,
                took.get(took.len() / 2).copied().unwrap_or(0),
                took.last().copied().unwrap_or(0),
            ),
            failed_questions: samples.into_iter().flat_map(|sample| sample.failed).collect(),
            jobs: jobs(&house.json(&["jobs", "history", "--limit", "1000"])?),
        })
    }

    /// One sentence for each thing that is not as it should be.
    pub(crate) fn failures(&self) -> Vec<String> {
        let [accepted, answered, verified] = self.accepted;
        let mut failures = Vec::new();
        let mut check = |fine: bool, failure: String| {
            if !fine {
                failures.push(failure);
            }
        };
        check(accepted + self.other.iter().sum::<u64>() == self.sent, "what was sent does not add up".to_owned());
        check(answered == accepted, format!("an answer holds {answered} of {accepted} messages"));
        // what retention has dropped is late by more than a day, and its rollups are proven instead
        let dropped_at_most = accepted * LATE_PERCENT / 100;
        let proven = (accepted - dropped_at_most..=accepted).contains(&verified);
        check(proven, format!("verify found {verified} of {accepted} messages"));
        check(self.different == 0, format!("{} cells differ", self.different));
        let slope = self.slope.unwrap_or(0.0);
        check(slope <= SLOPE_MIB_MAX, format!("memory grows by {slope:.1} MiB a minute"));
        let [before, after] = self.descriptors;
        check(after <= before + DESCRIPTORS_MORE, format!("{before} descriptors became {after}"));
        check(self.segments <= SEGMENTS_MAX, format!("{} segments are left", self.segments));
        check(self.unnamed.is_empty(), format!("files that no table names: {:?}", self.unnamed));
        check(self.failed_questions.is_empty(), format!("questions failed: {:?}", self.failed_questions));
        for (name, job) in &self.jobs {
            check(job.failures.is_empty(), format!("job {name}: {:?}", job.failures));
        }
        failures
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([accepted, answered, verified], [duplicate, shed, dropped]) = (self.accepted, self.other);
        let (questions, median, max) = self.answers;
        writeln!(
            f,
            "messages     {} sent = {accepted} accepted + {duplicate} duplicate + {shed} shed + {dropped} dropped by the kernel",
            self.sent
        )?;
        writeln!(f, "             {answered} in an answer, {verified} verified raw, {} cells differ", self.different)?;
        match self.slope {
            Some(slope) => writeln!(f, "memory       {slope:+.2} MiB a minute after warm-up, at most {SLOPE_MIB_MAX}")?,
            None => writeln!(f, "memory       too short to judge: from {JUDGED_FROM:?} on")?,
        }
        let [before, after] = self.descriptors;
        writeln!(f, "descriptors  {before} after warm-up, {after} at the end")?;
        writeln!(f, "files        {} segments left, {} files that no table names", self.segments, self.unnamed.len())?;
        writeln!(
            f,
            "questions    {questions}, median {median} ms, longest {max} ms, {} failed",
            self.failed_questions.len()
        )?;
        for (name, job) in &self.jobs {
            let mut took = job.took_ms.clone();
            took.sort_unstable();
            let (median, max) = (took.get(took.len() / 2).unwrap_or(&0), took.last().unwrap_or(&0));
            writeln!(
                f,
                "job {name:<8} {} runs, median {median} ms, longest {max} ms, {} failed",
                took.len(),
                job.failures.len()
            )?;
        }
        Ok(())
    }
}

/// Least squares through the least of each minute: what stays in memory when a batch is over.
fn slope(samples: &[&Sample]) -> f64 {
    let mut minutes = BTreeMap::<u64, u64>::new();
    for sample in samples {
        let minute = sample.at.as_secs().saturating_sub(1) / 60;
        let least = minutes.entry(minute).or_insert(sample.rss_mib);
        *least = sample.rss_mib.min(*least);
    }
    let points: Vec<(f64, f64)> = minutes.into_iter().map(|(minute, rss)| (minute as f64, rss as f64)).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len().max(1) as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    if spread > 0.0 { together / spread } else { 0.0 }
}

fn jobs(history: &Value) -> BTreeMap<String, Job> {
    let mut jobs = BTreeMap::<String, Job>::new();
    for run in history.as_array().into_iter().flatten() {
        let job = jobs.entry(run["name"].as_str().unwrap_or_default().to_owned()).or_default();
        job.took_ms.push(count(&run["last"], "took_ms"));
        job.failures.extend(run["last"]["outcome"].as_str().filter(|outcome| *outcome != "ok").map(str::to_owned));
    }
    jobs
}

/// Data files of the tables that their logs do not name, as a reader of Delta tables sees it.
fn unnamed(master: &Path) -> Result<Vec<PathBuf>> {
    let mut unnamed = Vec::new();
    for table in ["messages", "ledger"].map(|table| master.join(table)) {
        let mut named = BTreeSet::new();
        let log = table.join("_delta_log");
        let mut commits: Vec<PathBuf> = fs::read_dir(&log)?.flatten().map(|entry| entry.path()).collect();
        commits.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        commits.sort();
        for commit in commits {
            for action in fs::read_to_string(commit)?.lines() {
                let action: Value = serde_json::from_str(action)?;
                let path = |kind: &str| action[kind]["path"].as_str().map(|path| table.join(path));
                named.extend(path("add"));
                path("remove").map(|path| named.remove(&path));
            }
        }
        let mut found = Vec::new();
        data_files(&table, &mut found)?;
        unnamed.extend(found.into_iter().filter(|path| !named.contains(path)));
    }
    Ok(unnamed)
}

fn data_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        match entry.file_type()?.is_dir() {
            true if path.ends_with("_delta_log") => {}
            true => data_files(&path, found)?,
            false => found.push(path),
        }
    }
    Ok(())
}
