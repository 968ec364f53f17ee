//! One picture: every service as it is, with when it last changed, and the pulse of the process.

use crate::front::Front;
use crate::metrics::counts_by_source;
use collector::Shedding;
use handover::{JournalStanding, Standing};
use model::{Clock, Counts, SystemClock, Time};
use query::ServiceNow;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the realtime views may take to reach the journals' ends; a picture would rather be a little behind than late.
const WAIT: Duration = Duration::from_millis(200);

#[derive(Debug)]
pub(crate) struct Picture {
    /// Counts up over the life of the process.
    pub number: u64,
    pub made: Instant,
    pub at: Time,
    /// The start of the minute that is going on; `None` while there are no answers.
    pub minute: Option<Time>,
    pub complete: bool,
    pub services: BTreeMap<Arc<str>, Shown>,
    pub pulse: Pulse,
}

/// A service, and in which picture it was last another than before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub now: ServiceNow,
    pub changed: u64,
}

/// How the process stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pulse {
    pub at: Time,
    /// Whether questions are answered.
    pub ready: bool,
    /// Why the services are not brought up to date, while they are not.
    pub problem: Option<String>,
    pub received: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub shed: u64,
    pub shedding: Option<Shedding>,
    /// `None`: not known.
    pub kernel_dropped: Option<u64>,
    pub received_per_s: f64,
    pub accepted_per_s: f64,
    /// The age of the oldest message that is not in the batch views yet, in milliseconds; `None` where all are.
    pub lag_ms: Option<u64>,
    pub segments: u64,
    pub generations: u64,
    pub cells: u64,
    pub cells_max: u64,
    /// By name.
    pub journals: BTreeMap<String, JournalPulse>,
    /// Jobs that run now.
    pub running: Vec<String>,
}

/// How one journal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct JournalPulse {
    /// The last segment that the views hold; 0: none.
    pub watermark: u64,
    /// Segments above it.
    pub unpublished: u64,
    /// Segment files on disk.
    pub segments: u64,
}

impl Picture {
    /// Reads files: for a thread that may block, inside a tokio runtime.
    pub(crate) fn make(front: &Front, number: u64, before: Option<&Picture>) -> Picture {
        let (made, at) = (Instant::now(), SystemClock.now());
        let latest = match front.is_ready() {
            true => query::latest(&front.store, at, WAIT).map_err(|error| error.to_string()),
            false => Err("recovery is going on".to_owned()),
        };
        let pulse = Pulse::take(front, at, latest.as_ref().err().cloned(), before.map(|before| &before.pulse));
        let Ok(latest) = latest else {
            let services = before.map(|before| before.services.clone()).unwrap_or_default();
            let minute = before.and_then(|before| before.minute);
            return Picture { number, made, at, minute, complete: false, services, pulse };
        };
        let (minute, complete) = (Some(latest.minute), latest.complete);
        let services = changed(latest.services, number, before);
        Picture { number, made, at, minute, complete, services, pulse }
    }
}

/// The services with when they changed. One of which nothing is latest any more stays, so that who missed the picture in
/// which it changed is told.
fn changed(
    mut latest: BTreeMap<String, ServiceNow>,
    number: u64,
    before: Option<&Picture>,
) -> BTreeMap<Arc<str>, Shown> {
    let known = before.iter().flat_map(|before| &before.services);
    let known = known.map(|(name, shown)| {
        let now = latest.remove(&**name).unwrap_or_default();
        let changed = if now == shown.now { shown.changed } else { number };
        (name.clone(), Shown { now, changed })
    });
    let mut services: BTreeMap<Arc<str>, Shown> = known.collect();
    services.extend(latest.into_iter().map(|(name, now)| (name.into(), Shown { now, changed: number })));
    services
}

impl Pulse {
    fn take(front: &Front, at: Time, problem: Option<String>, before: Option<&Pulse>) -> Pulse {
        let standing = front.store.standing();
        let problem = problem.or(standing.as_ref().err().map(|error| error.to_string()));
        let standing = standing.ok();
        let of = |count: fn(&Standing) -> u64| standing.as_ref().map_or(0, count);
        let (segments, generations) = (of(|now| now.segments), of(|now| now.generations));
        let (cells, cells_max) = (of(|now| now.cells as u64), of(|now| now.cells_max as u64));
        let journals = standing.map(|standing| standing.journals).unwrap_or_default();
        let mut counts = Counts::default();
        counts_by_source(front, &journals).values().for_each(|source| counts.merge(source));
        let shedding = front.collector.as_ref().and_then(|collector| collector.status().shedding);
        let oldest = journals.iter().filter_map(|journal| journal.oldest_unpublished).min();
        let jobs = front.scheduler.status().into_iter();
        Pulse {
            at,
            ready: front.has_answers(),
            problem,
            received: counts.received(),
            accepted: counts.accepted,
            duplicate: counts.duplicate,
            rejected: counts.rejected_total(),
            shed: counts.shed,
            shedding: shedding.or(front.requests.status().shedding),
            kernel_dropped: counts.kernel_dropped,
            received_per_s: rate(counts.received(), at, before.map(|before| (before.received, before.at))),
            accepted_per_s: rate(counts.accepted, at, before.map(|before| (before.accepted, before.at))),
            lag_ms: oldest.map(|oldest| at.since(oldest).as_millis() as u64),
            segments,
            generations,
            cells,
            cells_max,
            journals: journals.into_iter().map(JournalPulse::of).collect(),
            running: jobs.filter(|job| job.running).map(|job| job.name).collect(),
        }
    }
}

impl JournalPulse {
    fn of(journal: JournalStanding) -> (String, JournalPulse) {
        let JournalStanding { name, watermark, unpublished, segments, .. } = journal;
        (name, JournalPulse { watermark, unpublished, segments })
    }
}

/// 0 in the first picture.
fn rate(count: u64, at: Time, before: Option<(u64, Time)>) -> f64 {
    let Some((earlier, since)) = before.filter(|(_, since)| *since < at) else { return 0.0 };
    count.saturating_sub(earlier) as f64 / at.since(since).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_per_second() {
        let at = Time::from_micros;
        assert_eq!(rate(500, at(9_500_000), Some((300, at(9_000_000)))), 400.0);
        assert_eq!(rate(500, at(9_000_000), None), 0.0);
        assert_eq!(rate(500, at(9_000_000), Some((300, at(9_000_000)))), 0.0, "the clock has not moved");
        assert_eq!(rate(500, at(9_000_000), Some((600, at(8_000_000)))), 0.0);
    }
}
