//! Segments that are not sealed yet: what is lost is in every answer's coverage, and the rest is in the answer.

use std::fs;
use std::path::PathBuf;

use system_tests::Expected;

use crate::{Harm, Rest, damaged, files};

/// The newest segment that holds messages, and whether its writer stopped in order.
fn unsealed(rest: &Rest) -> PathBuf {
    let segments = files(&rest.file("journal/collector"), ".seg");
    segments.into_iter().rfind(|path| fs::metadata(path).unwrap().len() > 1_000).expect("a segment with messages")
}

/// What a harm may cost, told as it has to be.
fn costs(harm: Harm, kept: impl Fn(u64) -> bool) {
    let rest = Rest::new();
    let path = unsealed(&rest);
    harm.to(&path, &rest.site);
    let what = format!("{harm:?} to {}", path.display());
    let check = |rows: u64, damage: &[String], unknown: Option<u64>| {
        assert!((1_200..=1_600).contains(&rows) && kept(rows - 1_200), "{what}: {rows} rows");
        let told = !damage.is_empty() || unknown.is_some_and(|minutes| minutes > 0);
        let must_tell = rows < 1_600 || matches!(harm, Harm::Flip(_));
        assert!(told || !must_tell, "{what}: {rows} rows, and not a word");
    };
    let answer = rest.site.query(&[]);
    check(answer.total(), &damaged(&answer), answer.coverage("unknown_minutes"));
    let (daemon, answer) = rest.answer(&what);
    check(answer.total(), &damaged(&answer), answer.coverage("unknown_minutes"));
    rest.site.batch();
    let after = rest.site.query(&[]);
    assert_eq!((after.total(), damaged(&after)), (answer.total(), damaged(&answer)), "{what}: after a batch");
    rest.site.verify(after.total());
    drop(daemon);
}

#[test]
fn one_bit_of_a_header_costs_nothing() {
    let rest = Rest::new();
    let path = unsealed(&rest);
    let mut bytes = fs::read(&path).unwrap();
    bytes[30] ^= 8;
    fs::write(&path, bytes).unwrap();
    rest.survives("a flipped bit in a segment's header");
}

#[test]
fn a_lost_header_costs_no_message() {
    let rest = Rest::new();
    let path = unsealed(&rest);
    let mut bytes = fs::read(&path).unwrap();
    bytes[..64].fill(0xAA);
    fs::write(&path, bytes).unwrap();
    let (_daemon, answer) = rest.answer("a lost header");
    system_tests::assert_same(&answer.rows, &rest.expected.rows(), "a lost header");
    assert_eq!(damaged(&answer).len(), 1, "{}", answer.document["coverage"]);
}

#[test]
fn frames_that_rot() {
    for at in [5, 300, 600, 990] {
        costs(Harm::Flip(at), |kept| kept <= 400);
    }
}

#[test]
fn a_segment_that_is_cut_short() {
    for at in [100, 500, 950] {
        costs(Harm::Cut(at), |kept| kept < 400);
    }
}

#[test]
fn a_segment_that_is_empty_gone_or_something_else() {
    for harm in [Harm::Empty, Harm::Delete, Harm::Garbage] {
        costs(harm, |kept| kept == 0);
    }
}

/// The writer's newest file is all that a killed daemon leaves; nothing else tells how far it had come.
#[test]
fn the_only_file_of_a_journal() {
    for harm in [Harm::Empty, Harm::Delete, Harm::Flip(0), Harm::Cut(700)] {
        let rest = Rest::new();
        let daemon = rest.survives("nothing");
        rest.site.batch();
        let sent = rest.site.fleet(daemon.udp(), "--count 300 --rate 8000 --seed 77").finish();
        rest.site.await_accepted(sent.count());
        daemon.kill();
        let segments = files(&rest.file("journal/collector"), ".seg");
        segments.iter().for_each(|path| harm.to(path, &rest.site));
        let (_daemon, answer) = rest.answer(&format!("{harm:?} to all of {segments:?}"));
        let mut expected: Expected = rest.expected.clone();
        expected.add(&sent.expected);
        assert!((1_600..=expected.count()).contains(&answer.total()), "{harm:?}: {}", answer.total());
        assert!(answer.coverage("unknown_minutes") >= Some(1), "{harm:?}: {}", answer.document["coverage"]);
        rest.site.batch();
        assert_eq!(rest.site.query(&[]).total(), answer.total(), "{harm:?}: after a batch");
        rest.site.verify(answer.total());
    }
}
