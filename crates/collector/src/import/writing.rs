//! The records of a file on their way into the journal, frame by frame.

use super::decode::{Decoded, Law, Record, decode};
use super::form::Form;
use super::source::{Chunk, Source};
use super::taken::Taken;
use super::target::Target;
use super::{COLUMNS, Hooks, Imported, Options, Progress};
use crate::batch::Batch;
use crate::error::{Error, Result};
use crate::rejects::{Rejected, Rejects};
use crate::services::Services;
use journal::frames::Kind;
use journal::{Frame, JournalFolder, Writer};
use model::{Clock, Message, Reason, Reject, Rules, Time};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Refused bytes that wait for one frame.
const REFUSED_BYTES_MAX: usize = 4 << 20;

#[derive(Debug)]
pub(super) struct Writing<'a> {
    writer: Writer,
    folder: JournalFolder,
    clock: &'a dyn Clock,
    hooks: Hooks<'a>,
    law: Law,
    form: Form,
    services: Services,
    rejects: Rejects,
    frame_messages: usize,
    batch: Batch,
    /// Of an import of refused messages, which have been taken in.
    taken: Option<Taken>,
    /// Refused records of the frame that is being built; recorded with it, so that going on records none twice.
    refused: Vec<Rejected>,
    refused_bytes: usize,
    refused_count: BTreeMap<Reason, u64>,
    duplicate: u64,
    /// How far the file has been read with the frame that is being built.
    offset: u64,
    length: u64,
    source: String,
    done: Imported,
}

