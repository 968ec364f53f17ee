//! From records to messages, on all cores, in the source's order.

use super::csv::Fields;
use super::form::{self, Form};
use super::source::Chunk;
use super::taken::Key;
use crate::Network;
use crate::admission::check_allowed;
use crate::rejects::Rejected;
use model::{Decoder, Message, Messages, Reject, Rules, Time};
use rayon::prelude::*;
use std::net::SocketAddr;

/// Records that one core takes at once.
const RECORDS: usize = 1024;

/// What became of some records.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub messages: Messages,
    pub records: Vec<Record>,
}

/// What became of a record: the next of the messages, or none.
#[derive(Debug)]
pub(super) struct Record {
    pub outcome: Result<(), Reject>,
    /// What a refused message is known by when it comes again.
    pub key: Option<Key>,
}

/// What records are judged by.
#[derive(Debug)]
pub(super) struct Law {
    pub rules: Rules,
    pub allow: Vec<Network>,
}

/// When a record counts as received.
#[derive(Clone, Copy, Debug)]
struct Receipt {
    /// For the rules on its time.
    judged: Time,
    /// For its row.
    kept: Time,
}

/// Decodes a chunk; the parts follow one another as in the source. Nothing was received later than `now`. What a table
/// says of its rows' receipt is kept and not judged by: these were taken in once, perhaps while a clock was wrong.
pub(super) fn decode(chunk: &Chunk<'_>, form: &Form, law: &Law, now: Time) -> Vec<Decoded> {
    let part = |first: usize| {
        let mut reader = Reader {
            decoder: Decoder::new(law.rules.clone()),
            fields: Fields::new(),
            json: Vec::new(),
            allow: &law.allow,
            now,
        };
        let mut decoded = Decoded::default();
        for index in first..chunk.pieces.len().min(first + RECORDS) {
            let piece = &chunk.pieces[index];
            let kept = chunk.received.get(index).copied().flatten().unwrap_or(now).min(now);
            let receipt = Receipt { judged: now, kept };
            let mut record = reader.read(&chunk.window[piece.bytes.clone()], form, receipt, &mut decoded.messages);
            if !piece.ended {
                record.outcome = record.outcome.map_err(|_| cut_off());
            }
            decoded.records.push(record);
        }
        decoded
    };
    let parts: Vec<usize> = (0..chunk.pieces.len()).step_by(RECORDS).collect();
    parts.into_par_iter().map(part).collect()
}

/// A record at the file's end that is not whole was most likely cut there.
fn cut_off() -> Reject {
    Reject::NotJson("the file ends in the middle of this record".to_owned())
}

struct Reader<'a> {
    decoder: Decoder,
    fields: Fields,
    json: Vec<u8>,
    allow: &'a [Network],
    now: Time,
}

impl Reader<'_> {
    fn read(&mut self, record: &[u8], form: &Form, receipt: Receipt, into: &mut Messages) -> Record {
        let outcome = match form {
            Form::Json => self.message(record, receipt, into),
            Form::Csv(columns) => self.line(record, columns, receipt, into),
            Form::Rejects => {
                let Some(rejected) = Rejected::parse(record) else {
                    let problem = "this is no line of what vitals rejects export writes".to_owned();
                    return Record { outcome: Err(Reject::NotJson(problem)), key: None };
                };
                return Record { outcome: self.again(&rejected, into), key: Some(Key::of(&rejected)) };
            }
        };
        Record { outcome, key: None }
    }

    fn message(&mut self, json: &[u8], receipt: Receipt, into: &mut Messages) -> Result<(), Reject> {
        let message = self.decoder.decode(json, receipt.judged)?;
        into.push(&Message { received: receipt.kept, ..message });
        Ok(())
    }

    fn line(&mut self, line: &[u8], columns: &[usize; 7], receipt: Receipt, into: &mut Messages) -> Result<(), Reject> {
        let mut json = std::mem::take(&mut self.json);
        let decoded = self.fields.message(line, columns, &mut json).and_then(|()| self.message(&json, receipt, into));
        self.json = json;
        decoded
    }

    /// Judges a refused message once more: by what it says and where it came from, as if it came when it did.
    fn again(&mut self, rejected: &Rejected, into: &mut Messages) -> Result<(), Reject> {
        if let Ok(source) = rejected.source.parse::<SocketAddr>() {
            check_allowed(self.allow, source.ip())?;
        }
        let received = rejected.received_at.min(self.now);
        let receipt = Receipt { judged: received, kept: received };
        match rejected.columns.as_deref().map(form::columns) {
            None => self.message(&rejected.bytes, receipt, into),
            Some(Some(columns)) => self.line(&rejected.bytes, &columns, receipt, into),
            Some(None) => Err(Reject::NotJson("its columns are not known".to_owned())),
        }
    }
}
