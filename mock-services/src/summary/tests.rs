//! The summary is checked against numbers worked out by hand.

use serde_json::{Value, json};

use super::*;
use crate::flaw::Flaw;
use crate::fleet::{Capacity, Reading};

#[test]
fn billionths_round_half_to_even() {
    for (share, expect) in [
        (0.0, 0),
        (1.0, 1_000_000_000),
        (0.371, 371_000_000),
        (0.5 / 1e9, 0),
        (1.5 / 1e9, 2),
        (2.5 / 1e9, 2),
        (3.5 / 1e9, 4),
        (2.500_000_1 / 1e9, 3),
        (2.499_999_9 / 1e9, 2),
        // Exact in binary, so that the product ends on a half exactly: 1/1024 is 976562.5 billionths.
        (1.0 / 1024.0, 976_562),
        (3.0 / 1024.0, 2_929_688),
        (1.0 / 3.0, 333_333_333),
        (2.0 / 3.0, 666_666_667),
    ] {
        assert_eq!(billionths(share), expect, "{share:e}");
    }
}

fn valid(service: usize, time_us: i64, cpu: f64) -> Datagram {
    let reading = Reading { cpu, ram: Capacity { total: 16.0, free: 4.0 }, disk: Capacity { total: 3.0, free: 2.0 } };
    let content = Content::Valid(Heartbeat { service, time_us, reading, instance: None });
    Datagram { service, bytes: vec![0; 100], content, copy: false, late: false, held: false }
}

fn line(summary: &Summary) -> Value {
    serde_json::from_str(&summary.to_json().unwrap()).unwrap()
}

#[test]
fn counts_add_up() {
    let mut summary = Summary::new(9, 2);
    summary.record(&valid(0, 1_000_000, 0.25));
    summary.record(&Datagram { copy: true, ..valid(0, 1_000_000, 0.25) });
    summary.record(&Datagram { late: true, ..valid(1, 500_000, 0.25) });
    summary.record(&Datagram { held: true, ..valid(1, 2_000_000, 0.25) });
    summary.record(&Datagram { content: Content::Malformed(Flaw::Garbage), ..valid(1, 0, 0.0) });
    summary.record_error();
    summary.set_elapsed(Duration::from_millis(500));
    let mut line = line(&summary);
    line.as_object_mut().unwrap().remove("services");
    let expect = json!({
        "sent": 5, "bytes": 500, "valid": 4, "malformed": 1, "duplicated": 1, "reordered": 1, "late": 1,
        "send_errors": 1, "elapsed_s": 0.5, "rate": 10.0, "seed": 9, "malformed_by_flaw": {"garbage": 1},
        "first_time": "1970-01-01T00:00:00.500000Z", "last_time": "1970-01-01T00:00:02.000000Z",
    });
    assert_eq!(line, expect);
}

#[test]
fn a_service_has_its_sums_and_the_earliest_of_equal_peaks() {
    let mut summary = Summary::new(9, 1);
    for (time_us, cpu) in [(3_000_000, 0.75), (1_000_000, 0.5), (2_000_000, 0.75), (4_000_000, 0.0)] {
        summary.record(&valid(0, time_us, cpu));
    }
    let expect = json!({
        "sent": 4, "first_time": "1970-01-01T00:00:01.000000Z", "last_time": "1970-01-01T00:00:04.000000Z",
        "cpu": {"min": 0.0, "max": 0.75, "mean": 0.5, "sum_billionths": 2_000_000_000_u64,
            "max_at": "1970-01-01T00:00:02.000000Z"},
        "ram": {"min": 0.75, "max": 0.75, "mean": 0.75, "sum_billionths": 3_000_000_000_u64,
            "max_at": "1970-01-01T00:00:01.000000Z"},
        "disk": {"min": 1.0 / 3.0, "max": 1.0 / 3.0, "mean": 1.0 / 3.0, "sum_billionths": 1_333_333_332_u64,
            "max_at": "1970-01-01T00:00:01.000000Z"},
    });
    assert_eq!(line(&summary)["services"]["service-1"], expect);
}

#[test]
fn who_sent_nothing_is_listed_with_nothing() {
    let text = Summary::new(7, 11).to_json().unwrap();
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["services"]["service-11"]["cpu"]["max"], Value::Null);
    assert_eq!((&line["first_time"], &line["rate"]), (&Value::Null, &json!(0.0)));
    let position = |name: &str| text.find(&format!("\"{name}\"")).unwrap();
    assert!(position("service-2") < position("service-10"), "in the order of numbers");
    assert!(!text.contains('\n'));
}
