//! The journal's housekeeping on a thread of its own: syncs at the interval and for senders that wait, closes segments
//! that are due, follows the kernel's drops, and writes a sign of life for each minute.

use crate::batch::Batch;
use crate::drops::Drops;
use crate::error::Result;
use crate::intake::Intake;
use crate::tally::Tally;
use journal::Durability;
use model::{Granularity, Time, TimeRange};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

const TICK_MIN: Duration = Duration::from_millis(1);
const TICK_MAX: Duration = Duration::from_millis(200);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A process that was suspended for so long counts now what the kernel dropped in minutes that are over: of each of them
/// it is not known.
const STOOD_STILL: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Keeper {
    intake: Arc<Intake>,
    drops: Drops,
    /// Drops that are in the ledger.
    told: u64,
    /// The last minute whose drops were put down as unknown.
    unknown: Option<Time>,
    sync_every: Option<Duration>,
    batch: Batch,
    /// The minute that has had its sign of life.
    minute: Time,
    /// Set while the clock is behind the last sign of the life before.
    behind: Option<Time>,
}

impl Keeper {
    /// `minute` has had its sign of life already.
    pub(crate) fn new(
        intake: Arc<Intake>,
        mut drops: Drops,
        durability: Durability,
        minute: Time,
        behind: Option<Time>,
    ) -> Keeper {
        let sync_every = match durability {
            Durability::Interval(interval) => Some(interval),
            Durability::Always | Durability::Never => None,
        };
        if let Some(last_sign) = behind {
            tracing::warn!(%last_sign, "the clock is behind this journal's last sign; messages of any time are accepted");
        }
        let dropped = drops.total();
        intake.totals().counts.kernel_dropped = dropped;
        Keeper { intake, drops, told: 0, unknown: None, sync_every, batch: Batch::new(), minute, behind }
    }

    /// Blocks until the other end of `stop` is gone; gives the counts that are still to be told.
    pub(crate) fn run(mut self, stop: &Receiver<()>) -> Result<Tally> {
        let tick = self.sync_every.unwrap_or(TICK_MAX).clamp(TICK_MIN, TICK_MAX);
        let (mut synced, mut looked) = (Instant::now(), Instant::now());
        while stop.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
            let is_due = self.sync_every.is_some_and(|interval| synced.elapsed() + tick / 2 >= interval);
            if is_due || self.intake.answers.are_owed() {
                synced = Instant::now();
                self.intake.sync()?;
            }
            self.intake.roll_if_due()?;
            if looked.elapsed() >= LOOK_EVERY {
                let pause = std::mem::replace(&mut looked, Instant::now()).elapsed();
                self.look(pause)?;
                self.intake.end_shedding();
            }
        }
        self.count_drops(self.intake.clock.now(), looked.elapsed());
        Ok(self.batch.tally)
    }

    fn look(&mut self, pause: Duration) -> Result<()> {
        let now = self.intake.clock.now();
        self.count_drops(now, pause);
        let minute = Granularity::Minute.floor(now);
        if minute != self.minute {
            self.minute = minute;
            self.batch.tally.minute(minute);
        }
        if let Some(last_sign) = self.behind.take_if(|last_sign| now > *last_sign) {
            tracing::info!(%last_sign, "the clock has passed this journal's last sign");
            TimeRange::new(last_sign, now).into_iter().for_each(|span| self.batch.tally.unknown(span));
        }
        self.intake.append(&mut self.batch).map(drop)
    }

    /// `pause` is how long it has been since the last look.
    fn count_drops(&mut self, now: Time, pause: Duration) {
        stood_still(now, pause).into_iter().for_each(|span| self.batch.tally.unknown(span));
        let (total, minute) = (self.drops.total(), Granularity::Minute.floor(now));
        self.intake.totals().counts.kernel_dropped = total;
        match total {
            Some(total) if total > self.told => {
                let counts = self.batch.tally.minute(minute);
                counts.kernel_dropped = counts.kernel_dropped.map(|dropped| dropped + (total - self.told));
                self.told = total;
            }
            None if self.unknown != Some(minute) => {
                self.unknown = Some(minute);
                self.batch.tally.minute(minute).kernel_dropped = None;
            }
            _ => {}
        }
    }
}

/// What is not known after a look that comes so long after the one before.
fn stood_still(now: Time, pause: Duration) -> Option<TimeRange> {
    let span = || TimeRange::new(now.saturating_sub(pause), now).ok();
    (pause >= STOOD_STILL).then(span).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_without_a_look_are_unknown() {
        let now = Time::from_micros(1_795_219_200_000_000);
        assert_eq!(stood_still(now, Duration::from_secs(59)), None);
        let span = stood_still(now, Duration::from_secs(600)).expect("too long");
        assert_eq!((span.to, span.to.since(span.from)), (now, Duration::from_secs(600)));
    }
}
