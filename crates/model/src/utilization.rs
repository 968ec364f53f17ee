//! Utilization: a share from 0 to 1 as an integer number of billionths, so that sums never depend on their order.
//!
//! Every path that turns a sent number into a share comes through here; only test oracles compute it on their own.

/// Billionths of the whole, 0 to 1,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utilization(u32);

/// How many billionths make the whole.
pub const BILLION: u32 = 1_000_000_000;

impl Utilization {
    /// Of a CPU share from 0 to 1; what lies outside (a decoder refuses it) is clamped.
    pub fn of_cpu(share: f64) -> Utilization {
        Utilization::of_share(share)
    }

    /// Of a capacity and what is free of it, in the same unit: `(total − free) / total`.
    pub fn of_capacity(total: f64, free: f64) -> Utilization {
        Utilization::of_share((total - free) / total)
    }

    /// Round half to even of the f64 product `share × 1e9`.
    fn of_share(share: f64) -> Utilization {
        let billionths = (share * f64::from(BILLION)).round_ties_even();
        Utilization(billionths.clamp(0.0, f64::from(BILLION)) as u32)
    }

    /// `None` above one billion.
    pub const fn from_billionths(billionths: u32) -> Option<Utilization> {
        if billionths <= BILLION { Some(Utilization(billionths)) } else { None }
    }

    pub const fn billionths(self) -> u32 {
        self.0
    }

    /// The share from 0 to 1, correctly rounded, so that its shortest decimal form reads back as the same billionths.
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(BILLION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_goes_to_even() {
        let check = |share: f64, expect: u32| assert_eq!(Utilization::of_cpu(share).billionths(), expect, "{share}");
        check(0.0, 0);
        check(1.0, BILLION);
        check(0.37, 370_000_000);
        check(2.5e-9, 2);
        check(3.5e-9, 4);
        check(0.5e-9, 0);
    }

    #[test]
    fn capacity_is_used_over_total() {
        assert_eq!(Utilization::of_capacity(16.0, 9.2).billionths(), 425_000_000);
        assert_eq!(Utilization::of_capacity(512.0, 512.0).billionths(), 0);
        assert_eq!(Utilization::of_capacity(512.0, 0.0).billionths(), BILLION);
    }

    proptest! {
        #[test]
        fn a_printed_share_reads_back(billionths in 0..=BILLION) {
            let share = Utilization::from_billionths(billionths).expect("in range").share();
            let read: f64 = share.to_string().parse().expect("a number");
            prop_assert_eq!(Utilization::of_cpu(read).billionths(), billionths);
        }
    }
}
