//! One life of the program with load and jobs, until a fault ends it or it is stopped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::check;
use super::dice::Dice;
use super::load::{self, Answered};
use super::plan::{Kind, Phase, Plan};
use super::process::{LIMIT_S, Process, serve};
use super::reader::{self, Facts};
use super::recording::{self, Record};
use crate::output::Output;
use crate::programs::program;
use crate::site::Site;
use crate::wait::until;

/// How long jobs go on once calls are counted, for a fault that lies behind what its phase does.
const BEHIND: Duration = Duration::from_millis(700);

/// Small frames and segments, so that a fault falls between many of them.
const FINE: [&str; 4] = ["--set", "collector.frame_messages=200", "--set", "journal.segment_bytes=1MiB"];

const JOBS: [&[&str]; 3] = [&["jobs", "run", "batch"], &["jobs", "run", "compact"], &["rebuild"]];

/// Lives, from the files at the site on; what was sent meanwhile, and what of it was answered.
pub(super) fn live(site: &Site, plan: &Plan, sender: &str, dice: &mut Dice) -> (Facts, Vec<Answered>) {
    let arm = arm(site);
    let _ = fs::remove_file(&arm);
    if matches!(plan.phase, Phase::Start | Phase::WholeLife) {
        fs::write(&arm, "").expect("the test's folder can be written");
    }
    let mut process = Process::start(preloaded(&mut serve(site), site, plan), site.path("life.log"));
    let Some(addresses) = process.ready() else {
        assert!(plan.phase == Phase::Start || plan.phase == Phase::WholeLife, "not ready: {}", process.last_words());
        return (Facts::new(), Vec::new());
    };
    let stop = AtomicBool::new(false);
    let (requester, recording) = (format!("{sender}-http"), recording(site));
    thread::scope(|scope| {
        let sending = scope.spawn(|| load::send(sender, addresses.udp, &stop));
        let requesting = scope.spawn(|| load::request(&requester, addresses.http, &recording, &stop));
        let mut life = Life { site, process, http: addresses.http.to_string() };
        // also where something fails in here, the sender ends
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| life.run(plan, &arm, dice)));
        if lived.is_ok() && plan.kind == Kind::Fault {
            fs::remove_file(&arm).expect("it was put there");
        }
        stop.store(true, Ordering::Relaxed);
        let mut sent = sending.join().expect("the sender does not fail");
        let (requested, answered) = requesting.join().expect("a request fails without a panic");
        sent.extend(requested);
        if let Err(failure) = lived {
            std::panic::resume_unwind(failure);
        }
        life.end(plan);
        (sent, answered)
    })
}

/// The other kind of life: takes in a file; the messages of it.
pub(super) fn import(site: &Site, plan: &Plan, sender: &str) -> Facts {
    let facts = load::file(sender, &imported(site));
    fs::write(arm(site), "").expect("the test's folder can be written");
    let mut command = site.command(&["import"]);
    command.arg(imported(site)).args(FINE);
    let mut process = Process::start(preloaded(&mut command, site, plan), site.path("life.log"));
    until("an import to end", LIMIT_S, || process.ended());
    facts
}

/// Goes on with the import as its user would.
pub(super) fn import_again(site: &Site) {
    let output = Output::of(site.command(&["import"]).arg(imported(site)).args(FINE));
    let fine = output.code == Some(0) || output.stderr.contains("has been imported already");
    assert!(fine, "the import does not go on: {output:?}");
}

/// Whether a sync failed of a segment that has frames: an unknown state of those is never written over, while a segment
/// that has none is removed and made anew.
fn frames_were_not_synced(records: &[Record]) -> bool {
    let mut with_frames = BTreeSet::new();
    records.iter().any(|record| {
        match record {
            Record::Write { path, offset, .. } if path.ends_with(".seg") && *offset > 0 => with_frames.insert(path),
            Record::Fault { call, path } => return call == "sync" && with_frames.contains(path),
            _ => false,
        };
        false
    })
}

fn imported(site: &Site) -> PathBuf {
    site.path("imported.ndjson")
}

