//! The screen of the process itself: what it took in, how far each layer has come, jobs and tasks.

use model::Time;
use query::LedgerLine;
use web::Status;

/// What can become of a message, since the process started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) received: u64,
    pub(crate) accepted: u64,
    pub(crate) duplicate: u64,
    pub(crate) rejected: u64,
    pub(crate) shed: u64,
    /// `None`: not known.
    pub(crate) dropped: Option<u64>,
}

impl Counts {
    fn of(status: &Status) -> Counts {
        Counts {
            received: status.received,
            accepted: status.accepted,
            duplicate: status.duplicate,
            rejected: status.rejected.values().sum(),
            shed: status.shed,
            dropped: status.kernel_dropped,
        }
    }

    /// By name, in the order in which they are shown.
    pub(crate) fn named(&self) -> [(&'static str, Option<u64>); 6] {
        [
            ("received", Some(self.received)),
            ("accepted", Some(self.accepted)),
            ("duplicate", Some(self.duplicate)),
            ("rejected", Some(self.rejected)),
            ("shed", Some(self.shed)),
            ("kernel dropped", self.dropped),
        ]
    }
}

#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    pub(crate) status: Option<Status>,
    pub(crate) counts: Counts,
    before: Option<(Time, Counts)>,
    at: Time,
    /// Of the last hour.
    pub(crate) ledger: Option<Vec<LedgerLine>>,
    /// The first line in view.
    pub(crate) first: usize,
}

impl Pipeline {
    pub(crate) fn take(&mut self, at: Time, status: Status) {
        let another = self.status.as_ref().is_none_or(|before| status.uptime_s < before.uptime_s);
        self.before = (!another).then_some((self.at, self.counts));
        (self.at, self.counts, self.status) = (at, Counts::of(&status), Some(status));
    }

    /// How many a second since the answer before, in the order of [`Counts::named`]; `None` where it is not known.
    pub(crate) fn rates(&self) -> [Option<f64>; 6] {
        let Some((at, before)) = &self.before else { return [None; 6] };
        let seconds = self.at.since(*at).as_secs_f64();
        let (now, before) = (self.counts.named(), before.named());
        std::array::from_fn(|index| {
            let grown = now[index].1?.checked_sub(before[index].1?)?;
            (seconds > 0.0).then(|| grown as f64 / seconds)
        })
    }
}
