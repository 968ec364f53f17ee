//! What was tried and what it showed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::plan::{Kind, Phase};

/// Counts of any number of rounds.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rounds: BTreeMap<Kind, usize>,
    /// How many rounds met their fault before they were over.
    hit: usize,
    /// Calls that were hit, by their kind: where in which phase, and how.
    points: BTreeMap<String, BTreeSet<(Phase, &'static str, String)>>,
    pub images: usize,
    /// Where the power was cut.
    cuts: BTreeSet<(String, String)>,
    /// Messages compared with what was accepted.
    pub messages: usize,
    /// Requests whose answer said that their messages were safe.
    pub answered: usize,
    pub failures: Vec<String>,
}

impl Report {
    pub(super) fn of_one(kind: Kind) -> Self {
        Self { rounds: BTreeMap::from([(kind, 1)]), ..Self::default() }
    }

    pub(super) fn hit(&mut self, phase: Phase, fault: &'static str, (call, path): (&str, &str)) {
        self.hit += 1;
        self.points.entry(call.to_owned()).or_default().insert((phase, fault, pattern(path)));
    }

    pub(super) fn cut(&mut self, (call, path): (&str, &str)) {
        self.images += 1;
        self.cuts.insert((call.to_owned(), pattern(path)));
    }

    pub(super) fn failed(&mut self, line: String) {
        eprintln!("FAILED {line}");
        self.failures.push(line);
    }

    pub(super) fn add(&mut self, other: Self) {
        for (kind, count) in other.rounds {
            *self.rounds.entry(kind).or_default() += count;
        }
        for (call, points) in other.points {
            self.points.entry(call).or_default().extend(points);
        }
        self.cuts.extend(other.cuts);
        self.hit += other.hit;
        self.images += other.images;
        self.messages += other.messages;
        self.answered += other.answered;
        self.failures.extend(other.failures);
    }

    /// Crash points that differ in call, path, phase or way.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.points.values().map(BTreeSet::len).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds: Vec<String> = self.rounds.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
        let calls: Vec<String> = self.points.iter().map(|(call, points)| format!("{} {call}", points.len())).collect();
        let mut phases: BTreeMap<Phase, usize> = BTreeMap::new();
        for (phase, ..) in self.points.values().flatten() {
            *phases.entry(*phase).or_default() += 1;
        }
        let phases: Vec<String> = phases.iter().map(|(phase, count)| format!("{count} {phase:?}")).collect();
        let files: BTreeSet<&String> = self.points.values().flatten().map(|(_, _, path)| path).collect();
        write!(
            f,
            "rounds: {}; faults met: {}, distinct points: {} ({}; {}; {} kinds of path); images: {} at {} distinct \
             points; requests answered: {}; messages checked: {}; failures: {}",
            rounds.join(", "),
            self.hit,
            self.distinct(),
            calls.join(", "),
            phases.join(", "),
            files.len(),
            self.images,
            self.cuts.len(),
            self.answered,
            self.messages,
            self.failures.len()
        )
    }
}

/// A path without what is another in each life: numbers and random names.
fn pattern(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let name = part.trim_start_matches('.');
        let mut words: Vec<String> = name.split(['.', '-', '=']).map(word).collect();
        words.dedup();
        words.join(".")
    });
    parts.collect::<Vec<_>>().join("/")
}

fn word(word: &str) -> String {
    let random = word.starts_with("tmp") && word.len() > 3 || word.chars().any(|letter| letter.is_ascii_digit());
    if random { "#".to_owned() } else { word.to_owned() }
}
