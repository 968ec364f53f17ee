//! Every shape that real senders use is accepted as the same message; everything else has its own reason.

use super::*;
use crate::Reason;
use proptest::prelude::*;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

fn received() -> Time {
    "2026-11-21T00:05:00Z".parse().expect("a time")
}

fn rules() -> Rules {
    Rules { cpu_unit: CpuUnit::Fraction, past: Some(90 * DAY), ahead: Some(Duration::from_secs(600)) }
}

fn accept(text: &str) -> (String, Time, [f64; 5]) {
    accept_bytes(text.as_bytes())
}

fn accept_bytes(text: &[u8]) -> (String, Time, [f64; 5]) {
    let mut decoder = Decoder::new(rules());
    let message = decoder.decode(text, received()).unwrap_or_else(|reject| panic!("{reject}"));
    let numbers = [message.cpu, message.ram_total, message.ram_free, message.disk_total, message.disk_free];
    (message.service.to_owned(), message.time, numbers)
}

fn reject(text: &str) -> Reject {
    Decoder::new(rules()).decode(text.as_bytes(), received()).expect_err(text)
}

const HOUSE: &str = r#"{"serviceName": "checkout", "Timestamp": 1795219200000000000, "CPU": 0.37, "RAM": {"Total": 16, "Free": 9.2}, "Disk": {"Total": 512, "Free": 310.5}}"#;

#[test]
fn one_message_in_every_shape() {
    let expect = accept(HOUSE);
    assert_eq!(expect.0, "checkout");
    assert_eq!(expect.1.to_string(), "2026-11-21T00:00:00Z");
    assert_eq!(expect.2, [0.37, 16.0, 9.2, 512.0, 310.5]);
    let with_time = |time: &str| HOUSE.replace("1795219200000000000", time);
    let pretty = "{\n  \"ServiceName\": \"checkout\",\n  \"TimeStamp\": 1795219200000000000,\n  \"CPU\": 0.37,\n  \"RAM\": {\n    \"Total\": 16,\n    \"Free\": 9.2,\n  },\n  \"Disk\": {\n    \"Total\": 512,\n    \"Free\": 310.5\n  },\n}\n";
    let shapes = [
        HOUSE.to_uppercase().replace("CHECKOUT", "checkout"),
        pretty.to_owned(),
        format!("{HOUSE}{}", " ".repeat(60)),
        format!("{HOUSE}\0\0\0"),
        HOUSE.replace("}}", ",}}").replace("9.2}", "9.2 , }"),
        HOUSE.replace('{', "{\"extra,}\": [1,{\"a\":null}],"),
        HOUSE.replace("checkout", "check\\u006fut"),
        with_time("1795219200"),
        with_time("1795219200.0"),
        with_time("1795219200000"),
        with_time("1795219200000000"),
        with_time("1795219200000000999"),
        with_time("1.7952192e18"),
        with_time("1795219200000000100.0"),
        with_time("\"2026-11-21T01:00:00+01:00\""),
        with_time("\"2026-11-21T00:00:00.000000Z\""),
    ];
    for shape in shapes {
        assert_eq!(accept(&shape), expect, "{shape}");
    }
}

