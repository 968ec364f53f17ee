//! Datagrams that are no health messages.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Output, Site, time_us, until};

use crate::{said, unescaped};

/// The largest message that is accepted.
const LARGEST: usize = 60 * 1024;

pub(crate) fn now_us() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    i64::try_from(now.as_micros()).expect("a clock before 292277")
}

fn good() -> String {
    Heartbeat::numbered(1, now_us()).wire()
}

/// A socket, and the address that datagrams from it carry.
fn sender() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("it is bound");
    (socket, address)
}

/// Datagrams that are no health messages, with the reason and words of the explanation.
fn refused() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let time = now_us();
    let message = |cpu: &str, ram: &str, time: i64| {
        format!(
            "{{\"serviceName\": \"a\", \"Timestamp\": {time}, \"CPU\": {cpu}, \"RAM\": {ram}, \
             \"Disk\": {{\"Total\": 1, \"Free\": 1}}}}"
        )
    };
    let ram = "{\"Total\": 16, \"Free\": 8}";
    let day_us = i64::try_from(Duration::from_secs(86_400).as_micros()).expect("it fits");
    let with_cpu = |cpu: &str| message(cpu, ram, time).into_bytes();
    let with_ram = |ram: &str| message("0.5", ram, time).into_bytes();
    let with_time = |time: i64| message("0.5", ram, time).into_bytes();
    let named = |name: &str| message("0.5", ram, time).replace("\"a\"", name).into_bytes();
    let padded = |length: usize| format!("{:length$}", message("0.5", ram, time)).into_bytes();
    let logs = |length: usize| message(&format!("0.5, \"log\": \"{}\"", "x".repeat(length)), ram, time).into_bytes();
    vec![
        (vec![0xff, 0, 27, b'\\', b'\n', 0x80, 0xfe], "not_json", "a message is one JSON object"),
        (Vec::from("hello"), "not_json", "a message is one JSON object"),
        (Vec::new(), "not_json", "a message is one JSON object"),
        (good().into_bytes()[..90].to_vec(), "not_json", "a message is one JSON object"),
        (with_cpu("0.5, \"cpu\": 0.5"), "duplicate_key", "send each key once"),
        (Vec::from("{\"serviceName\": \"a\"}"), "missing_field", "Timestamp is missing"),
        (with_cpu("\"high\""), "wrong_type", "must be a number"),
        (named("\"\""), "bad_service_name", "is empty"),
        (named(&format!("\"{}\"", "n".repeat(129))), "bad_service_name", "is too long"),
        (named("\"two\\nlines\""), "bad_service_name", "control character"),
        (with_cpu("1e999"), "non_finite", "not finite"),
        (with_cpu("-1"), "cpu_negative", "send a share from 0 to 1"),
        (with_cpu("37.2"), "cpu_above_one", "set cpu_unit = \"percent\""),
        (with_ram("{\"Total\": 0, \"Free\": 0}"), "total_not_positive", "RAM.Total 0"),
        (with_ram("{\"Total\": 16, \"Free\": -1}"), "free_negative", "RAM.Free -1"),
        (with_ram("{\"Total\": 16, \"Free\": 17}"), "free_above_total", "RAM.Free 17 is above RAM.Total 16"),
        (with_time(time - 91 * day_us), "too_old", "import older messages from a file"),
        (with_time(time + day_us), "too_far_ahead", "set the sender's clock right"),
        (padded(LARGEST + 1), "too_large", "61440 bytes"),
        (logs(62_000), "too_large", "61440 bytes"),
    ]
}

/// `vitals check` has the collector's own words, without having seen the daemon.
fn check_says_the_same(site: &Site, bytes: &[u8], kept: &Value) {
    if bytes.is_empty() {
        return said(
            Output::fed(&mut site.command(&["check", "-"]), bytes),
            "nothing",
            1,
            &["standard input is empty"],
        );
    }
    let output = Output::fed(&mut site.command(&["check", "-", "--format", "json"]), bytes);
    assert_eq!(output.code, Some(5), "{output:?}");
    let report: Value = serde_json::from_str(&output.stdout).expect("a document");
    let message = &report["messages"][0];
    assert_eq!((&report["rejected"], &message["verdict"]), (&json!(1), &json!("rejected")));
    assert_eq!((&message["reason"], &message["detail"]), (&kept["reason"], &kept["detail"]));
}

