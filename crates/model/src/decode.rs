//! From a datagram's bytes to one health message, or to the reason why not.
//!
//! Existing senders differ: keys in any case, pretty-printed text, a comma before a closing brace, padding behind, four
//! units of time. All of that is settled here and nowhere else. Nothing is guessed that the message does not say: the
//! unit of CPU is a setting of the fleet, not of the message.

mod acknowledge;
mod explain;
mod json;
mod rules;
mod timestamp;

pub use acknowledge::{DUPLICATE_WINDOW, refused_asks};
pub use explain::{Explanation, explain};
pub use rules::{CpuUnit, Rules};
pub use timestamp::{TimeForm, unix_time};

use crate::{Message, Reject, Time};
use json::{Number, Object, Value};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The largest message that is accepted, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 60 * 1024;
/// The longest name of a service, an instance or a sender, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 128;

/// Decodes messages one after the other; holds the memory for texts that cannot be borrowed from the datagram.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    rules: Rules,
    /// The datagram without its trailing commas.
    mended: Vec<u8>,
    texts: Texts,
}

/// The texts of the message decoded last.
#[derive(Clone, Debug, Default)]
struct Texts {
    service: String,
    instance: Option<String>,
    sender: Option<String>,
    extra: Option<String>,
}

/// The keys of a message, in the spelling of its documentation; any case is accepted.
const KEYS: [&str; 9] = ["serviceName", "Timestamp", "CPU", "RAM", "Disk", "instance", "sender", "seq", "ack"];

impl Decoder {
    pub fn new(rules: Rules) -> Decoder {
        Decoder { rules, ..Decoder::default() }
    }

    /// Reads one message that was taken in at `received`. The bytes stay as they are, for the record of rejects.
    pub fn decode(&mut self, datagram: &[u8], received: Time) -> Result<Message<'_>, Reject> {
        if datagram.len() > MESSAGE_BYTES_MAX {
            return Err(Reject::TooLarge);
        }
        let text = without_padding(datagram);
        let strict = if json::ends_with_comma(text) { None } else { json::parse(text).ok() };
        let object = match strict {
            Some(object) => object,
            None => {
                json::mend_commas(text, &mut self.mended);
                json::parse(&self.mended)?
            }
        };
        resolve(&object, received, &self.rules, &mut self.texts)
    }
}

fn resolve<'t>(
    object: &Object<'_>,
    received: Time,
    rules: &Rules,
    texts: &'t mut Texts,
) -> Result<Message<'t>, Reject> {
    let ([service, time, cpu, ram, disk, instance, sender, sequence, ack], mut extra) = object.pick(KEYS)?;
    let service = text(required(service, "serviceName")?, "serviceName")?;
    name(&service, "serviceName")?;
    let time = timestamp::resolve(json::value(required(time, "Timestamp")?)?)?;
    let cpu = rules.cpu_share(number(required(cpu, "CPU")?, "CPU")?)?;
    let ([ram_total, ram_free], ram_extra) = capacity(ram, ["RAM", "RAM.Total", "RAM.Free"])?;
    let ([disk_total, disk_free], disk_extra) = capacity(disk, ["Disk", "Disk.Total", "Disk.Free"])?;
    extra.extend(ram_extra.map(|text| ("RAM", text.into())));
    extra.extend(disk_extra.map(|text| ("Disk", text.into())));
    texts.instance = optional_name(instance, "instance")?;
    texts.sender = optional_name(sender, "sender")?;
    let sequence = whole_number(sequence, "seq")?;
    if acknowledge::resolve(ack, texts.sender.as_deref(), sequence)? {
        extra.insert(0, ("ack", "true".into()));
    }
    rules.check_time(time, received)?;
    texts.service.clear();
    texts.service.push_str(&service);
    texts.extra = json::object_text(&extra);
    Ok(Message {
        service: &texts.service,
        instance: texts.instance.as_deref(),
        time,
        received,
        cpu,
        ram_total,
        ram_free,
        disk_total,
        disk_free,
        sender: texts.sender.as_deref(),
        sequence,
        extra: texts.extra.as_deref(),
    })
}

fn without_padding(datagram: &[u8]) -> &[u8] {
    let end = datagram.iter().rposition(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0));
    &datagram[..end.map_or(0, |last| last + 1)]
}

fn required<'a>(value: Option<&'a RawValue>, field: &'static str) -> Result<&'a RawValue, Reject> {
    value.ok_or(Reject::MissingField(field))
}

fn text<'a>(raw: &'a RawValue, field: &'static str) -> Result<Cow<'a, str>, Reject> {
    match json::value(raw)? {
        Value::Text(text) => Ok(text),
        other => Err(other.not(field, "a text")),
    }
}

fn optional_name(raw: Option<&RawValue>, field: &'static str) -> Result<Option<String>, Reject> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(None) };
    let text = text(raw, field)?;
    name(&text, field)?;
    Ok(Some(text.into_owned()))
}

/// Whether the text can name a service, an instance or a sender.
pub fn is_name(text: &str) -> bool {
    name(text, "").is_ok()
}

fn name(text: &str, field: &'static str) -> Result<(), Reject> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.len() > NAME_BYTES_MAX {
        "is too long"
    } else if text.chars().any(char::is_control) {
        "holds a control character"
    } else {
        return Ok(());
    };
    Err(Reject::BadName { field, problem })
}

fn number(raw: &RawValue, field: &'static str) -> Result<f64, Reject> {
    match json::value(raw)? {
        Value::Number(number) => Ok(number.as_f64()),
        other => Err(other.not(field, "a number")),
    }
}

fn whole_number(raw: Option<&RawValue>, field: &'static str) -> Result<Option<i64>, Reject> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(None) };
    match json::value(raw)? {
        Value::Number(Number::Integer(number)) if number >= 0 => Ok(Some(number)),
        other => Err(other.not(field, "a whole number from 0 to 9223372036854775807")),
    }
}

/// Total and free of `RAM` or `Disk`, and what else the object holds.
fn capacity(
    raw: Option<&RawValue>,
    [field, total, free]: [&'static str; 3],
) -> Result<([f64; 2], Option<String>), Reject> {
    let object = match json::value(required(raw, field)?)? {
        Value::Object(object) => object,
        other => return Err(other.not(field, "an object with Total and Free")),
    };
    let ([total_raw, free_raw], extra) = object.pick(["Total", "Free"])?;
    let sizes = [number(required(total_raw, total)?, total)?, number(required(free_raw, free)?, free)?];
    check_capacity(field, sizes[0], sizes[1])?;
    Ok((sizes, json::object_text(&extra)))
}

/// The rules for a total and what is free of it.
fn check_capacity(field: &'static str, total: f64, free: f64) -> Result<(), Reject> {
    if !total.is_finite() || !free.is_finite() {
        Err(Reject::NonFinite)
    } else if total <= 0.0 {
        Err(Reject::TotalNotPositive { field, total })
    } else if free < 0.0 {
        Err(Reject::FreeNegative { field, free })
    } else if free > total {
        Err(Reject::FreeAboveTotal { field, total, free })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
