//! Rounds, several at a time: begin with a folder, live until the fault, start again, check.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::dice::Dice;
use super::disk::Disk;
use super::plan::{Kind, Plan};
use super::reader::Facts;
use super::recording::{self, Record};
use super::report::Report;
use super::starter::{self, Starter};
use super::{check, life};
use crate::site::Site;

/// Power cuts in the recording of one life.
const IMAGES: usize = 3;

/// The name of the threads that play rounds, in which a panic is a failure that the report tells.
pub const ROUND: &str = "round";

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    pub seed: u64,
    /// The first round's number: to repeat a single one.
    pub first: u64,
    pub rounds: u64,
    /// Rounds at the same time.
    pub jobs: usize,
    /// They take turns.
    pub kinds: Vec<Kind>,
}

/// Runs the rounds; each failure is told on standard error as it happens.
///
/// # Panics
/// When the folders to begin with cannot be made, or a panic is none of a check's.
#[must_use]
pub fn run(options: &Options) -> Report {
    let starters = Starter::all();
    let next = AtomicU64::new(options.first);
    let report = Mutex::new(Report::default());
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            let rounds = || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= options.first + options.rounds {
                        return;
                    }
                    let outcome = round(options, &starters, number);
                    report.lock().expect("nothing panics with the report").add(outcome);
                }
            };
            let thread = thread::Builder::new().name(ROUND.to_owned());
            thread.spawn_scoped(scope, rounds).expect("a thread more");
        }
    });
    report.into_inner().expect("nothing panics with the report")
}

fn round(options: &Options, starters: &[Starter], number: u64) -> Report {
    let mut dice = Dice::new(options.seed, number);
    let kind = options.kinds[usize::try_from(number).unwrap_or(0) % options.kinds.len()];
    let plan = Plan::throw(kind, &mut dice);
    let mut round = Round {
        starter: &starters[plan.starter % starters.len()],
        sender: format!("{}-{number}", options.seed),
        site: Site::new(),
        report: Report::of_one(kind),
        plan,
        dice,
    };
    let failed = catch_unwind(AssertUnwindSafe(|| round.play())).err();
    let Round { site, mut report, plan, .. } = round;
    if let Some(failure) = failed {
        let folder: PathBuf = site.keep();
        let reproduce = format!("--seed {} --round {number} --kinds {}", options.seed, kind.name());
        report.failed(format!("{reproduce}: {} [{plan:?}; {}]", words(failure.as_ref()), folder.display()));
    }
    report
}

struct Round<'a> {
    starter: &'a Starter,
    sender: String,
    plan: Plan,
    site: Site,
    report: Report,
    dice: Dice,
}

impl Round<'_> {
    fn play(&mut self) {
        self.starter.put(&self.site);
        let disk = Disk::load(&self.site.data());
        let mut sent = life::live(&self.site, &self.plan, &self.sender, &mut self.dice);
        sent.extend(self.starter.facts.clone());
        let records = recording::read(&life::recording(&self.site));
        match self.plan.kind {
            Kind::Kill | Kind::Fault => self.files(disk, &records, &sent),
            Kind::Image => (0..IMAGES).for_each(|_| self.image(&records, &sent)),
        }
    }

    /// What lies there is what every call left that was done.
    fn files(&mut self, mut disk: Disk, records: &[Record], sent: &Facts) {
        records.iter().for_each(|record| disk.apply(record));
        for record in records.iter().filter(|record| matches!(record, Record::Fault { .. })).take(1) {
            self.report.hit(self.plan.phase, self.plan.fault, record.place());
        }
        starter::copy(&self.site.data(), &self.site.path("before"));
        let must: Vec<_> = disk.seen().written.into_iter().chain(self.starter.facts.clone()).collect();
        self.report.messages += check::recovers(&self.site, &must, sent);
    }

    /// A power cut somewhere, at each kind of call as often as at any other.
    fn image(&mut self, records: &[Record], sent: &Facts) {
        let calls: Vec<&str> = records.iter().map(|record| record.place().0).collect();
        let mut kinds = calls.clone();
        kinds.sort_unstable();
        kinds.dedup();
        let kind = self.dice.pick(&kinds);
        let places: Vec<usize> = (0..calls.len()).filter(|place| calls[*place] == kind).collect();
        let cut = self.dice.pick(&places) + self.dice.below(2);

        // the disk before the life, again
        for folder in [self.site.data(), self.site.path("before")] {
            let _ = fs::remove_dir_all(folder);
        }
        self.starter.put(&self.site);
        let mut disk = Disk::load(&self.site.data());
        let _ = fs::remove_dir_all(self.site.data());
        records[..cut].iter().for_each(|record| disk.apply(record));
        disk.power_cut(&self.site.data(), &mut self.dice);
        starter::copy(&self.site.data(), &self.site.path("before"));

        self.report.cut(records[..cut].last().map_or(("start", ""), Record::place));
        let must: Vec<_> = disk.seen().synced.into_iter().chain(self.starter.facts.clone()).collect();
        self.report.messages += check::recovers(&self.site, &must, sent);
    }
}

fn words(failure: &(dyn Any + Send)) -> String {
    let text = failure.downcast_ref::<String>().map(String::as_str).or(failure.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").replace('\n', " ")
}
