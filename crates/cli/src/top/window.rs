//! The screen of one service: which one, and the range of time that its charts show.

use crate::top::snapshot::History;
use model::{Granularity, Time, TimeRange};
use std::time::Duration;

/// How much time the charts show, and in which buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) length: Duration,
    pub(crate) every: Granularity,
}

const HOUR: u64 = 3600;

impl Span {
    pub(crate) const ALL: [Span; 4] = [
        Span { name: "1h", length: Duration::from_secs(HOUR), every: Granularity::Minute },
        Span { name: "6h", length: Duration::from_secs(6 * HOUR), every: Granularity::Minute },
        Span { name: "24h", length: Duration::from_secs(24 * HOUR), every: Granularity::Minute },
        Span { name: "7d", length: Duration::from_secs(7 * 24 * HOUR), every: Granularity::Hour },
    ];
}

#[derive(Debug, Default)]
pub(crate) struct Window {
    pub(crate) service: Option<String>,
    /// Index of [`Span::ALL`].
    pub(crate) span: usize,
    /// Where the range ends; `None`: now, moving on.
    end: Option<Time>,
    /// What was answered last, perhaps for another service or range.
    pub(crate) history: Option<History>,
}

impl Window {
    pub(crate) fn span(&self) -> Span {
        Span::ALL[self.span]
    }

    pub(crate) fn is_live(&self) -> bool {
        self.end.is_none()
    }

    pub(crate) fn range(&self, now: Time) -> TimeRange {
        let to = self.end.unwrap_or_else(|| live_end(now));
        TimeRange { from: to.saturating_sub(self.span().length).max(Time::MIN), to }
    }

    pub(crate) fn wanted(&self, now: Time) -> Option<(String, TimeRange, Granularity)> {
        self.service.clone().map(|service| (service, self.range(now), self.span().every))
    }

    /// What was answered for exactly what is shown.
    pub(crate) fn current(&self, now: Time) -> Option<&History> {
        let fits =
            |history: &&History| self.service.as_ref() == Some(&history.service) && history.range == self.range(now);
        self.history.as_ref().filter(fits)
    }

    pub(crate) fn choose(&mut self, service: &str) {
        self.service = Some(service.to_owned());
    }

    /// Half of what is shown towards the past, or towards now and no further.
    pub(crate) fn back(&mut self, now: Time) {
        let end = self.range(now).to.saturating_sub(self.span().length / 2);
        self.end = Some(end.max(Time::MIN.saturating_add(self.span().length)));
    }

    pub(crate) fn forth(&mut self, now: Time) {
        let end = self.range(now).to.saturating_add(self.span().length / 2);
        self.end = (end < live_end(now)).then_some(end);
    }

    pub(crate) fn live(&mut self) {
        self.end = None;
    }
}

fn live_end(now: Time) -> Time {
    Granularity::Minute.next(Granularity::Minute.floor(now))
}
