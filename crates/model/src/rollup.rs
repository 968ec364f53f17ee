//! Rollups: what is kept of a series in a bucket. `merge` is associative and commutative and `EMPTY` is its identity;
//! that is all the rest of Vitals needs to split work between batch, realtime, threads and files without changing a bit.

use crate::{Time, Utilization};

/// Count, sum, minimum, maximum and time of maximum of one series.
///
/// Averages are derived on output and never stored. Of equal maxima the earliest time wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rollup {
    pub count: u64,
    /// In billionths; 128 bits hold 10²⁹ full messages.
    pub sum: i128,
    /// In billionths.
    pub min: u32,
    /// In billionths.
    pub max: u32,
    pub max_at: Time,
}

impl Rollup {
    /// The identity of `merge`: no message yet.
    pub const EMPTY: Rollup = Rollup { count: 0, sum: 0, min: u32::MAX, max: 0, max_at: Time::from_micros(i64::MAX) };

    pub fn of(value: Utilization, at: Time) -> Rollup {
        let value = value.billionths();
        Rollup { count: 1, sum: i128::from(value), min: value, max: value, max_at: at }
    }

    pub fn add(&mut self, value: Utilization, at: Time) {
        self.merge(&Rollup::of(value, at));
    }

    pub fn merge(&mut self, other: &Rollup) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        if other.max > self.max || (other.max == self.max && other.max_at < self.max_at) {
            self.max = other.max;
            self.max_at = other.max_at;
        }
    }

    /// The mean as a share from 0 to 1; `None` of nothing.
    pub fn avg(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / (self.count as f64 * f64::from(crate::BILLION)))
    }
}

/// The three series of a health message: CPU, RAM and disk. Their counts are always equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HealthRollup {
    pub cpu: Rollup,
    pub ram: Rollup,
    pub disk: Rollup,
}

impl HealthRollup {
    pub const EMPTY: HealthRollup = HealthRollup { cpu: Rollup::EMPTY, ram: Rollup::EMPTY, disk: Rollup::EMPTY };

    pub fn add(&mut self, health: Health, at: Time) {
        self.cpu.add(health.cpu, at);
        self.ram.add(health.ram, at);
        self.disk.add(health.disk, at);
    }

    pub fn merge(&mut self, other: &HealthRollup) {
        self.cpu.merge(&other.cpu);
        self.ram.merge(&other.ram);
        self.disk.merge(&other.disk);
    }

    /// How many messages are in it.
    pub fn count(&self) -> u64 {
        self.cpu.count
    }
}

impl Default for HealthRollup {
    fn default() -> HealthRollup {
        HealthRollup::EMPTY
    }
}

/// The utilization of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Health {
    pub cpu: Utilization,
    pub ram: Utilization,
    pub disk: Utilization,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rollups() -> impl Strategy<Value = Rollup> {
        // a narrow range, so that ties of value and of time are common
        prop::collection::vec((0u32..4, 0i64..4), 0..6).prop_map(|points| fold(&points))
    }

    fn fold(points: &[(u32, i64)]) -> Rollup {
        points.iter().fold(Rollup::EMPTY, |mut rollup, &(value, at)| {
            rollup.add(Utilization::from_billionths(value).expect("small"), Time::from_micros(at));
            rollup
        })
    }

    fn merged(mut a: Rollup, b: &Rollup) -> Rollup {
        a.merge(b);
        a
    }

    proptest! {
        #[test]
        fn merge_is_a_commutative_monoid(a in rollups(), b in rollups(), c in rollups()) {
            prop_assert_eq!(merged(a, &b), merged(b, &a));
            prop_assert_eq!(merged(merged(a, &b), &c), merged(a, &merged(b, &c)));
            prop_assert_eq!(merged(a, &Rollup::EMPTY), a);
        }

        #[test]
        fn any_cut_merges_to_one_pass(points in prop::collection::vec((0u32..4, 0i64..4), 0..20), cut in 0usize..20) {
            let cut = cut.min(points.len());
            prop_assert_eq!(merged(fold(&points[..cut]), &fold(&points[cut..])), fold(&points));
        }
    }

    #[test]
    fn equal_maxima_keep_the_earliest_time() {
        assert_eq!(fold(&[(3, 9), (3, 2), (3, 5)]).max_at, Time::from_micros(2));
        assert_eq!(fold(&[(0, 7)]).max_at, Time::from_micros(7));
    }

    #[test]
    fn averages_are_derived() {
        let mut rollup = Rollup::EMPTY;
        assert_eq!(rollup.avg(), None);
        for share in [0.1, 0.2, 0.6] {
            rollup.add(Utilization::of_cpu(share), Time::from_micros(0));
        }
        assert_eq!(rollup.avg(), Some(0.3));
    }
}
