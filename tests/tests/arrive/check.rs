//! `vitals check` on messages that are accepted; that it agrees with the collector on others is shown with bad input.

use serde_json::{Value, json};
use system_tests::{Output, Site};

const STRANGE: &str = "{\n  \"ServiceName\": \"checkout\",\n  \"Timestamp\": 1795219200000,\n  \"CPU\": 37,\n  \
                       \"RAM\": {\"Total\": 16, \"Free\": 9.2,},\n  \"Disk\": {\"Total\": 512, \"Free\": 310.5},\n  \
                       \"zone\": \"eu-1\",\n}\0\0\0";

fn check(site: &Site, arguments: &[&str], input: &str) -> Output {
    let arguments = [&["check", "-", "--now", "2026-11-21T00:00:01Z", "--set", "cpu_unit=percent"], arguments].concat();
    Output::fed(&mut site.command(&arguments), input.as_bytes())
}

#[test]
fn a_message_is_shown_as_it_would_be_read() {
    let site = Site::new();
    let report: Value = check(&site, &["--format", "json"], STRANGE).json();
    let message = &report["messages"][0];
    let expected = [
        ("verdict", json!("accepted")),
        ("service", json!("checkout")),
        ("time", json!("2026-11-21T00:00:00Z")),
        ("age_s", json!(1.0)),
        ("timestamp_read_as", json!("milliseconds")),
        ("cpu", json!(0.37)),
        ("ram", json!({"total": 16.0, "free": 9.2, "utilization": 0.425})),
        ("extra", json!({"zone": "eu-1"})),
        ("answered", json!(false)),
    ];
    expected.iter().for_each(|(key, value)| assert_eq!(&message[key], value, "{key}"));
    let tolerated = message["tolerated"].to_string();
    for words in ["2 commas before a closing brace", "3 bytes of padding", r#"\"ServiceName\" for \"serviceName\""#] {
        assert!(tolerated.contains(words), "no {words}: {tolerated}");
    }
    let table = check(&site, &[], STRANGE).ok().stdout;
    for words in
        ["accepted\n", "read as milliseconds", "42.5% used, 9.2 of 16 GB free", "not judged", "too_many_services"]
    {
        assert!(table.contains(words), "no {words}: {table}");
    }
    assert!(!site.data().exists(), "it needs no data folder and makes none");
}

#[test]
fn each_of_several_messages_is_judged() {
    let site = Site::new();
    let sound = STRANGE.trim_end_matches('\0');
    let text = format!("{sound}\n{}\n{sound}\n", sound.replace("37", "370"));
    let output = check(&site, &[], &text);
    assert_eq!(output.code, Some(5), "{output:?}");
    for words in
        ["message 2, line 9: rejected as cpu_above_one", "message 3, line 17: accepted", "2 accepted, 1 rejected"]
    {
        assert!(output.stdout.contains(words), "no {words}: {output:?}");
    }
    let array = check(&site, &["--format", "json"], &format!("[{sound},{sound}]")).json();
    assert_eq!(array["accepted"], 2);
    assert!(array["note"].as_str().expect("a note").contains("one by one"), "{array}");
}

#[test]
fn the_list_of_senders_is_judged_where_one_says_from_where() {
    let site = Site::new();
    let allow = ["--format", "json", "--set", "collector.allow=10.0.0.0/8"];
    let unjudged = check(&site, &allow, STRANGE).json();
    assert!(unjudged["not_judged"].to_string().contains("source_not_allowed"), "{unjudged}");
    check(&site, &[&allow[..], &["--source", "10.1.2.3"]].concat(), STRANGE).ok();
    let refused = check(&site, &[&allow[..], &["--source", "192.0.2.1"]].concat(), STRANGE);
    assert_eq!(refused.code, Some(5));
    assert!(refused.stdout.contains("source_not_allowed"), "{refused:?}");
}