#[test]
fn optional_keys_are_kept() {
    let text = HOUSE
        .replace("{\"service", r#"{"Instance":"a-1","sender":"s","seq":7,"Zone":{"x":[1.50,"}"]},"n":1e3,"service"#)
        .replace("9.2}", "9.2, \"Cached\": 2.50}");
    let mut decoder = Decoder::new(rules());
    let message = decoder.decode(text.as_bytes(), received()).expect("accepted");
    assert_eq!((message.instance, message.sender, message.sequence), (Some("a-1"), Some("s"), Some(7)));
    assert_eq!(message.extra, Some(r#"{"Zone":{"x":[1.50,"}"]},"n":1e3,"RAM":{"Cached":2.50}}"#));
    let message = decoder.decode(HOUSE.as_bytes(), received()).expect("accepted");
    assert_eq!((message.instance, message.extra), (None, None));
}

#[test]
fn who_asks_for_an_answer_has_a_name() {
    let asked = |ack: &str| HOUSE.replace("{\"service", &format!("{{{ack},\"note\":1,\"service"));
    let check = |ack: &str, expect: Option<(&str, i64)>| {
        let (text, mut decoder) = (asked(ack), Decoder::new(rules()));
        let message = decoder.decode(text.as_bytes(), received()).unwrap_or_else(|reject| panic!("{text}: {reject}"));
        assert_eq!(message.asks(), expect, "{text}");
        assert_eq!(message.extra, Some(if expect.is_some() { r#"{"ack":true,"note":1}"# } else { r#"{"note":1}"# }));
        assert_eq!(refused_asks(text.as_bytes()), expect.map(|(sender, sequence)| (sender.to_owned(), sequence)));
    };
    check(r#""ack":true,"sender":"s","seq":0"#, Some(("s", 0)));
    check(r#""SEQ":9223372036854775807,"Sender":"\u0073","Ack": true "#, Some(("s", i64::MAX)));
    check(r#""ack":false,"sender":"s","seq":7"#, None);
    check(r#""ack":null,"sender":"s","seq":7"#, None);
    check(r#""ack":false"#, None);
    for nameless in
        [r#""ack":true"#, r#""ack":true,"seq":7"#, r#""ack":true,"sender":"s""#, r#""ack":true,"seq":7,"sender":null"#]
    {
        let text = asked(nameless);
        assert_eq!(reject(&text).reason(), Reason::MissingField, "{text}");
        assert_eq!(refused_asks(text.as_bytes()), None);
    }
    assert_eq!(
        reject(&asked(r#""ack":true,"seq":7"#)).to_string(),
        "the message asks for an answer without a sender; send ack, sender and seq, or none of them"
    );
    assert_eq!(reject(&asked(r#""ack":"true","sender":"s","seq":7"#)).reason(), Reason::WrongType);
}

#[test]
fn whose_a_refused_message_is_can_often_be_made_out() {
    let text = HOUSE.replace("0.37", "37, \"ack\": true, \"sender\": \"s\", \"seq\": 7");
    let named = Some(("s".to_owned(), 7));
    let check = |from: &str, to: &str, expect: &Option<(String, i64)>| {
        let text = text.replace(from, to);
        reject(&text);
        assert_eq!(&refused_asks(text.as_bytes()), expect, "{text}");
    };
    check("37", "37", &named);
    check("\"Disk\"", "\"RAM\"", &named);
    check("310.5}}", "310.5,},} \0", &named);
    check("310.5}}", "310.5}", &None);
    check("\"seq\": 7", "\"seq\": 7, \"SEQ\": 7", &None);
    check("true", "1", &None);
    check("\"s\"", "\"\"", &None);
}

#[test]
fn each_fault_has_its_reason() {
    let check = |from: &str, to: &str, expect: Reason| {
        let text = HOUSE.replace(from, to);
        assert_ne!(text, HOUSE, "{from}");
        assert_eq!(reject(&text).reason(), expect, "{text}");
    };
    check("{\"service", "\"service", Reason::NotJson);
    check("310.5}}", "310.5}", Reason::NotJson);
    check("310.5}}", "310.5}} x", Reason::NotJson);
    check("0.37", "0.37,,", Reason::NotJson);
    check("{\"service", "{\"cpu\": 0.1, \"service", Reason::DuplicateKey);
    check("{\"service", "{\"a\": 1, \"a\": 2, \"service", Reason::DuplicateKey);
    check("\"Free\": 9.2", "\"Free\": 9.2, \"free\": 9", Reason::DuplicateKey);
    check("serviceName", "name", Reason::MissingField);
    check("\"Free\": 9.2", "\"Used\": 9.2", Reason::MissingField);
    check("\"checkout\"", "7", Reason::WrongType);
    check("0.37", "\"0.37\"", Reason::WrongType);
    check("0.37", "null", Reason::WrongType);
    check("{\"Total\": 16, \"Free\": 9.2}", "[16, 9.2]", Reason::WrongType);
    check("1795219200000000000", "\"yesterday\"", Reason::WrongType);
    check("{\"service", "{\"seq\": -1, \"service", Reason::WrongType);
    check("checkout", "", Reason::BadServiceName);
    check("checkout", "a\\nb", Reason::BadServiceName);
    check("checkout", &"x".repeat(129), Reason::BadServiceName);
    check("{\"service", "{\"instance\": \"\", \"service", Reason::BadServiceName);
    check("0.37", "NaN", Reason::NonFinite);
    check("9.2", "-Infinity", Reason::NonFinite);
    check("0.37", "1e999", Reason::NonFinite);
    check("0.37", "-1", Reason::CpuNegative);
    check("0.37", "37.2", Reason::CpuAboveOne);
    check("\"Total\": 16", "\"Total\": 0", Reason::TotalNotPositive);
    check("9.2", "-0.5", Reason::FreeNegative);
    check("310.5", "512.5", Reason::FreeAboveTotal);
    check("1795219200000000000", "1700000000", Reason::TooOld);
    check("1795219200000000000", "-1e300", Reason::TooOld);
    check("1795219200000000000", "1895219200", Reason::TooFarAhead);
    check("1795219200000000000", "18446744073709551615", Reason::TooFarAhead);
    check("checkout", &"x".repeat(MESSAGE_BYTES_MAX), Reason::TooLarge);
    assert_eq!(reject("[1]").reason(), Reason::WrongType);
    assert_eq!(reject("").reason(), Reason::NotJson);
}

#[test]
fn the_message_says_what_to_do() {
    assert_eq!(
        reject(&HOUSE.replace("0.37", "37.2")).to_string(),
        "CPU 37.2 is above 1; if this fleet sends percent, set cpu_unit = \"percent\""
    );
    assert_eq!(reject(&HOUSE.replace("\"CPU\": 0.37, ", "")).to_string(), "field CPU is missing");
}

#[test]
fn a_fleet_that_sends_percent() {
    let mut decoder = Decoder::new(Rules { cpu_unit: CpuUnit::Percent, ..rules() });
    let percent = HOUSE.replace("0.37", "37");
    assert_eq!(decoder.decode(percent.as_bytes(), received()).expect("accepted").cpu, 0.37);
    let above = HOUSE.replace("0.37", "100.5");
    assert_eq!(decoder.decode(above.as_bytes(), received()).expect_err("above").reason(), Reason::CpuAboveOne);
}

#[test]
fn invalid_utf8_is_no_json() {
    let bytes = HOUSE
        .replace("checkout", "\u{1}")
        .into_bytes()
        .iter()
        .map(|b| if *b == 1 { 0xff } else { *b })
        .collect::<Vec<_>>();
    let reject = Decoder::new(rules()).decode(&bytes, received()).expect_err("invalid");
    assert_eq!(reject.reason(), Reason::NotJson);
}

#[test]
fn import_takes_any_age() {
    let mut decoder = Decoder::new(Rules { past: None, ..rules() });
    let old = HOUSE.replace("1795219200000000000", "\"1999-12-31T23:59:59Z\"");
    let message = decoder.decode(old.as_bytes(), received()).expect("accepted");
    assert_eq!(message.time.to_string(), "1999-12-31T23:59:59Z");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Decoder::new(rules()).decode(&bytes, received());
        let _ = refused_asks(&bytes);
    }

    #[test]
    fn no_edit_of_a_message_makes_it_panic(at in 0usize..HOUSE.len(), byte in any::<u8>(), cut in 0usize..HOUSE.len()) {
        let mut bytes = HOUSE.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = Decoder::new(rules()).decode(&bytes, received());
        let _ = Decoder::new(rules()).decode(&bytes[..cut], received());
    }

    #[test]
    fn numbers_arrive_bit_for_bit(cpu in 0.0f64..=1.0, total in 0.001f64..1e6) {
        let text = format!(
            "{{\"serviceName\":\"a\",\"Timestamp\":1795219200,\"CPU\":{cpu},\"RAM\":{{\"Total\":16,\"Free\":9}},\"Disk\":{{\"Total\":{total},\"Free\":0.0001}}}}"
        );
        let (_, _, numbers) = accept(&text);
        prop_assert_eq!((numbers[0].to_bits(), numbers[3].to_bits()), (cpu.to_bits(), total.to_bits()));
    }
}
