//! What a round does, thrown from its seed and its number.

use super::dice::Dice;

/// What befalls the program.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// It is killed at a file call, and started again from the files.
    Kill,
    /// The power is cut: it is started again from an image of what the disk may hold.
    Image,
    /// File calls fail for a while.
    Fault,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Kill, Self::Image, Self::Fault];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Image => "image",
            Self::Fault => "fault",
        }
    }
}

/// The part of a life in which calls are counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Phase {
    Start,
    Collecting,
    Batch,
    Compaction,
    Rebuild,
    Stop,
    WholeLife,
}

/// A phase and how many counted calls it has, about; a life goes on behind it, so that more of them hit as well.
const PHASES: [(Phase, usize); 7] = [
    (Phase::Start, 60),
    (Phase::Collecting, 40),
    (Phase::Batch, 110),
    (Phase::Compaction, 90),
    (Phase::Rebuild, 60),
    (Phase::Stop, 12),
    (Phase::WholeLife, 500),
];

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: Kind,
    /// Chooses among the folders to begin with.
    pub(super) starter: usize,
    pub(super) phase: Phase,
    /// As `PRELOAD_…` takes them.
    pub(super) fault: &'static str,
    pub(super) at: usize,
    pub(super) on: bool,
    pub(super) calls: Option<&'static str>,
    pub(super) paths: Option<&'static str>,
    pub(super) settings: Vec<&'static str>,
    /// Jobs before the phase begins.
    pub(super) jobs_before: usize,
}

impl Plan {
    pub(super) fn throw(kind: Kind, dice: &mut Dice) -> Self {
        let (phase, calls_of_phase) = dice.pick(&PHASES);
        let mut plan = Self {
            kind,
            starter: dice.below(usize::MAX),
            phase,
            fault: dice.pick(&["kill-before", "kill-middle", "kill-after"]),
            at: 1 + dice.below(calls_of_phase),
            on: false,
            calls: None,
            paths: None,
            settings: settings(dice),
            jobs_before: dice.below(3),
        };
        // writes and syncs are most of all calls; the rare kinds have their turn by themselves
        if dice.percent(40) {
            plan.calls =
                Some(dice.pick(&["create", "write", "truncate", "sync", "rename,link", "unlink", "mkdir,rmdir"]));
            plan.at = 1 + dice.below(calls_of_phase.div_ceil(6));
        }
        if kind == Kind::Fault {
            plan.fail(dice);
        }
        plan
    }

    fn fail(&mut self, dice: &mut Dice) {
        let journal = dice.percent(50);
        self.paths = journal.then_some("journal/");
        self.at = 1 + dice.below(if journal { 12 } else { 60 });
        if dice.percent(35) {
            (self.fault, self.calls) = ("eio", Some("sync"));
        } else {
            self.fault = dice.pick(&["eio", "eio-middle", "enospc", "enospc-middle"]);
            self.calls = Some(dice.pick(&["write", "write,create,mkdir", "create,mkdir,link,rename"]));
            self.on = dice.percent(50);
        }
        // a start that cannot write is refused, which is right, and tried rarely
        if self.phase == Phase::Start && dice.percent(70) {
            self.phase = Phase::Batch;
        }
    }
}

fn settings(dice: &mut Dice) -> Vec<&'static str> {
    let durability = dice.pick(&["always", "interval", "interval", "never"]);
    let keep = dice.pick(&["journal.keep=0s", "journal.keep=1s", "journal.keep=10m"]);
    let batch = dice.pick(&["jobs.batch=* * * * * *", "jobs.batch=0 0 1 1 *"]);
    let age = dice.pick(&["journal.segment_age=100ms", "journal.segment_age=300ms", "journal.segment_age=10s"]);
    let mut settings = vec!["--durability", durability, "--set", keep, "--set", batch, "--set", age];
    settings.extend(["--set", "jobs.compact=0 0 1 1 *", "--set", "journal.sync_interval=40ms"]);
    settings
}
