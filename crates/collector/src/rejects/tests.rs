//! The record as its readers see it: bounded, in order, whole lines only.

use super::*;
use crate::settings::RejectLimits;

fn rejected(second: i64, reason: Reason, bytes: &[u8]) -> Rejected {
    Rejected {
        reason,
        received_at: Time::from_micros(1_795_219_200_000_000 + second * 1_000_000),
        source: "192.0.2.1:4000".to_owned(),
        detail: "why".to_owned(),
        bytes: bytes.to_vec(),
        columns: None,
    }
}

fn keep(rejects: &Rejects, rejected: Rejected) {
    rejects.keep(rejected.reason, rejected.received_at, || rejected);
}

const LIMITS: RejectLimits = RejectLimits { per_reason_minute: 2, file_bytes: 1 << 20, files: 3 };

#[test]
fn what_is_kept_is_read_back_newest_last() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(read(&temp.path().join("none"), None, 10).expect("reads"), []);
    let written = [
        rejected(0, Reason::NotJson, b"\xff\x00\n{\\"),
        rejected(1, Reason::TooOld, b""),
        rejected(2, Reason::NotJson, b"{\"a\": 1}"),
    ];
    // two writers, so the order of files is not that of times
    let other = Rejects::new(temp.path(), "import-1", LIMITS);
    keep(&other, written[2].clone());
    let rejects = Rejects::new(temp.path(), "collector", LIMITS);
    keep(&rejects, written[0].clone());
    keep(&rejects, written[1].clone());
    assert_eq!(read(temp.path(), None, 10).expect("reads"), written);
    assert_eq!(read(temp.path(), None, 2).expect("reads"), written[1..]);
    assert_eq!(read(temp.path(), Some(Reason::TooOld), 10).expect("reads"), written[1..2]);
    assert_eq!(read(temp.path(), Some(Reason::NotJson), 1).expect("reads"), written[2..]);
}

#[test]
fn each_reason_has_its_share_of_a_minute() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let rejects = Rejects::new(temp.path(), "collector", LIMITS);
    for second in 0..70 {
        keep(&rejects, rejected(second, Reason::NotJson, b"x"));
        keep(&rejects, rejected(second, Reason::TooOld, b"y"));
    }
    let seconds = |reason| {
        let kept = read(temp.path(), Some(reason), 100).expect("reads");
        kept.iter().map(|kept| kept.received_at.as_micros() / 1_000_000 - 1_795_219_200).collect::<Vec<_>>()
    };
    assert_eq!(seconds(Reason::NotJson), [0, 1, 60, 61]);
    assert_eq!(seconds(Reason::TooOld), [0, 1, 60, 61]);
}

#[test]
fn torn_and_newer_lines_cost_themselves_only() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    keep(&Rejects::new(temp.path(), "collector", LIMITS), rejected(0, Reason::NotJson, b"first"));
    let (_, path) = files(temp.path()).expect("lists").remove(0);
    let mut text = fs::read(&path).expect("reads");
    text.extend(b"\n{\"v\":2,\"reason\":\"not_json\"}\n\n{\"v\":1,\"reason\":\"not_js");
    fs::write(&path, text).expect("writes");
    keep(&Rejects::new(temp.path(), "collector", LIMITS), rejected(1, Reason::NotJson, b"second"));
    let kept = read(temp.path(), None, 10).expect("reads");
    assert_eq!(kept.iter().map(|kept| kept.bytes.as_slice()).collect::<Vec<_>>(), [&b"first"[..], b"second"]);
}

#[test]
fn files_are_bounded_in_size_and_number() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let limits = RejectLimits { per_reason_minute: 1000, file_bytes: 1000, files: 3 };
    let rejects = Rejects::new(temp.path(), "collector", limits);
    let other = Rejects::new(temp.path(), "http", limits);
    for second in 0..100 {
        keep(&rejects, rejected(second, Reason::NotJson, &[b'x'; 100]));
        if second % 40 == 0 {
            keep(&other, rejected(second, Reason::TooOld, b"rare"));
        }
    }
    let files = files(temp.path()).expect("lists");
    assert_eq!(files.len(), 3);
    for (_, path) in files {
        assert!(fs::metadata(&path).expect("exists").len() < 1000 + 400, "{}", path.display());
    }
    let newest = read(temp.path(), Some(Reason::NotJson), 1).expect("reads").remove(0);
    assert_eq!(newest.received_at, rejected(99, Reason::NotJson, b"").received_at);
    keep(&other, rejected(100, Reason::TooOld, b"its file was removed"));
    assert!(read(temp.path(), Some(Reason::TooOld), 1).expect("reads")[0].bytes.starts_with(b"its"));
}

#[test]
fn a_record_that_cannot_be_written_is_left_out() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    let path = temp.path().join("a file");
    fs::write(&path, b"").expect("writes");
    keep(&Rejects::new(&path, "collector", LIMITS), rejected(0, Reason::NotJson, b"x"));
    assert_eq!(fs::read(&path).expect("reads"), b"");
}
