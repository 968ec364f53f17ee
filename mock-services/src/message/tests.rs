//! Every shape must say the same numbers: each is read back with an ordinary JSON parser after undoing by hand
//! what makes it a shape of its own.

use serde_json::Value;

use super::*;

const TIME_US: i64 = 1_795_219_200_123_456;

fn heartbeat(shape: Shape) -> Heartbeat {
    let ram = Capacity { total: 16.0, free: 9.203_511_296 };
    let disk = Capacity { total: 512.0, free: 310.505_000_96 };
    let instance = (shape == Shape::Instance).then(|| "service-3-a".to_owned());
    Heartbeat { service: 2, time_us: shape.cut(TIME_US), reading: Reading { cpu: 0.371, ram, disk }, instance }
}

/// Takes away padding, and commas before closing braces outside of texts.
fn tidy(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap().trim_end_matches([' ', '\0', '\n']);
    let mut tidy = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        if letter == '}' && !quoted {
            tidy.truncate(tidy.trim_end().trim_end_matches(',').len());
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        tidy.push(letter);
    }
    tidy
}

fn with_lower_keys(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(key, value)| (key.to_lowercase(), with_lower_keys(value))).collect()
        }
        other => other,
    }
}

/// Microseconds of a time in any way of writing, told apart by magnitude.
fn micros(stamp: &Value) -> i64 {
    match stamp {
        Value::String(text) => DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros(),
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            let per_micro = [(1e11, 1e-6), (1e14, 1e-3), (1e17, 1.0), (f64::MAX, 1e3)];
            (number / per_micro.into_iter().find(|(below, _)| number < *below).unwrap().1).round() as i64
        }
        other => panic!("no time: {other}"),
    }
}

#[test]
fn every_shape_says_the_same_numbers() {
    for shape in Shape::value_variants() {
        let beat = heartbeat(*shape);
        let datagram = shape.datagram("service-3", &beat);
        let value: Value = serde_json::from_str(&tidy(&datagram)).unwrap_or_else(|e| panic!("{shape:?}: {e}"));
        let value = with_lower_keys(value);
        assert_eq!(value["servicename"], "service-3", "{shape:?}");
        assert_eq!(micros(&value["timestamp"]), beat.time_us, "{shape:?}");
        assert_eq!(value["cpu"].as_f64(), Some(0.371), "{shape:?}");
        for (key, capacity) in [("ram", beat.reading.ram), ("disk", beat.reading.disk)] {
            assert_eq!(value[key]["total"].as_f64(), Some(capacity.total), "{shape:?}");
            assert_eq!(value[key]["free"].as_f64(), Some(capacity.free), "{shape:?}");
        }
        assert_eq!(value.get("instance").and_then(Value::as_str), beat.instance.as_deref(), "{shape:?}");
        assert!(datagram.len() < 400, "{shape:?} is {} bytes", datagram.len());
    }
}

#[test]
fn shapes_are_written_as_the_senders_write_them() {
    let exactly = r#"{"serviceName": "service-3", "Timestamp": 1795219200123456000, "CPU": 0.371, "RAM": {"Total": 16, "Free": 9.203511296}, "Disk": {"Total": 512, "Free": 310.50500096}}"#;
    let check = |shape: Shape, contains: &str| {
        let text = String::from_utf8(shape.datagram("service-3", &heartbeat(shape))).unwrap();
        assert!(text.contains(contains), "{shape:?}: {text}");
    };
    check(Shape::Plain, exactly);
    check(Shape::Pretty, "\n    \"Timestamp\": 1795219200123456000,\n");
    check(Shape::Pretty, "    },\n}\n");
    check(Shape::TrailingComma, "296, },\"Disk\"");
    check(Shape::TrailingComma, "\"stays as it is: ,} and \\\",]\",}");
    check(Shape::PascalKeys, "\"TimeStamp\": ");
    check(Shape::Spaces, "}}          ");
    check(Shape::Nuls, "}}\0\0\0\0\0");
    check(Shape::Seconds, ": 1795219200,");
    check(Shape::FloatSeconds, ": 1795219200.123456,");
    check(Shape::Millis, ": 1795219200123,");
    check(Shape::FloatNanos, ": 1795219200123456000.0,");
    check(Shape::Rfc3339, "\"2026-11-21T00:00:00.123456Z\"");
    check(Shape::Rfc3339Offset, "\"2026-11-21T05:30:00.123456+05:30\"");
}

#[test]
fn padding_fills_up_to_two_hundred_bytes() {
    for shape in [Shape::Spaces, Shape::Nuls] {
        assert_eq!(shape.datagram("service-3", &heartbeat(shape)).len(), 200);
    }
}

#[test]
fn only_coarse_shapes_cut_the_time() {
    for shape in Shape::value_variants() {
        let kept = match shape {
            Shape::Seconds => 1_795_219_200_000_000,
            Shape::Millis => 1_795_219_200_123_000,
            _ => TIME_US,
        };
        assert_eq!(shape.cut(TIME_US), kept, "{shape:?}");
    }
}
