//! The ordinary share of torture: thirty kills, thirty power cuts and some failing calls;
//! `cargo xtask torture` plays as many as one likes. See `tests/src/torture.rs`.

use system_tests::torture::{Kind, Options, Report, run};

/// The same every time: a run that finds something names the round that shows it again.
const SEED: u64 = 3;

#[test]
fn killed_at_any_call() {
    check(Kind::Kill, 30);
}

#[test]
fn power_cut_at_any_call() {
    // three cuts in each life
    let report = check(Kind::Image, 10);
    assert_eq!(report.images, 30);
}

#[test]
fn calls_that_fail() {
    check(Kind::Fault, 8);
}

fn check(kind: Kind, rounds: u64) -> Report {
    let report = run(&Options { seed: SEED, first: 0, rounds, jobs: 2, kinds: vec![kind] });
    eprintln!("{report}");
    assert!(report.failures.is_empty(), "{} of {rounds} rounds failed, see above", report.failures.len());
    assert!(report.messages > 0 && report.answered > 0, "nothing was checked");
    report
}
