//! The loop against a clock the test holds: hours pass at once, and no test really sleeps.

mod clock_jumps;
mod exclusion;
mod failures;
mod life;

use super::*;
use crate::{Outcome, Schedule};
use model::Time;
use std::path::PathBuf;
use std::sync::Mutex;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

const START: &str = "2026-11-21T12:56:00Z";

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

/// A wall clock that goes with tokio's paused time and jumps when told.
#[derive(Debug)]
struct ManualClock {
    origin: Instant,
    wall_at_origin: Mutex<Time>,
}

impl ManualClock {
    fn jump_to(&self, wall: Time) {
        *self.wall_at_origin.lock().expect("no panic under the lock") = wall.saturating_sub(self.origin.elapsed());
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        self.wall_at_origin.lock().expect("no panic under the lock").saturating_add(self.origin.elapsed())
    }
}

/// A scheduler in a temporary folder, a clock, and a diary of what its jobs did.
struct World {
    clock: Arc<ManualClock>,
    diary: Arc<Mutex<Vec<String>>>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = ManualClock { origin: Instant::now(), wall_at_origin: Mutex::new(time(START)) };
        let path = folder.path().join("jobs.jsonl");
        World { clock: Arc::new(clock), diary: Arc::default(), path, _folder: folder }
    }

    /// A job that writes `name>` when it begins and `<name` when it ends, `lasting` seconds later.
    fn job(&self, name: &'static str, expression: &str, lasting: u64) -> Job {
        self.fallible(name, expression, lasting, || Ok(Outcome { rows: 3, segments: 2, expired: 1 }))
    }

    fn fallible(
        &self,
        name: &'static str,
        expression: &str,
        lasting: u64,
        result: impl Fn() -> Result<Outcome, String> + Send + Sync + 'static,
    ) -> Job {
        let schedule = Schedule::parse(expression, "UTC").expect("a schedule");
        let (clock, diary, result) = (Arc::clone(&self.clock), Arc::clone(&self.diary), Arc::new(result));
        Job::new(name, schedule, move || {
            let (clock, diary, result) = (Arc::clone(&clock), Arc::clone(&diary), Arc::clone(&result));
            let note = move |what: String| {
                let line = format!("{} {what}", clock.now().to_chrono().format("%H:%M:%S"));
                diary.lock().expect("no panic under the lock").push(line);
            };
            async move {
                note(format!("{name}>"));
                tokio::time::sleep(Duration::from_secs(lasting)).await;
                let result = result();
                note(format!("<{name}"));
                result
            }
        })
    }

    fn scheduler(&self, jobs: Vec<Job>) -> Scheduler {
        let history = History::open(&self.path).expect("opens");
        Scheduler::new(jobs, history, Arc::clone(&self.clock) as Arc<dyn Clock>).expect("distinct names")
    }

    /// The diary's lines about beginnings and ends, since the last look.
    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.diary.lock().expect("no panic under the lock"))
    }

    /// The times of the beginnings since the last look.
    fn begun(&self) -> Vec<String> {
        let begun = |line: &String| line.strip_suffix('>').and_then(|line| line.split(' ').next()).map(str::to_owned);
        self.lines().iter().filter_map(begun).collect()
    }
}

/// A loop under way, and the way to end it.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

fn start(scheduler: &Scheduler) -> Running {
    let (stop, stopped) = oneshot::channel();
    let scheduler = scheduler.clone();
    let task = tokio::spawn(async move {
        scheduler
            .run(async {
                let _ = stopped.await;
            })
            .await;
    });
    Running { stop, task }
}

impl Running {
    async fn end(self) {
        self.stop.send(()).expect("the loop still runs");
        self.task.await.expect("the loop ends in peace");
    }
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