/// The recording of a life.
pub(super) fn recording(site: &Site) -> PathBuf {
    site.path("recording")
}

/// The file that switches counting on.
fn arm(site: &Site) -> PathBuf {
    site.path("armed")
}

fn preloaded<'a>(command: &'a mut Command, site: &Site, plan: &Plan) -> &'a mut Command {
    let _ = fs::remove_file(recording(site));
    command.args(&plan.settings).env("LD_PRELOAD", program("libpreload.so"));
    command.env("PRELOAD_FOLDER", site.data()).env("PRELOAD_LOG", recording(site)).env("PRELOAD_WHILE", arm(site));
    if plan.kind == Kind::Image {
        // it runs through, and the power is cut somewhere in its recording
        return command;
    }
    command.env("PRELOAD_DO", plan.fault).env("PRELOAD_AT", plan.at.to_string());
    command.env("PRELOAD_ON", if plan.on { "1" } else { "0" });
    plan.calls.map(|calls| command.env("PRELOAD_CALLS", calls));
    plan.paths.map(|paths| command.env("PRELOAD_PATHS", paths));
    command
}

struct Life<'a> {
    site: &'a Site,
    process: Process,
    http: String,
}

impl Life<'_> {
    fn run(&mut self, plan: &Plan, arm: &Path, dice: &mut Dice) {
        for _ in 0..plan.jobs_before {
            self.pause(dice.below(150));
            self.job(dice.pick(&JOBS));
        }
        self.pause(dice.below(200));
        fs::write(arm, "").expect("the test's folder can be written");
        match plan.phase {
            Phase::Start | Phase::WholeLife | Phase::Import => {}
            Phase::Collecting => self.pause(200),
            Phase::Batch => self.job(JOBS[0]),
            Phase::Compaction => self.job(JOBS[1]),
            Phase::Rebuild => self.job(JOBS[2]),
            Phase::Stop => return self.process.ask_to_stop(),
        }
        let until = Instant::now() + BEHIND;
        while Instant::now() < until && self.process.ended().is_none() {
            self.pause(dice.below(50));
            self.job(dice.pick(&JOBS));
        }
    }

    /// Runs a job through the daemon; it may die of it, and then nobody else may touch the folder.
    fn job(&mut self, arguments: &[&str]) {
        if self.process.ended().is_none() {
            self.site.run(&[arguments, &["--server", &self.http]].concat());
        }
    }

    fn pause(&self, milliseconds: usize) {
        thread::sleep(Duration::from_millis(milliseconds as u64));
    }

    /// Once calls no longer fail it goes on. Then it is stopped, which may be where the fault comes.
    fn end(mut self, plan: &Plan) {
        if plan.kind == Kind::Fault && plan.phase != Phase::Stop {
            self.goes_on(plan);
        }
        self.process.ask_to_stop();
        until("a daemon to stop", LIMIT_S, || self.process.ended());
    }

    /// After calls that failed either the process has ended, which only a failed sync may do, or it goes on alone.
    fn goes_on(&mut self, plan: &Plan) {
        if frames_were_not_synced(&recording::read(&recording(self.site))) {
            let status = until("the end of a process whose journal cannot be synced", LIMIT_S, || self.process.ended());
            assert_eq!(status.code(), Some(1), "{}", self.process.last_words());
            return;
        }
        let deadline = Instant::now() + Duration::from_secs(LIMIT_S);
        loop {
            if let Some(status) = self.process.ended() {
                let allowed = plan.calls == Some("sync");
                assert!(allowed, "ended with {status} on a failed {:?}: {}", plan.calls, self.process.last_words());
                return;
            }
            let batch = self.site.run(&["jobs", "run", "batch", "--server", &self.http]);
            if batch.code == Some(0) {
                return check::answers(self.site, &reader::read(&self.site.data()), "calls no longer fail");
            }
            assert!(Instant::now() < deadline, "no batch runs although calls no longer fail: {}", batch.stderr);
            self.pause(100);
        }
    }
}
