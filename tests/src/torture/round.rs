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
use super::load::Answered;
use super::plan::{Kind, Phase, Plan};
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

/// So few rounds do without the folder that takes long to make.
const QUICK: u64 = 100;

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
    let starters = Starter::all(options.rounds < QUICK);
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
    let starter = &starters[plan.starter % starters.len()];
    let mut round = Round {
        sender: format!("{}-{number}", options.seed),
        sent: starter.facts.clone(),
        must: starter.facts.clone(),
        starter,
        lives: 0,
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
    /// Everything that ever left.
    sent: Facts,
    /// What was safe.
    must: Facts,
    lives: u32,
    plan: Plan,
    site: Site,
    report: Report,
    dice: Dice,
}

/// What a life left.
struct Lived {
    records: Vec<Record>,
    /// How long the recording was with each record.
    ends: Vec<u64>,
    answered: Vec<Answered>,
}

impl Round<'_> {
    fn play(&mut self) {
        self.starter.put(&self.site);
        let plan = self.plan.clone();
        let lived = self.live(&plan);
        match self.plan.kind {
            Kind::Kill | Kind::Fault => self.recovers(),
            Kind::Image => (0..IMAGES).for_each(|_| self.image(&lived)),
        }
    }

    /// A life on the files at the site; what was accepted in it must be there from now on.
    fn live(&mut self, plan: &Plan) -> Lived {
        let mut disk = Disk::load(&self.site.data());
        self.lives += 1;
        let sender = format!("{}-{}", self.sender, self.lives);
        let (sent, answered) = match plan.phase {
            Phase::Import => (life::import(&self.site, plan, &sender), Vec::new()),
            _ => life::live(&self.site, plan, &sender, &mut self.dice),
        };
        self.sent.extend(sent);
        let (records, ends): (Vec<_>, _) = recording::read_with_ends(&life::recording(&self.site)).into_iter().unzip();
        records.iter().for_each(|record| disk.apply(record));
        if let Some(hit) = records.iter().find(|record| matches!(record, Record::Fault { .. })) {
            self.report.hit(plan.phase, plan.fault, hit.place());
        }
        self.must.extend(disk.seen().written);
        self.must.extend(answered.iter().flat_map(|answered| answered.facts.clone()));
        self.report.answered += answered.len();
        Lived { records, ends, answered }
    }

    /// A power cut somewhere, at each kind of call as often as at any other.
    fn image(&mut self, Lived { records, ends, answered }: &Lived) {
        let calls: Vec<&str> = records.iter().map(|record| record.place().0).collect();
        let mut kinds = calls.clone();
        kinds.sort_unstable();
        kinds.dedup();
        let kind = self.dice.pick(&kinds);
        let places: Vec<usize> = (0..calls.len()).filter(|place| calls[*place] == kind).collect();
        let cut = self.dice.pick(&places) + self.dice.below(2);
        self.report.cut(records[..cut].last().map_or(("start", ""), Record::place));

        self.clear();
        self.starter.put(&self.site);
        let mut disk = Disk::load(&self.site.data());
        records[..cut].iter().for_each(|record| disk.apply(record));
        self.clear();
        disk.power_cut(&self.site.data(), &mut self.dice);
        self.must = self.starter.facts.clone();
        self.must.extend(disk.seen().synced);
        let answered = answered.iter().filter(|answered| cut > 0 && answered.recorded <= ends[cut - 1]);
        self.must.extend(answered.flat_map(|answered| answered.facts.clone()));
        self.recovers();
    }

    fn clear(&self) {
        for folder in [self.site.data(), self.site.path("before")] {
            let _ = fs::remove_dir_all(folder);
        }
    }

    /// Sometimes it is killed once more while it recovers; then everything must be there.
    fn recovers(&mut self) {
        if self.dice.percent(25) {
            let again = self.plan.again(&mut self.dice);
            self.live(&again);
        }
        starter::copy(&self.site.data(), &self.site.path("before"));
        if self.plan.phase == Phase::Import {
            check::holds(&self.site, &self.must, &self.sent);
            life::import_again(&self.site);
            self.must.extend(self.sent.clone().into_iter().filter(|(key, _)| key.sender.ends_with("-file")));
        }
        self.report.messages += check::recovers(&self.site, &self.must, &self.sent);
    }
}

fn words(failure: &(dyn Any + Send)) -> String {
    let text = failure.downcast_ref::<String>().map(String::as_str).or(failure.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").replace('\n', " ")
}
