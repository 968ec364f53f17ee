//! A datagram's bytes to a message: what is accepted keeps every rule, is read the same whatever stands behind it or was
//! read before it, and reads back from its own canonical form bit for bit.

#![no_main]

use fuzz::{received, rules};
use libfuzzer_sys::fuzz_target;
use model::{CpuUnit, Decoder, MESSAGE_BYTES_MAX, Message, NAME_BYTES_MAX, Rules, Time};
use serde::de::IgnoredAny;
use serde_json::json;

/// Leaves something in every part of a decoder.
const RICH: &[u8] = br#"{"serviceName":"a","instance":"b","sender":"c","seq":1,"Timestamp":1795219200,"CPU":1,
"RAM":{"Total":2,"Free":1,"x":[]},"Disk":{"Total":2,"Free":1},"y":null}"#;

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let rules = rules(*choice);
    let (mut fresh, mut used) = (Decoder::new(rules.clone()), Decoder::new(rules.clone()));
    let decoded = fresh.decode(text, received());
    used.decode(RICH, received()).expect("it is sound");
    let padded = [text, b" \n\0\t\r"].concat();
    if padded.len() <= MESSAGE_BYTES_MAX {
        assert_eq!(used.decode(&padded, received()), decoded);
    }
    match decoded {
        Ok(message) => {
            check(&message, &rules);
            reads_back(&message, &rules);
        }
        Err(reject) => assert!(!reject.to_string().is_empty() && model::Reason::ALL.contains(&reject.reason())),
    }
});

fn check(message: &Message<'_>, rules: &Rules) {
    for name in [Some(message.service), message.instance, message.sender].into_iter().flatten() {
        assert!(!name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control), "{name:?}");
    }
    assert!((Time::MIN..=Time::MAX).contains(&message.time));
    assert!(rules.past.is_none_or(|past| message.time >= received().saturating_sub(past)));
    assert!(rules.ahead.is_none_or(|ahead| message.time <= received().saturating_add(ahead)));
    assert!((0.0..=1.0).contains(&message.cpu));
    for (total, free) in [(message.ram_total, message.ram_free), (message.disk_total, message.disk_free)] {
        assert!(total.is_finite() && total > 0.0 && free >= 0.0 && free <= total);
    }
    let health = message.health();
    assert!([health.cpu, health.ram, health.disk].iter().all(|share| share.billionths() <= model::BILLION));
    assert!(message.extra.is_none_or(|extra| serde_json::from_str::<IgnoredAny>(extra).is_ok()), "{:?}", message.extra);
    assert!(message.sequence.is_none_or(|sequence| sequence >= 0));
}

fn reads_back(message: &Message<'_>, rules: &Rules) {
    let text = json!({
        "serviceName": message.service, "Timestamp": message.time, "CPU": message.cpu,
        "RAM": {"Total": message.ram_total, "Free": message.ram_free},
        "Disk": {"Total": message.disk_total, "Free": message.disk_free},
        "instance": message.instance, "sender": message.sender, "seq": message.sequence,
    });
    let mut decoder = Decoder::new(Rules { cpu_unit: CpuUnit::Fraction, ..rules.clone() });
    let text = text.to_string();
    let again = decoder.decode(text.as_bytes(), received()).expect(&text);
    assert_eq!(again, Message { extra: None, ..message.clone() });
}
