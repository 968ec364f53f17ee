//! Messages over HTTP: the same rules as over UDP, an answer that is on disk, and nothing lost that was answered.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use system_tests::http::{Answered, post};
use system_tests::inputs::Heartbeat;
use system_tests::{ALL_TIME, BY_HAND, Site, assert_same, until};

const PATH: &str = "/api/v1/ingest";
const TOKENS: [(&str, &str); 3] = [
    ("read", "a-token-to-read-with-0123456789abcdef"),
    ("operate", "a-token-to-operate-with-0123456789abcdef"),
    ("ingest", "a-token-to-send-with-0123456789abcdef"),
];

fn now_us() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_micros()).unwrap()
}

fn bearer(name: &str) -> String {
    let (_, token) = TOKENS.into_iter().find(|(known, _)| *known == name).unwrap();
    format!("authorization: Bearer {token}")
}

fn counts(answered: &Answered) -> (u16, [u64; 4]) {
    let body = &answered.body;
    let rejected: u64 = body["reasons"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    let [received, accepted, duplicate] = ["received", "accepted", "duplicate"].map(|key| body[key].as_u64().unwrap());
    (answered.status, [received, accepted, duplicate, rejected])
}

fn packed(program: &str, text: &str) -> Vec<u8> {
    let mut child = Command::new(program).arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    child.wait_with_output().unwrap().stdout
}

#[test]
fn requests_are_taken_by_the_rules_of_datagrams() {
    let site = Site::new();
    let mut tokens = "[tokens]\n".to_owned();
    for (name, token) in TOKENS {
        fs::write(site.path(name), token).unwrap();
        tokens += &format!("{name}_file = {:?}\n", site.path(name));
    }
    fs::create_dir(site.data()).unwrap();
    fs::write(site.data().join("vitals.toml"), tokens).unwrap();
    let settings = ["--set", "limits.ingest_body=64KiB"];
    let daemon = site.serve(&[&BY_HAND[..], &settings].concat());
    let send = |head: &[&str], body: &[u8]| {
        let token = bearer("ingest");
        post(daemon.http(), PATH, &[&[token.as_str()], head].concat(), body).unwrap()
    };
    assert!(!site.data().join("journal/http").exists(), "nothing has come this way yet");

    let sent: Vec<Heartbeat> = (0..60).map(|number| Heartbeat::numbered(number, now_us())).collect();
    let wires: Vec<String> = sent.iter().map(Heartbeat::wire).collect();
    assert_eq!(counts(&send(&[], wires[0].as_bytes())), (200, [1, 1, 0, 0]));
    let array = format!("[{}]", wires[1..20].join(","));
    assert_eq!(counts(&send(&["content-type: application/json"], array.as_bytes())), (200, [19, 19, 0, 0]));
    let percent = wires[0].replacen("\"CPU\": ", "\"CPU\": 37", 1);
    let lines = format!("{}{percent}no message\n{}", wires[20..30].concat(), wires[30..40].concat());
    let partly = send(&["content-type: application/x-ndjson"], lines.as_bytes());
    assert_eq!(counts(&partly), (200, [22, 20, 0, 2]));
    assert_eq!(partly.body["rejected"][0]["index"], 10);
    assert_eq!(partly.body["rejected"][0]["reason"], "cpu_above_one");
    assert!(partly.body["rejected"][0]["message"].as_str().unwrap().contains("cpu_unit"), "{}", partly.body);
    let gzip = [packed("gzip", &wires[40..44].concat()), packed("gzip", &wires[44..50].concat())].concat();
    assert_eq!(counts(&send(&["content-encoding: gzip"], &gzip)), (200, [10, 10, 0, 0]));
    assert_eq!(counts(&send(&[], wires[50..].concat().as_bytes())), (200, [10, 10, 0, 0]));

    let refused = |answered: &Answered, status: u16, code: &str, words: &str| {
        let message = answered.body["error"]["message"].as_str().unwrap();
        assert_eq!((answered.status, answered.body["error"]["code"].as_str()), (status, Some(code)), "{message}");
        assert!(message.contains(words), "{message}");
    };
    let all = send(&[], percent.as_bytes());
    assert_eq!(counts(&all), (422, [1, 0, 0, 1]));
    refused(&all, 422, "rejected", "cpu_above_one: CPU 37");
    refused(&send(&[], b"a,1,0.5,16,8,512,256"), 400, "bad_request", "begins with \"a,1,0.5");
    refused(&send(&[], b""), 400, "bad_request", "is empty");
    refused(&send(&["content-encoding: gzip"], b"no gzip"), 400, "bad_request", "cannot be read");
    refused(&send(&["content-encoding: gzip"], &[&gzip[..], b"more"].concat()), 400, "bad_request", "nothing of it");
    refused(&send(&["content-encoding: rot13"], b"{}"), 415, "unsupported_media_type", "gzip, zstd");
    refused(&send(&[], &vec![b' '; 65 << 10]), 413, "too_large", "limits.ingest_body");
    let bomb = packed("gzip", &" ".repeat(10 << 20));
    refused(&send(&["content-encoding: gzip"], &bomb), 413, "too_large", "limits.ingest_body");
    let with = |name: &str| post(daemon.http(), PATH, &[&bearer(name)], b"[]").unwrap();
    refused(&post(daemon.http(), PATH, &[], b"[]").unwrap(), 401, "unauthorized", "a token is wanted");
    refused(&with("read"), 403, "forbidden", "wants the ingest token");
    assert_eq!(counts(&with("operate")), (200, [0; 4]));
    let query = "/api/v1/jobs/batch/run";
    refused(&post(daemon.http(), query, &[&bearer("ingest")], b"").unwrap(), 403, "forbidden", "only send messages");

    let expected = Heartbeat::expect(&sent, &site.path("expected"));
    assert_same(&site.query(&[]).rows, &expected.rows(), "in the realtime views");
    let status = site.status();
    assert_eq!((&status["received"], &status["accepted"]), (&json!(63), &json!(60)), "{status}");
    let ledger = site.json(&[&["ledger"], &ALL_TIME[..]].concat());
    let of_http: Vec<&Value> = ledger.as_array().unwrap().iter().filter(|line| line["source"] == "http").collect();
    let sum = |key: &str| of_http.iter().filter_map(|line| line[key].as_u64()).sum::<u64>();
    assert_eq!((sum("received"), sum("accepted")), (63, 60), "{ledger}");
    site.batch();
    assert_same(&site.query(&["--layer", "batch"]).rows, &expected.rows(), "a batch closes the segment");
    site.verify(60);

    daemon.kill();
    let _again = site.serve(&BY_HAND);
    let report = site.run(&["status", "--recovery"]).ok().stdout;
    assert!(report.contains("http:"), "{report}");
    let copy = site.path("copy").display().to_string();
    site.run(&["backup", &copy]).ok();
    assert!(site.path("copy/journal/http/ENDED").exists());
    assert_same(&site.query(&[]).rows, &expected.rows(), "after a kill");
}

/// Posts small requests, each of messages with names of their own, until nobody answers; the names that were answered.
fn post_until_the_end(http: SocketAddr, sender: usize, answered: &AtomicUsize) -> Vec<String> {
    let mut names = Vec::new();
    for request in 0.. {
        let services: Vec<String> = (0..5).map(|at| format!("s{sender}-{request}-{at}")).collect();
        let wire = |name: &String| Heartbeat { service: name.clone(), ..Heartbeat::numbered(1, now_us()) }.wire();
        let body: String = services.iter().map(wire).collect();
        match post(http, PATH, &[], body.as_bytes()) {
            Ok(told) => assert_eq!(counts(&told), (200, [5, 5, 0, 0])),
            Err(_) => break,
        }
        names.extend(services);
        answered.fetch_add(1, Ordering::Relaxed);
    }
    names
}

#[test]
fn what_was_answered_survives_a_kill() {
    let site = Site::new();
    let mut names: Vec<String> = Vec::new();
    for round in 0..2 {
        let daemon = site.serve(&[&BY_HAND[..], &["--set", "journal.segment_age=200ms"]].concat());
        let (http, answered) = (daemon.http(), &AtomicUsize::new(0));
        thread::scope(|scope| {
            let senders: Vec<_> = (0..6)
                .map(|sender| scope.spawn(move || post_until_the_end(http, 10 * round + sender, answered)))
                .collect();
            until("requests", 60, || (answered.load(Ordering::Relaxed) > 150).then_some(()));
            daemon.kill();
            names.extend(senders.into_iter().flat_map(|sender| sender.join().unwrap()));
        });
    }
    let _daemon = site.serve(&BY_HAND);
    let services = site.json(&["services"]);
    let services: BTreeMap<&str, u64> = services
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["service"].as_str().unwrap(), line["count"].as_u64().unwrap()))
        .collect();
    assert!(names.len() >= 1_500 && services.values().all(|count| *count == 1), "each once");
    let lost: Vec<&String> = names.iter().filter(|name| !services.contains_key(name.as_str())).collect();
    assert!(lost.is_empty(), "{} of {} are lost, such as {:?}", lost.len(), names.len(), lost[0]);
    let answer = site.query(&[]);
    assert_eq!(answer.coverage("accepted"), Some(answer.total()), "messages and counts are kept together");
    let spans = site.json(&[&["ledger"], &ALL_TIME[..]].concat());
    let unknown = spans.as_array().unwrap().iter().filter(|line| line["kind"] == "gap" && line["source"] == "http");
    assert_eq!(unknown.count(), 0, "what was not answered is known to who sent it");
    site.batch();
    site.verify(answer.total());
}
