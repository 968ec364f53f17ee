//! What a frame says. All kinds carry the same things (a time, messages, ledger rows, a source offset), most of them
//! empty; messages and their ledger stand in one frame so that they are kept or lost together.

use crate::error::{Error, Result};
use crate::segment::array;
use model::{LedgerRow, Messages, TextColumn, Time};

/// Why a frame was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Messages, their ledger, or a sign of life.
    Batch,
    /// The first frame of a writer's life.
    Start,
    /// The last frame of a life that ended in order.
    Stop,
    /// The source of an import has been read to its end.
    Done,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Batch, Kind::Start, Kind::Stop, Kind::Done];

    pub(crate) fn code(self) -> u8 {
        self as u8 + 1
    }

    pub(crate) fn of_code(code: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One checksummed append.
#[derive(Clone, Debug)]
pub struct Frame {
    pub kind: Kind,
    /// When it was written, by the writer's wall clock.
    pub at: Time,
    pub messages: Messages,
    pub ledger: Vec<LedgerRow>,
    /// For an import: how far the source has been read with this frame, in bytes.
    pub source_offset: u64,
}

impl Frame {
    /// A frame without content.
    pub fn empty(kind: Kind, at: Time) -> Frame {
        Frame { kind, at, messages: Messages::default(), ledger: Vec::new(), source_offset: 0 }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let ledger = if self.ledger.is_empty() { Vec::new() } else { ledger_json(&self.ledger) };
        let mut out = Vec::with_capacity(32 + ledger.len() + self.messages.len() * 64);
        out.extend(self.at.as_micros().to_le_bytes());
        out.extend(self.source_offset.to_le_bytes());
        put_bytes(&mut out, &ledger);
        put_messages(&mut out, &self.messages);
        out
    }

    pub(crate) fn decode(kind: Kind, payload: &[u8]) -> Result<Frame> {
        let mut input = Input(payload);
        let at = Time::from_micros(i64::from_le_bytes(input.array()?));
        let source_offset = u64::from_le_bytes(input.array()?);
        let ledger = match input.bytes()? {
            [] => Vec::new(),
            json => serde_json::from_slice(json).map_err(|_| Error::Payload("its ledger is no JSON"))?,
        };
        let messages = input.messages()?;
        match input.0 {
            [] => Ok(Frame { kind, at, messages, ledger, source_offset }),
            _ => Err(Error::Payload("bytes are left over")),
        }
    }
}

fn ledger_json(rows: &[LedgerRow]) -> Vec<u8> {
    serde_json::to_vec(rows).expect("ledger rows have text keys and no fallible parts")
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("frames are bounded far below 4 GiB");
    out.extend(length.to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend(bytes);
}

fn put_messages(out: &mut Vec<u8>, messages: &Messages) {
    put_length(out, messages.len());
    for times in [&messages.time, &messages.received] {
        times.iter().for_each(|time| out.extend(time.to_le_bytes()));
    }
    let sizes = [&messages.ram_total, &messages.ram_free, &messages.disk_total, &messages.disk_free];
    for numbers in [&messages.cpu].into_iter().chain(sizes) {
        numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
    }
    for texts in [&messages.service, &messages.instance, &messages.sender, &messages.extra] {
        put_texts(out, texts);
    }
    put_sequence(out, &messages.sequence);
}

/// A column in which no row has a text is an empty dictionary and no rows.
fn put_texts(out: &mut Vec<u8>, texts: &TextColumn) {
    put_length(out, texts.dictionary().len());
    texts.dictionary().iter().for_each(|text| put_bytes(out, text.as_bytes()));
    if !texts.dictionary().is_empty() {
        texts.rows().iter().for_each(|row| out.extend(row.to_le_bytes()));
    }
}

fn put_sequence(out: &mut Vec<u8>, sequence: &[Option<i64>]) {
    let any = sequence.iter().any(Option::is_some);
    out.push(u8::from(any));
    if any {
        // sequences are not negative, so −1 is free to stand for none
        sequence.iter().for_each(|number| out.extend(number.unwrap_or(-1).to_le_bytes()));
    }
}

/// The rest of a payload that is being decoded.
struct Input<'a>(&'a [u8]);

const SHORT: Error = Error::Payload("it is too short");

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N).map(array)
    }

    fn length(&mut self) -> Result<usize> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    /// `count` values of `N` bytes; what is not there is never allocated.
    fn column<const N: usize, T>(&mut self, count: usize, decode: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
        let bytes = self.take(count.checked_mul(N).ok_or(SHORT)?)?;
        Ok(bytes.chunks_exact(N).map(|value| decode(array(value))).collect())
    }

    fn messages(&mut self) -> Result<Messages> {
        let count = self.length()?;
        let time = self.column(count, i64::from_le_bytes)?;
        let received = self.column(count, i64::from_le_bytes)?;
        let mut numbers = || self.column(count, f64::from_le_bytes);
        let (cpu, ram_total, ram_free) = (numbers()?, numbers()?, numbers()?);
        let (disk_total, disk_free) = (numbers()?, numbers()?);
        let mut texts = || self.texts(count);
        let (service, instance, sender, extra) = (texts()?, texts()?, texts()?, texts()?);
        let sequence = self.sequence(count)?;
        Ok(Messages {
            service,
            instance,
            time,
            received,
            cpu,
            ram_total,
            ram_free,
            disk_total,
            disk_free,
            sender,
            sequence,
            extra,
        })
    }

    fn texts(&mut self, count: usize) -> Result<TextColumn> {
        let length = self.length()?;
        let text = |bytes| std::str::from_utf8(bytes).map(Box::from).map_err(|_| Error::Payload("a text is not UTF-8"));
        // each text has a length of its own before it
        let mut dictionary = Vec::with_capacity(length.min(self.0.len() / 4));
        for _ in 0..length {
            dictionary.push(text(self.bytes()?)?);
        }
        let rows = match length {
            0 => vec![u32::MAX; count],
            _ => self.column(count, u32::from_le_bytes)?,
        };
        TextColumn::from_parts(dictionary, rows).ok_or(Error::Payload("a row points outside its dictionary"))
    }

    fn sequence(&mut self, count: usize) -> Result<Vec<Option<i64>>> {
        match self.array::<1>()? {
            [0] => Ok(vec![None; count]),
            _ => self.column(count, |bytes| Some(i64::from_le_bytes(bytes)).filter(|number| *number >= 0)),
        }
    }
}
