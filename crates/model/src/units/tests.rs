//! What reads as a duration or a size, and that both print as something that reads back.

use super::*;
use proptest::prelude::*;

#[test]
fn durations() {
    let check = |text: &str, millis: u64, printed: &str| {
        let period: Period = text.parse().expect(text);
        assert_eq!((period, period.to_string().as_str()), (Period::from_millis(millis), printed), "{text}");
    };
    check("200ms", 200, "200ms");
    check("1000ms", 1_000, "1s");
    check(" 10 s ", 10_000, "10s");
    check("90m", 5_400_000, "90m");
    check("24h", 86_400_000, "1d");
    check("90d", 90 * 86_400_000, "90d");
    check("2W", 14 * 86_400_000, "2w");
    check("0s", 0, "0s");
}

#[test]
fn no_durations() {
    for text in ["", "10", "s", "-5s", "1.5h", "1h30m", "5 minutes", "99999999999999w", "520001w"] {
        assert!(text.parse::<Period>().is_err(), "{text}");
    }
    assert_eq!("0m".parse::<Interval>().expect_err("nothing").to_string(), "an interval must be longer than 0s");
}

#[test]
fn sizes() {
    let check = |text: &str, bytes: u64, printed: &str| {
        let size: Bytes = text.parse().expect(text);
        assert_eq!((size.get(), size.to_string().as_str()), (bytes, printed), "{text}");
    };
    check("64MiB", 64 << 20, "64MiB");
    check("64 mib", 64 << 20, "64MiB");
    check("2048", 2048, "2KiB");
    check("1GB", 1_000_000_000, "1000000000B");
    check("0", 0, "0B");
    for text in ["", "MiB", "1.5GiB", "-1", "64 MegaByte", "99999999TiB"] {
        assert!(text.parse::<Bytes>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(amount in 0..Period::MAX.get().as_millis() as u64) {
        prop_assert_eq!(Period::from_millis(amount).to_string().parse(), Ok(Period::from_millis(amount)));
        prop_assert_eq!(Bytes(amount).to_string().parse(), Ok(Bytes(amount)));
    }
}
