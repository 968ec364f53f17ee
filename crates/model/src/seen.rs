//! When a service was seen: what `vitals services` lists, merged from both layers like a rollup. And what was heard of it
//! last: what pages and gauges show.

use crate::{Health, Time};
use serde::{Deserialize, Serialize};

/// First and last time of a service's messages, by the messages' own clock and by receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub first_seen: Time,
    pub last_seen: Time,
    pub last_received: Time,
    pub count: u64,
}

impl Seen {
    pub fn once(time: Time, received: Time) -> Seen {
        Seen { first_seen: time, last_seen: time, last_received: received, count: 1 }
    }

    /// Associative and commutative.
    pub fn merge(&mut self, other: &Seen) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.last_received = self.last_received.max(other.last_received);
        self.count += other.count;
    }
}

/// The message of a service that was received last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    pub received: Time,
    /// The message's own time.
    pub time: Time,
    pub health: Health,
}

impl Heard {
    /// Goes on to the next message of the same journal. The order of a journal is the order of receipt, also where the
    /// clock was set back; of messages that came at once, in one request, the one with the latest time counts.
    pub fn follow(&mut self, next: &Heard) {
        if next.received != self.received || *next > *self {
            *self = *next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Utilization;

    #[test]
    fn the_last_message_is_the_one_received_last() {
        let heard = |received, time, cpu| {
            let cpu = Utilization::of_cpu(cpu);
            let [received, time] = [received, time].map(Time::from_micros);
            Heard { received, time, health: Health { cpu, ram: cpu, disk: cpu } }
        };
        let check = |first: Heard, next: Heard, expect: Heard| {
            let mut last = first;
            last.follow(&next);
            assert_eq!(last, expect);
        };
        check(heard(5, 90, 0.9), heard(6, 10, 0.1), heard(6, 10, 0.1));
        check(heard(5, 90, 0.9), heard(4, 10, 0.1), heard(4, 10, 0.1));
        check(heard(5, 90, 0.9), heard(5, 10, 0.1), heard(5, 90, 0.9));
        check(heard(5, 90, 0.1), heard(5, 91, 0.1), heard(5, 91, 0.1));
    }

    #[test]
    fn merge_keeps_the_outermost_times() {
        let at = Time::from_micros;
        let mut seen = Seen::once(at(5), at(9));
        seen.merge(&Seen::once(at(3), at(10)));
        seen.merge(&Seen::once(at(4), at(8)));
        assert_eq!(seen, Seen { first_seen: at(3), last_seen: at(5), last_received: at(10), count: 3 });
    }
}
