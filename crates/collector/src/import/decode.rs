//! From records to messages, on all cores, in the file's order.

use super::csv::Fields;
use super::cut::Piece;
use super::form::Form;
use super::source::Chunk;
use model::{Decoder, Messages, Reject, Rules, Time};
use rayon::prelude::*;

/// Records that one core takes at once.
const RECORDS: usize = 1024;

/// What became of some records: the messages, and for each record whether it is the next of them.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub messages: Messages,
    pub outcomes: Vec<Result<(), Reject>>,
}

/// Decodes a chunk; the parts follow one another as in the file.
pub(super) fn decode(chunk: &Chunk<'_>, form: &Form, rules: &Rules, received: Time) -> Vec<Decoded> {
    let part = |pieces: &[Piece]| {
        let mut records = Records { decoder: Decoder::new(rules.clone()), fields: Fields::new(), json: Vec::new() };
        let mut decoded = Decoded::default();
        for piece in pieces {
            let record = &chunk.window[piece.bytes.clone()];
            let outcome = records.decode(record, form, received, &mut decoded.messages);
            decoded.outcomes.push(outcome.map_err(|reject| if piece.ended { reject } else { cut_off() }));
        }
        decoded
    };
    chunk.pieces.par_chunks(RECORDS).map(part).collect()
}

/// A record at the file's end that is not whole was most likely cut there.
fn cut_off() -> Reject {
    Reject::NotJson("the file ends in the middle of this record".to_owned())
}

struct Records {
    decoder: Decoder,
    fields: Fields,
    json: Vec<u8>,
}

impl Records {
    fn decode(&mut self, record: &[u8], form: &Form, received: Time, into: &mut Messages) -> Result<(), Reject> {
        let text = match form {
            Form::Json => record,
            Form::Csv(columns) => {
                self.fields.message(record, columns, &mut self.json)?;
                &self.json
            }
        };
        into.push(&self.decoder.decode(text, received)?);
        Ok(())
    }
}
