//! A run from first to last datagram: fills slots when they are due, sends, records what left.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::arguments::Plan;
use crate::clock::Pace;
use crate::expect::ExpectFile;
use crate::fleet::service_name;
use crate::reliable::Reliable;
use crate::send::{Outcome, Sockets};
use crate::stop::Stop;
use crate::summary::Summary;
use crate::traffic::{Content, Datagram, Traffic};

/// Slots that are due leave together this often: far below a stock receive buffer even at 100,000 a second.
const TICK: Duration = Duration::from_micros(500);
/// Slots filled in one go where nothing sets a pace.
const UNPACED_BURST: u64 = 256;
/// A paced run that cannot keep its pace ends this much after its time instead of filling its last slots.
const GRACE: Duration = Duration::from_secs(1);
/// How often a run that waits for answers looks for them.
const LOOK: Duration = Duration::from_millis(2);
const PROGRESS: Duration = Duration::from_secs(5);

/// Sends what the plan says until its count or time is reached or a stop is requested.
///
/// # Errors
/// When the file of expectations cannot be written; a failing send is counted, not returned.
pub fn run(plan: &Plan, sockets: Sockets, stop: &Stop) -> Result<Summary> {
    let mut run = Run {
        plan,
        traffic: Traffic::new(plan),
        summary: Summary::new(plan.seed, plan.services),
        expect: plan.expect.as_deref().map(ExpectFile::create).transpose()?,
        reliable: plan.reliable.then(Reliable::new),
        sockets,
        started: Instant::now(),
        slot: 0,
        made: 0,
        shown: Duration::ZERO,
    };
    run.announce();
    run.send_slots(stop)?;
    run.summary.set_elapsed(run.started.elapsed());
    run.reliable.iter().for_each(|reliable| run.summary.set_answered(reliable.answered()));
    run.expect.map_or(Ok(()), ExpectFile::finish)?;
    Ok(run.summary)
}

struct Run<'a> {
    plan: &'a Plan,
    traffic: Traffic,
    sockets: Sockets,
    summary: Summary,
    expect: Option<ExpectFile>,
    reliable: Option<Reliable>,
    started: Instant,
    /// The next slot to fill.
    slot: u64,
    /// Datagrams made so far, sent or failed.
    made: u64,
    /// When progress was last shown.
    shown: Duration,
}

impl Run<'_> {
    fn send_slots(&mut self, stop: &Stop) -> Result<()> {
        let mut batch = Vec::new();
        let mut stopped = false;
        while !stopped && !self.is_over() {
            let burst_at = Instant::now();
            let end = self.burst_end();
            while self.slot < end {
                let moment = self.plan.clock.moment(self.slot, self.plan.pace, self.started.elapsed());
                self.traffic.slot(moment, &mut batch);
                self.slot += 1;
            }
            self.send(&mut batch)?;
            self.send_again();
            self.show_progress();
            stopped = stop.requested_by(self.next_burst(burst_at));
        }
        self.traffic.release(&mut batch);
        self.send(&mut batch)?;
        while !stopped && self.outstanding() > 0 {
            self.send_again();
            self.show_progress();
            stopped = stop.requested_by(Instant::now() + LOOK);
        }
        Ok(())
    }

    /// Takes answers, and sends again what has waited long enough for one.
    fn send_again(&mut self) {
        let Some(reliable) = &mut self.reliable else { return };
        self.sockets.receive(|answer| reliable.take(answer));
        // what fails to leave is sent again like what is lost on its way
        let _ = self.sockets.send(&reliable.due(Instant::now()));
    }

    fn outstanding(&self) -> usize {
        self.reliable.as_ref().map_or(0, Reliable::outstanding)
    }

    fn is_over(&self) -> bool {
        let elapsed = self.started.elapsed();
        let out_of_time = self.plan.length.is_some_and(|length| match self.plan.pace {
            Pace::Unpaced => elapsed >= length,
            Pace::Beat(_) => self.slot >= self.last_slot() || elapsed >= length + GRACE,
        });
        out_of_time || self.left() == 0
    }

    /// The slot up to which to fill now. After a stall at most twice the pace is sent until it is made up for.
    fn burst_end(&self) -> u64 {
        let end = match self.plan.pace {
            Pace::Unpaced => self.slot + UNPACED_BURST,
            Pace::Beat(beat) => {
                let due = beat.slots_by(self.started.elapsed()).min(self.last_slot());
                due.min(self.slot + 2 * beat.slots_by(TICK)).max(self.slot)
            }
        };
        self.reliable.as_ref().map_or(end, |reliable| end.min(self.slot + reliable.room() as u64))
    }

    fn next_burst(&self, last: Instant) -> Instant {
        let next = match self.plan.pace {
            Pace::Unpaced => last,
            Pace::Beat(beat) => (last + TICK).max(self.started + beat.at(self.slot)),
        };
        if self.outstanding() == 0 { next } else { next.clamp(last + TICK, last + LOOK) }
    }

    fn last_slot(&self) -> u64 {
        match (self.plan.pace, self.plan.length) {
            (Pace::Beat(beat), Some(length)) => beat.slots_before(length),
            _ => u64::MAX,
        }
    }

    /// Datagrams that may still be made.
    fn left(&self) -> u64 {
        self.plan.count.map_or(u64::MAX, |count| count - self.made)
    }

    /// Sends and records the batch, cut to the count asked for, and empties it.
    fn send(&mut self, batch: &mut Vec<Datagram>) -> Result<()> {
        batch.truncate(usize::try_from(self.left()).unwrap_or(usize::MAX));
        self.made += batch.len() as u64;
        let failed_before = self.summary.send_errors();
        let kept = self.keep(batch);
        let Outcome { sent, error } = self.sockets.send(batch);
        for ((datagram, sent), kept) in batch.drain(..).zip(sent).zip(kept) {
            if sent || kept {
                self.record(&datagram)?;
            } else {
                self.summary.record_error();
            }
        }
        if let Some(error) = error.filter(|_| !self.plan.quiet && failed_before == 0) {
            eprintln!("sending to {} fails: {error}; counted, going on", self.sockets.to());
        }
        Ok(())
    }

    /// Which of the batch will be sent until they are answered, and so leave sooner or later.
    fn keep(&mut self, batch: &mut [Datagram]) -> Vec<bool> {
        let now = Instant::now();
        let reliable = &mut self.reliable;
        batch
            .iter_mut()
            .map(|datagram| reliable.as_mut().is_some_and(|reliable| reliable.keep(datagram, now)))
            .collect()
    }

    fn record(&mut self, datagram: &Datagram) -> Result<()> {
        self.summary.record(datagram);
        if let (Some(expect), Content::Valid(heartbeat)) = (&mut self.expect, &datagram.content) {
            expect.record(&service_name(heartbeat.service), heartbeat)?;
        }
        Ok(())
    }

    fn announce(&self) {
        if !self.plan.quiet {
            eprintln!("sending to {}: {}", self.sockets.to(), self.plan);
        }
    }

    fn show_progress(&mut self) {
        let elapsed = self.started.elapsed();
        if self.plan.quiet || elapsed < self.shown + PROGRESS {
            return;
        }
        self.shown = elapsed;
        let (sent, errors) = (self.summary.sent(), self.summary.send_errors());
        let waiting = if self.plan.reliable { format!(", {} wait", self.outstanding()) } else { String::new() };
        eprintln!("{:.0} s: {sent} sent, {errors} failed{waiting}", elapsed.as_secs_f64());
    }
}