#[test]
fn refused_datagrams_are_counted_and_kept_as_they_came() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let (socket, from) = sender();
    let before_us = now_us();
    let refused = refused();
    for (bytes, ..) in &refused {
        socket.send_to(bytes, daemon.udp()).expect("sent");
    }
    let largest = format!("{:LARGEST$}", good());
    for message in [good(), largest] {
        socket.send_to(message.as_bytes(), daemon.udp()).expect("sent");
    }
    let all = refused.len() + 2;
    let status =
        until("all datagrams to be received", 30, || Some(site.status()).filter(|status| status["received"] == all));
    assert_eq!(status["accepted"], 2, "the good ones among them");
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    refused.iter().for_each(|(_, reason, _)| *counts.entry(reason).or_default() += 1);
    assert_eq!(status["rejected"], json!(counts));

    let kept = until("all refusals to be kept", 30, || {
        Some(site.json(&["rejects"])).filter(|kept| kept.as_array().is_some_and(|kept| kept.len() == refused.len()))
    });
    for (kept, (bytes, reason, words)) in kept.as_array().expect("a list").iter().zip(&refused) {
        assert_eq!(kept["reason"], *reason, "{kept:.300}");
        assert_eq!(kept["source"], from.to_string(), "{reason}");
        assert_eq!(unescaped(kept["bytes"].as_str().expect("text")), *bytes, "{reason}");
        assert!(kept["detail"].as_str().expect("text").contains(words), "{reason}: {}", kept["detail"]);
        check_says_the_same(&site, bytes, kept);
        let at_us = time_us(&kept["received_at"]);
        assert!((before_us..=now_us()).contains(&at_us), "{reason}: {}", kept["received_at"]);
    }
    for (reason, count) in counts {
        let of_reason = site.json(&["rejects", "--reason", reason]);
        let of_reason = of_reason.as_array().expect("a list");
        assert_eq!(of_reason.len() as u64, count, "{reason}");
        assert!(of_reason.iter().all(|kept| kept["reason"] == reason), "{reason}");
    }
    drop(daemon);
    assert_eq!(site.json(&["rejects"]), kept, "without a daemon");
}

#[test]
fn limits_that_an_operator_sets_have_reasons_of_their_own() {
    let check = |setting: &str, names: &[&str], reason: &str, accepted: RangeInclusive<u64>| {
        let site = Site::new();
        let daemon = site.serve(&["--set", setting]);
        let (socket, _) = sender();
        for name in names {
            let message = good().replace("service-1", name);
            socket.send_to(message.as_bytes(), daemon.udp()).expect("sent");
        }
        let status = until("all datagrams to be received", 30, || {
            Some(site.status()).filter(|status| status["received"] == names.len())
        });
        assert!(accepted.contains(&status["accepted"].as_u64().expect("a count")), "{setting}: {status}");
        let kept = site.json(&["rejects"]);
        let kept = kept.as_array().expect("a list");
        assert!(!kept.is_empty() && kept.iter().all(|kept| kept["reason"] == reason), "{setting}: {kept:?}");
        let key = setting.split('=').next().unwrap_or_default();
        assert!(kept[0]["detail"].as_str().expect("text").contains(key), "the remedy is named: {kept:?}");
    };
    check("collector.allow=10.0.0.0/8", &["a"], "source_not_allowed", 0..=0);
    check("collector.rate_limit=1", &["a"; 40], "rate_limit", 1..=20);
    check("limits.services=2", &["a", "b", "c", "a", "d"], "too_many_services", 3..=3);
    check("limits.new_names_per_source_hour=2", &["a", "b", "c", "a", "d"], "too_many_new_names", 3..=3);
}
