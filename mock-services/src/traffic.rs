//! From slots to datagrams: what leaves the fleet, incidents and late messages included, without any I/O.
//!
//! Invariant: noise and lateness come from generators of their own that move on at every slot, sent or not, so that
//! an incident changes the messages it covers and no other.

use clap::ValueEnum as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::arguments::{Lateness, Plan, Wording};
use crate::clock::{self, Moment};
use crate::flaw::Flaw;
use crate::fleet::{Fleet, unit};
use crate::incident::{Incident, Kind};
use crate::message::{Heartbeat, Shape};

/// Generator streams beyond those of the services.
const LATENESS_STREAM: u64 = u64::MAX;
const GARBAGE_STREAM: u64 = u64::MAX - 1;

/// What a datagram says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A message to be accepted.
    Valid(Heartbeat),
    /// Something to be refused.
    Malformed(Flaw),
}

/// Bytes to send, and what they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Datagram {
    /// Index of the service that sends it.
    pub service: usize,
    /// The payload.
    pub bytes: Vec<u8>,
    /// What it says.
    pub content: Content,
    /// The second of two equal ones.
    pub copy: bool,
    /// Its message is older than its slot.
    pub late: bool,
    /// It was held back behind its successor.
    pub held: bool,
}

/// The datagrams of a fleet, slot by slot.
#[derive(Debug)]
pub struct Traffic {
    fleet: Fleet,
    incidents: Vec<Incident>,
    wording: Wording,
    lateness: Option<Lateness>,
    lateness_rng: ChaCha8Rng,
    garbage_rng: ChaCha8Rng,
    flaws: usize,
    /// Per service, what a reordering holds back, and whether it leaves twice.
    held: Vec<Option<(Datagram, bool)>>,
}

impl Traffic {
    /// The traffic of a plan, from its first slot.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            fleet: Fleet::new(plan.seed, plan.services),
            incidents: plan.incidents.clone(),
            wording: plan.wording,
            lateness: plan.lateness,
            lateness_rng: stream(plan.seed, LATENESS_STREAM),
            garbage_rng: stream(plan.seed, GARBAGE_STREAM),
            flaws: 0,
            held: vec![None; plan.services],
        }
    }

    /// Appends what leaves in this slot; slots must come in order, each once.
    pub fn slot(&mut self, moment: Moment, out: &mut Vec<Datagram>) {
        let services = self.fleet.len() as u64;
        let (round, service) = (moment.slot / services, (moment.slot % services) as usize);
        let on = |kind| {
            let is_on = |incident: &Incident| incident.kind == kind && incident.covers(service, moment.elapsed);
            self.incidents.iter().any(is_on)
        };
        let [spike, silence, malformed, twice, reorder] =
            [Kind::CpuSpike, Kind::Silence, Kind::Malformed, Kind::Duplicate, Kind::Reorder].map(on);
        let datagram = self.datagram(service, round, moment.time_us, spike);
        if silence {
            return;
        }
        let datagram = if malformed { self.broken(datagram) } else { datagram };
        match self.held[service].take() {
            None if reorder => self.held[service] = Some((Datagram { held: true, ..datagram }, twice)),
            earlier => {
                push(out, datagram, twice);
                earlier.into_iter().for_each(|(datagram, twice)| push(out, datagram, twice));
            }
        }
    }

    /// Appends what is still held back; for the end of a run.
    pub fn release(&mut self, out: &mut Vec<Datagram>) {
        for (datagram, twice) in self.held.iter_mut().filter_map(Option::take) {
            push(out, datagram, twice);
        }
    }

    fn datagram(&mut self, service: usize, round: u64, slot_time_us: i64, spike: bool) -> Datagram {
        let shape = match self.wording {
            Wording::One(shape) => shape,
            Wording::Mixed => mixed(service, round),
        };
        let behind_us = self.lateness.map_or(0, |lateness| behind_us(lateness, &mut self.lateness_rng));
        let time_us = shape.cut(slot_time_us - behind_us);
        let measured = self.fleet.reading(service, time_us);
        let reading = if spike { measured.spiked() } else { measured };
        let name = self.fleet.name(service);
        let instance = (shape == Shape::Instance).then(|| format!("{name}-{}", ["a", "b"][(round % 2) as usize]));
        let heartbeat = Heartbeat { service, time_us, reading, instance };
        Datagram {
            service,
            bytes: shape.datagram(name, &heartbeat),
            content: Content::Valid(heartbeat),
            copy: false,
            late: behind_us > 0,
            held: false,
        }
    }

    fn broken(&mut self, datagram: Datagram) -> Datagram {
        let Content::Valid(heartbeat) = &datagram.content else { return datagram };
        let flaws = Flaw::value_variants();
        let flaw = flaws[self.flaws % flaws.len()];
        self.flaws += 1;
        let bytes = flaw.datagram(self.fleet.name(datagram.service), heartbeat, &mut self.garbage_rng);
        Datagram { bytes, content: Content::Malformed(flaw), late: false, ..datagram }
    }
}

/// Each service goes through all shapes, and in each round the services differ.
fn mixed(service: usize, round: u64) -> Shape {
    let shapes = Shape::value_variants();
    shapes[((round + service as u64) % shapes.len() as u64) as usize]
}

/// How far this slot's message lies back: nothing for most.
fn behind_us(lateness: Lateness, rng: &mut ChaCha8Rng) -> i64 {
    let (chance, depth) = (unit(rng), unit(rng));
    if chance < lateness.share { 1 + (depth * clock::micros(lateness.by) as f64) as i64 } else { 0 }
}

fn push(out: &mut Vec<Datagram>, datagram: Datagram, twice: bool) {
    let copy = twice.then(|| Datagram { copy: true, ..datagram.clone() });
    out.push(datagram);
    out.extend(copy);
}

fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

#[cfg(test)]
mod tests;
