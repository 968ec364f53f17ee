//! When a service was seen: what `vitals services` lists, merged from both layers like a rollup.

use crate::Time;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_keeps_the_outermost_times() {
        let at = Time::from_micros;
        let mut seen = Seen::once(at(5), at(9));
        seen.merge(&Seen::once(at(3), at(10)));
        seen.merge(&Seen::once(at(4), at(8)));
        assert_eq!(seen, Seen { first_seen: at(3), last_seen: at(5), last_received: at(10), count: 3 });
    }
}
