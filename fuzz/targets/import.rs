//! Any bytes as a file to import: cut into records in one way only, however it is read, with nothing left out but what
//! stands between records; and every record decoded or refused.

#![no_main]
#![allow(dead_code, unreachable_pub, reason = "the rooms' own files, of which each target uses a part")]

#[path = "../../crates/collector/src/import/csv.rs"]
mod csv;
#[path = "../../crates/collector/src/import/cut.rs"]
mod cut;
#[path = "../../crates/collector/src/import/form.rs"]
mod form;

use collector::Rejected;
use collector::import::{COLUMNS, Format, NAMES};
use cut::{Ends, Piece, RECORD_BYTES_MAX};
use form::Form;
use fuzz::{received, rules};
use libfuzzer_sys::fuzz_target;
use model::Decoder;

fuzz_target!(|data: &[u8]| {
    let Some((choice, file)) = data.split_first() else { return };
    let Some((form, first)) = form::detect(file) else { return };
    let window = &file[first as usize..];
    let ends = Ends::of(&form, window);
    let pieces = cut_all(ends, window);
    check_between(ends, window, &pieces);
    check_any_cut(ends, window, &pieces, usize::from(*choice) * window.len() / 256);
    let (mut decoder, mut fields, mut json) = (Decoder::new(rules(2)), csv::Fields::new(), Vec::new());
    for piece in &pieces {
        let record = &window[piece.bytes.clone()];
        let text = match &form {
            Form::Json => Ok(record),
            Form::Csv(columns) => fields.message(record, columns, &mut json).map(|()| &json[..]),
            Form::Rejects => {
                check_round_trip(record);
                continue;
            }
        };
        let _ = text.and_then(|text| decoder.decode(text, received()).map(|message| message.health()));
    }
});

/// A refused message is exported as it is kept.
fn check_round_trip(record: &[u8]) {
    if let Some(rejected) = Rejected::parse(record) {
        assert_eq!(Rejected::parse(rejected.line().as_bytes()).as_ref(), Some(&rejected));
        let _ = rejected.columns.as_deref().map(form::columns);
    }
}

fn cut_all(ends: Ends, window: &[u8]) -> Vec<Piece> {
    let (mut pieces, mut from) = (Vec::<Piece>::new(), 0);
    while let Some(piece) = cut::next(ends, window, from, true) {
        assert!(piece.bytes.start >= from && piece.bytes.end > piece.bytes.start, "{piece:?} behind {from}");
        assert!(piece.bytes.len() <= RECORD_BYTES_MAX);
        from = piece.bytes.end;
        pieces.push(piece);
    }
    pieces
}

fn check_between(ends: Ends, window: &[u8], pieces: &[Piece]) {
    let mut from = 0;
    for to in pieces.iter().map(|piece| piece.bytes.start).chain([window.len()]) {
        assert_eq!(cut::start(ends, &window[..to], from), None, "bytes {from} to {to} are in no record");
        from = pieces.iter().find(|piece| piece.bytes.start == to).map_or(to, |piece| piece.bytes.end);
    }
}

/// Who has read only a part of the file finds the same records, or none yet.
fn check_any_cut(ends: Ends, window: &[u8], pieces: &[Piece], part: usize) {
    let mut from = 0;
    for piece in pieces {
        match cut::next(ends, &window[..part], from, false) {
            Some(found) => assert_eq!(found, *piece),
            None => return,
        }
        from = piece.bytes.end;
    }
}
