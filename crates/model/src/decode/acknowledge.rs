//! `"ack": true`: a sender asks to be told when its message is safe, and gives the message a name to be told of.
//!
//! Only messages that ask are recognised when they come again. That one asked therefore has to stand in its row, where a
//! collector that starts again finds it: it is the first of the message's unknown keys.

use super::{json, optional_name, whole_number};
use crate::{Message, Reject};
use serde_json::value::RawValue;

/// How the unknown keys of a message that asks begin; no other message's do, for `ack` is a known key.
const ASKS: &str = r#"{"ack":true"#;

impl<'a> Message<'a> {
    /// Sender and sequence, which name the message, where its sender waits for an answer.
    pub fn asks(&self) -> Option<(&'a str, i64)> {
        let asks = self.extra.is_some_and(|extra| extra.starts_with(ASKS));
        self.sender.zip(self.sequence).filter(|_| asks)
    }
}

/// Whether a message asks; it needs a name then.
pub(super) fn resolve(raw: Option<&RawValue>, sender: Option<&str>, sequence: Option<i64>) -> Result<bool, Reject> {
    let Some(raw) = raw.filter(|raw| !matches!(raw.get(), "null" | "false")) else { return Ok(false) };
    if raw.get() != "true" {
        return Err(json::value(raw)?.not("ack", "true or false"));
    }
    match (sender, sequence) {
        (None, _) => Err(Reject::UnnamedAsks("sender")),
        (_, None) => Err(Reject::UnnamedAsks("seq")),
        _ => Ok(true),
    }
}

/// Sender and sequence of a message that was refused, where it asks and they can be made out.
pub fn refused_asks(datagram: &[u8]) -> Option<(String, i64)> {
    let text = super::without_padding(datagram);
    let mut mended = Vec::new();
    json::mend_commas(text, &mut mended);
    let object = json::parse(&mended).ok()?;
    let asks = object.only("ack").is_some_and(|raw| raw.get() == "true");
    let sender = optional_name(object.only("sender"), "sender").ok()??;
    let sequence = whole_number(object.only("seq"), "seq").ok()??;
    asks.then_some((sender, sequence))
}