impl<'a> Writing<'a> {
    pub(super) fn begin(
        source: &Source,
        target: Target,
        taken: Option<Taken>,
        options: &Options,
        clock: &'a dyn Clock,
        hooks: Hooks<'a>,
    ) -> Result<Writing<'a>> {
        let Target { folder, mut writer, offset } = target;
        writer.append(&Frame::empty(Kind::Start, clock.now()))?;
        let name = folder.name();
        Ok(Writing {
            writer,
            clock,
            hooks,
            law: Law { rules: Rules { past: None, ..options.rules.clone() }, allow: options.allow.clone() },
            form: source.form.clone(),
            services: Services::open(folder.path(), options.services_max),
            rejects: Rejects::new(&options.rejects_dir, &name, options.rejects),
            frame_messages: options.frame_messages,
            batch: Batch::new(),
            taken,
            refused: Vec::new(),
            refused_bytes: 0,
            refused_count: BTreeMap::new(),
            duplicate: 0,
            offset,
            length: source.length,
            source: source.path.display().to_string(),
            done: Imported {
                journal: name,
                folder: folder.clone(),
                accepted: 0,
                rejected: BTreeMap::new(),
                duplicate: 0,
                resumed_from: offset,
                unit: source.unit,
                finished: false,
                truncated: false,
                left_out: source.left_out().to_vec(),
            },
            folder,
        })
    }

    /// Writes what is left of the file, unless the caller interrupts.
    pub(super) fn write(mut self, mut source: Source) -> Result<Imported> {
        let ended = self.write_rest(&mut source);
        // a journal that failed takes no last frame either
        if !matches!(ended, Err(Error::Journal(_))) {
            self.writer.stop(Frame::empty(Kind::Stop, self.clock.now()))?;
        }
        Ok(Imported { finished: ended?.is_continue(), ..self.done })
    }

    fn write_rest(&mut self, source: &mut Source) -> Result<ControlFlow<()>> {
        while let Some(chunk) = source.next()? {
            let now = self.clock.now();
            let decoded = decode(&chunk, &self.form, &self.law, now);
            if self.take(&chunk, &decoded, now)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.flush(Kind::Done, self.length)
    }

    fn take(&mut self, chunk: &Chunk<'_>, decoded: &[Decoded], now: Time) -> Result<ControlFlow<()>> {
        let records = decoded.iter().flat_map(|part| {
            let mut messages = part.messages.iter();
            part.records.iter().map(move |record| (record, record.outcome.is_ok().then(|| messages.next()).flatten()))
        });
        for (index, (record, message)) in records.enumerate() {
            // before the next record and not behind the last, which belongs to the frame that says it is done
            if self.is_full() && self.flush(Kind::Batch, self.offset)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.offset = chunk.behind(index);
            self.settle_record(record, message, chunk, index, now);
        }
        Ok(ControlFlow::Continue(()))
    }

    fn settle_record(
        &mut self,
        record: &Record,
        message: Option<Message<'_>>,
        chunk: &Chunk<'_>,
        index: usize,
        now: Time,
    ) {
        let taken = self.taken.as_mut().zip(record.key);
        if taken.is_some_and(|(taken, key)| taken.is_known(key)) {
            self.duplicate += 1;
            return self.batch.duplicate(now, Instant::now());
        }
        let admitted = record.outcome.clone().and_then(|()| {
            let message = message.expect("there is a message for each sound record");
            self.services.admit(message.service, || Ok(())).map(|()| message)
        });
        match admitted {
            Ok(message) => {
                self.batch.accept(&message, now, Instant::now(), Duration::ZERO);
                if let Some((taken, key)) = self.taken.as_mut().zip(record.key) {
                    taken.take(key, self.offset);
                }
            }
            Err(reject) => self.refuse(&reject, chunk, index, now),
        }
    }

    fn is_full(&self) -> bool {
        self.batch.is_full(self.frame_messages)
            || self.refused_count.values().sum::<u64>() + self.duplicate >= self.frame_messages as u64
            || self.refused_bytes >= REFUSED_BYTES_MAX
    }

    fn refuse(&mut self, reject: &Reject, chunk: &Chunk<'_>, index: usize, now: Time) {
        let piece = &chunk.pieces[index];
        self.batch.reject(reject.reason(), now, Instant::now());
        self.done.truncated |= !piece.ended;
        *self.refused_count.entry(reject.reason()).or_default() += 1;
        if self.taken.is_some() {
            // it is on record from the first time; once more, and the next export would hold it twice
            return;
        }
        let bytes = &chunk.window[piece.bytes.clone()];
        self.refused_bytes += bytes.len();
        self.refused.push(Rejected {
            reason: reject.reason(),
            received_at: now,
            source: format!("{}, {} {}", self.source, self.done.unit, chunk.place(index)),
            detail: reject.to_string(),
            bytes: bytes.to_vec(),
            columns: columns(&self.form),
        });
    }

    /// Writes the frame, rolls as is due, and asks the caller whether to go on.
    fn flush(&mut self, kind: Kind, offset: u64) -> Result<ControlFlow<()>> {
        self.batch.frame.kind = kind;
        self.batch.frame.at = self.clock.now();
        self.batch.frame.source_offset = offset;
        self.batch.frame.ledger.extend(self.batch.tally.rows(&self.done.journal));
        self.taken.as_mut().map_or(Ok(()), Taken::write)?;
        self.writer.append(&self.batch.frame)?;
        self.done.accepted += self.batch.frame.messages.len() as u64;
        self.done.duplicate += std::mem::take(&mut self.duplicate);
        for (reason, count) in std::mem::take(&mut self.refused_count) {
            *self.done.rejected.entry(reason).or_default() += count;
        }
        self.refused_bytes = 0;
        for rejected in self.refused.drain(..) {
            self.rejects.keep(rejected.reason, rejected.received_at, || rejected);
        }
        self.batch.clear(true);
        self.settle()?;
        let progress = Progress {
            done: offset,
            total: self.length,
            unit: self.done.unit,
            accepted: self.done.accepted,
            rejected: self.done.rejected.values().sum(),
        };
        let flow = (self.hooks.progress)(progress);
        Ok(if kind == Kind::Done { ControlFlow::Continue(()) } else { flow })
    }

    fn settle(&mut self) -> Result<()> {
        if self.writer.is_due() {
            self.writer.roll(self.clock.now())?;
            (self.hooks.throttle)(&self.folder).map_err(Error::Caller)?;
        }
        Ok(())
    }
}

/// The order of a line's columns, which the line itself does not tell.
fn columns(form: &Form) -> Option<String> {
    let Form::Csv(places) = form else { return None };
    let mut names = [""; COLUMNS.len()];
    places.iter().zip(COLUMNS).for_each(|(place, name)| names[*place] = name);
    Some(names.join(","))
}
