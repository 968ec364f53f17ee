//! The merge: every rollup and raw message of the range into the answer's cells.

use crate::answer::Explain;
use crate::error::Result;
use crate::given_up::GivenUp;
use crate::question::{Layer, Question};
use globset::{Glob, GlobSetBuilder};
use handover::Cut;
use model::{Granularity, HealthRollup, Messages, Split, Time, TimeRange};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The answer's cells by service and bucket; without a series every bucket is `Time::MIN`.
pub(crate) type Cells = Vec<(String, BTreeMap<Time, HealthRollup>)>;

/// The same while they are added up: found without a copy of the name.
pub(crate) type Buckets = HashMap<Box<str>, BTreeMap<Time, HealthRollup>>;

type Test = dyn Fn(&str) -> bool + Send + Sync;

/// Which services are asked for.
pub(crate) struct Wanted {
    /// Whether a name is; `None`: each is.
    test: Option<Box<Test>>,
    /// The names that match, of all that were ever seen.
    pub names: Option<Vec<String>>,
    /// Patterns that no service matches.
    pub unmatched: Vec<String>,
}

impl Wanted {
    pub(crate) fn of(question: &Question, cut: &Cut) -> Result<Wanted> {
        if question.services.is_empty() {
            return Ok(Wanted { test: None, names: None, unmatched: Vec::new() });
        }
        let known: Vec<String> = cut.services()?.into_keys().collect();
        // a name that is no pattern, or one of others, is still a name
        let named: HashSet<String> = known.iter().filter(|name| question.services.contains(name)).cloned().collect();
        let is_glob = |text: &&String| !(named.contains(*text) && Glob::new(text).is_err());
        let globs =
            question.services.iter().filter(is_glob).map(|text| Glob::new(text)).collect::<Result<Vec<_>, _>>()?;
        let mut set = GlobSetBuilder::new();
        for glob in &globs {
            set.add(glob.clone());
        }
        let set = set.build()?;
        let test = move |service: &str| named.contains(service) || set.is_match(service);
        let names: Vec<String> = known.into_iter().filter(|name| test(name)).collect();
        let matchers: Vec<_> = globs.iter().map(|glob| (glob.glob(), glob.compile_matcher())).collect();
        let unmatched =
            matchers.iter().filter(|(text, glob)| !names.iter().any(|name| name == text || glob.is_match(name)));
        let unmatched = unmatched.map(|(text, _)| (*text).to_owned()).collect();
        Ok(Wanted { test: Some(Box::new(test)), names: Some(names), unmatched })
    }

    fn is(&self, service: &str) -> bool {
        self.test.as_ref().is_none_or(|test| test(service))
    }
}

/// What a question has been answered with so far.
pub(crate) struct Fold<'a> {
    cut: &'a Cut,
    wanted: &'a Wanted,
    every: Option<Granularity>,
    given_up: GivenUp,
    cells: Buckets,
    pub read: Explain,
}

impl<'a> Fold<'a> {
    pub(crate) fn new(cut: &'a Cut, wanted: &'a Wanted, every: Option<Granularity>) -> Fold<'a> {
        let given_up = GivenUp::default();
        Fold { cut, wanted, every, given_up, cells: HashMap::new(), read: Explain::default() }
    }

    /// Ends between two pieces of the range when nobody waits any more.
    pub(crate) fn unless(self, given_up: &GivenUp) -> Fold<'a> {
        Fold { given_up: given_up.clone(), ..self }
    }

    pub(crate) fn run(mut self, split: &Split, layer: Layer) -> Result<(Cells, Explain)> {
        if layer != Layer::Realtime {
            self.views(split)?;
        }
        self.given_up.check()?;
        if layer != Layer::Batch {
            self.generations(split);
        }
        self.edges(&split.edges)?;
        let mut cells: Cells =
            self.cells.into_iter().map(|(service, buckets)| (service.into_string(), buckets)).collect();
        cells.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok((cells, self.read))
    }

    fn views(&mut self, split: &Split) -> Result<()> {
        let (cut, wanted, every) = (self.cut, self.wanted, self.every);
        for span in &split.spans {
            self.given_up.check()?;
            let cells = &mut self.cells;
            let count = cut.view_rollups(span, wanted.names.as_deref(), &mut |service, bucket, rollup| {
                cell(cells, service, bucket_of(every, bucket)).merge(rollup);
            })?;
            *self.read.view_cells.entry(span.granularity.name().to_owned()).or_default() += count;
        }
        Ok(())
    }

    fn generations(&mut self, split: &Split) {
        let Some((first, last)) = split.spans.first().zip(split.spans.last()) else { return };
        let minutes = TimeRange { from: first.range.from, to: last.range.to };
        let (cut, wanted, every) = (self.cut, self.wanted, self.every);
        let cells = &mut self.cells;
        self.read.realtime_cells =
            cut.realtime_rollups(&minutes, &|service| wanted.is(service), &mut |service, minute, rollup| {
                cell(cells, service, bucket_of(every, minute)).merge(rollup);
            });
    }

    fn edges(&mut self, edges: &[TimeRange]) -> Result<()> {
        let Some(raw) = self.cut.raw.as_ref().filter(|_| !edges.is_empty()) else { return Ok(()) };
        let names: Option<HashSet<String>> = self.wanted.names.as_ref().map(|names| names.iter().cloned().collect());
        for edge in edges {
            self.given_up.check()?;
            self.read.raw_rows += raw.sealed(edge, names.as_ref(), &mut |messages| self.add(messages, edge))?;
        }
        self.read.raw_rows += raw.unsealed(&mut |messages| edges.iter().for_each(|edge| self.add(messages, edge)))?;
        Ok(())
    }

    fn add(&mut self, messages: &Messages, edge: &TimeRange) {
        for row in 0..messages.len() {
            let time = Time::from_micros(messages.time[row]);
            let service = messages.service.get(row).unwrap_or_default();
            if edge.contains(time) && self.wanted.is(service) {
                cell(&mut self.cells, service, bucket_of(self.every, time)).add(messages.health(row), time);
            }
        }
    }
}

fn bucket_of(every: Option<Granularity>, time: Time) -> Time {
    every.map_or(Time::MIN, |every| every.floor(time))
}

/// What is added up for a service and bucket; empty where nothing was yet.
pub(crate) fn cell<'c>(cells: &'c mut Buckets, service: &str, bucket: Time) -> &'c mut HealthRollup {
    if !cells.contains_key(service) {
        cells.insert(service.into(), BTreeMap::new());
    }
    let buckets = cells.get_mut(service).expect("it was put in just above");
    buckets.entry(bucket).or_default()
}
