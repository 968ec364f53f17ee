//! The records of a file on their way into the journal, frame by frame.

use super::cut::Piece;
use super::decode::decode;
use super::source::{Chunk, Source};
use super::target::Target;
use super::{Hooks, Imported, Options, Progress};
use crate::batch::Batch;
use crate::error::{Error, Result};
use crate::rejects::{Rejected, Rejects};
use crate::services::Services;
use journal::frames::Kind;
use journal::{Frame, JournalFolder, Writer};
use model::{Clock, Message, Reject, Rules, Time};
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
    rules: Rules,
    services: Services,
    rejects: Rejects,
    frame_messages: usize,
    batch: Batch,
    /// Refused records of the frame that is being built; recorded with it, so that going on records none twice.
    refused: Vec<Rejected>,
    refused_bytes: usize,
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
            rules: Rules { past: None, ..options.rules.clone() },
            services: Services::open(folder.path(), options.services_max),
            rejects: Rejects::new(&options.rejects_dir, &name, options.rejects),
            frame_messages: options.frame_messages,
            batch: Batch::new(),
            refused: Vec::new(),
            refused_bytes: 0,
            offset,
            length: source.length,
            source: source.path.display().to_string(),
            done: Imported {
                journal: name,
                folder: folder.clone(),
                accepted: 0,
                rejected: BTreeMap::new(),
                resumed_from: offset,
                finished: false,
                truncated: false,
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
        let form = source.form.clone();
        while let Some(chunk) = source.next()? {
            let received = self.clock.now();
            let decoded = decode(&chunk, &form, &self.rules, received);
            let outcomes = decoded.iter().flat_map(|part| {
                let mut messages = part.messages.iter();
                part.outcomes.iter().map(move |outcome| match outcome {
                    Ok(()) => Ok(messages.next().expect("there is a message for each sound record")),
                    Err(reject) => Err(reject.clone()),
                })
            });
            if self.take(&chunk, outcomes, received)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.flush(Kind::Done, self.length)
    }

    fn take<'m>(
        &mut self,
        chunk: &Chunk<'_>,
        outcomes: impl Iterator<Item = Result<Message<'m>, Reject>>,
        received: Time,
    ) -> Result<ControlFlow<()>> {
        for (piece, outcome) in chunk.pieces.iter().zip(outcomes) {
            // before the next record and not behind the last, which belongs to the frame that says it is done
            if self.is_full() && self.flush(Kind::Batch, self.offset)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let admitted =
                outcome.and_then(|message| self.services.admit(message.service, || Ok(())).map(|()| message));
            match admitted {
                Ok(message) => self.batch.accept(&message, Instant::now(), Duration::ZERO),
                Err(reject) => self.refuse(&reject, piece, chunk, received),
            }
            self.offset = chunk.start + piece.bytes.end as u64;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn is_full(&self) -> bool {
        self.batch.is_full(self.frame_messages)
            || self.refused.len() >= self.frame_messages
            || self.refused_bytes >= REFUSED_BYTES_MAX
    }

    fn refuse(&mut self, reject: &Reject, piece: &Piece, chunk: &Chunk<'_>, received: Time) {
        self.batch.reject(reject.reason(), received, Instant::now());
        self.done.truncated |= !piece.ended;
        let bytes = &chunk.window[piece.bytes.clone()];
        self.refused_bytes += bytes.len();
        self.refused.push(Rejected {
            reason: reject.reason(),
            received_at: received,
            source: format!("{}, byte {}", self.source, chunk.start + piece.bytes.start as u64),
            detail: reject.to_string(),
            bytes: bytes.to_vec(),
        });
    }

    /// Writes the frame, rolls as is due, and asks the caller whether to go on.
    fn flush(&mut self, kind: Kind, offset: u64) -> Result<ControlFlow<()>> {
        self.batch.frame.kind = kind;
        self.batch.frame.at = self.clock.now();
        self.batch.frame.source_offset = offset;
        self.batch.frame.ledger.extend(self.batch.tally.rows(&self.done.journal));
        self.writer.append(&self.batch.frame)?;
        self.done.accepted += self.batch.frame.messages.len() as u64;
        self.refused_bytes = 0;
        for rejected in self.refused.drain(..) {
            *self.done.rejected.entry(rejected.reason).or_default() += 1;
            self.rejects.keep(rejected.reason, rejected.received_at, || rejected);
        }
        self.batch.clear(true);
        self.settle()?;
        let progress = Progress {
            bytes_done: offset,
            bytes_total: self.length,
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
