//! What is known of each service right now: the message that was received last, and the minute that is going on beside
//! the one before. From one cut, so the minutes are exactly what a question for them is answered.
//!
//! "Last" goes by receipt. It is known of every service that was heard since this process reads the journals, which at a
//! start begins where the views end: of a service that has been silent since before, it is not known until it is heard.

use crate::answer::Series;
use crate::error::Result;
use handover::{Cut, CutOptions, Store};
use model::{Granularity, HealthRollup, Heard, Span, Time, TimeRange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// All services at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    /// The start of the minute that is going on.
    pub minute: Time,
    /// False where the realtime views had not reached the journals' ends in time; the newest messages are missing then.
    pub complete: bool,
    /// By name; those that were heard, or have messages in one of the two minutes.
    pub services: BTreeMap<String, ServiceNow>,
}

/// One service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceNow {
    /// `None`: not heard yet since this process reads the journals.
    pub last: Option<LastMessage>,
    /// The minute that is going on, by the messages' own time; `None` while it has no message.
    pub minute: Option<Minute>,
    /// The minute before.
    pub previous: Option<Minute>,
}

/// The message that was received last; shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastMessage {
    /// Its own time.
    pub time: Time,
    pub received: Time,
    pub cpu: f64,
    pub ram: f64,
    pub disk: f64,
}

impl From<Heard> for LastMessage {
    fn from(heard: Heard) -> LastMessage {
        let Heard { received, time, health } = heard;
        let [cpu, ram, disk] = [health.cpu, health.ram, health.disk].map(|series| series.share());
        LastMessage { time, received, cpu, ram, disk }
    }
}

/// What the messages of one minute add up to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    /// Its start.
    pub time: Time,
    pub count: u64,
    pub cpu: Series,
    pub ram: Series,
    pub disk: Series,
}

impl Minute {
    fn of(time: Time, rollup: &HealthRollup) -> Minute {
        let [cpu, ram, disk] = [&rollup.cpu, &rollup.ram, &rollup.disk].map(Series::of);
        Minute { time, count: rollup.count(), cpu, ram, disk }
    }
}

/// Every service as it is at `now`. Waits up to `wait` for the realtime views; where they have not come to the journals'
/// ends by then, the answer says so instead of failing, as who shows what is latest would rather show a little less.
pub fn latest(store: &Store, now: Time, wait: Duration) -> Result<Latest> {
    Latest::of(&store.cut(&CutOptions { wait, allow_behind: true, raw: false })?, now)
}

impl Latest {
    pub(crate) fn of(cut: &Cut, now: Time) -> Result<Latest> {
        let minute = Granularity::Minute.floor(now);
        let range = TimeRange { from: minute_before(minute), to: Granularity::Minute.next(minute) };
        let mut cells: BTreeMap<(String, Time), HealthRollup> = BTreeMap::new();
        let mut add = |service: &str, minute: Time, rollup: &HealthRollup| {
            cells.entry((service.to_owned(), minute)).or_default().merge(rollup);
        };
        cut.view_rollups(&Span { granularity: Granularity::Minute, range }, None, &mut add)?;
        cut.realtime_rollups(&range, &|_| true, &mut add);

        let mut services: BTreeMap<String, ServiceNow> = BTreeMap::new();
        for (service, heard) in cut.snapshot.heard() {
            services.entry(service.to_owned()).or_default().last = Some(heard.into());
        }
        for ((service, time), rollup) in cells {
            let found = services.entry(service).or_default();
            let place = if time == minute { &mut found.minute } else { &mut found.previous };
            *place = Some(Minute::of(time, &rollup));
        }
        Ok(Latest { minute, complete: cut.complete, services })
    }
}

/// The start of the minute before the one that starts there.
pub(crate) fn minute_before(minute: Time) -> Time {
    Granularity::Minute.floor(Time::from_micros(minute.as_micros() - 1))
}
