//! What was heard last of each service in the generations that were given up, so that it is known for as long as the
//! process lives.

use crate::generation::Generation;
use model::{Heard, Time};
use std::collections::HashMap;

/// Services that are remembered; at it those go that were silent longest, down to half of it.
const SERVICES_MAX: usize = 262_144;

#[derive(Clone, Debug, Default)]
pub(crate) struct LastHeard(HashMap<Box<str>, Heard>);

impl LastHeard {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Heard)> {
        self.0.iter().map(|(service, heard)| (&**service, *heard))
    }

    /// Goes on to the next generation of the same journal.
    pub(crate) fn follow(&mut self, generation: &Generation) {
        for (service, next) in generation.heard() {
            match self.0.get_mut(service) {
                Some(last) => last.follow(next),
                None => drop(self.0.insert(service.into(), *next)),
            }
        }
        if self.0.len() > SERVICES_MAX {
            self.forget_down_to(SERVICES_MAX / 2);
        }
    }

    fn forget_down_to(&mut self, left: usize) {
        let mut times: Vec<Time> = self.0.values().map(|heard| heard.received).collect();
        let over = times.len() - left;
        let (_, from, _) = times.select_nth_unstable(over);
        let from = *from;
        self.0.retain(|_, heard| heard.received >= from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Health, Utilization};

    #[test]
    fn the_silent_ones_go_first() {
        let cpu = Utilization::of_cpu(0.5);
        let heard = |second: i64| {
            let at = Time::from_micros(second * 1_000_000);
            Heard { received: at, time: at, health: Health { cpu, ram: cpu, disk: cpu } }
        };
        let mut last = LastHeard((0..10).map(|at: i64| (format!("service-{at}").into(), heard(at))).collect());
        last.forget_down_to(4);
        let mut left: Vec<&str> = last.iter().map(|(service, _)| service).collect();
        left.sort_unstable();
        assert_eq!(left, ["service-6", "service-7", "service-8", "service-9"]);
    }
}
