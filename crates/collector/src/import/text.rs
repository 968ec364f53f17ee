//! A text as a source: its records in windows of bounded size.

use super::cut::{self, Ends, Piece};
use super::source::{CHUNK_BYTES, Chunk, Places};
use crate::error::{Error, Result, at};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

#[derive(Debug)]
pub(super) struct Text {
    file: File,
    path: PathBuf,
    ends: Ends,
    /// Where records begin.
    first: u64,
    length: u64,
    window: Vec<u8>,
    /// Where the window begins in the file.
    start: u64,
    /// How much of the window is done with.
    done: usize,
}

impl Text {
    pub(super) fn new(file: File, path: PathBuf, ends: Ends, first: u64, length: u64) -> Text {
        Text { file, path, ends, first, length, window: Vec::new(), start: 0, done: 0 }
    }

    pub(super) fn seek(&mut self, offset: u64) -> Result<()> {
        self.start = offset.max(self.first);
        self.window.clear();
        self.done = 0;
        self.file.seek(SeekFrom::Start(self.start)).map(|_| ()).map_err(at(&self.path))
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk<'_>>> {
        loop {
            self.start += self.done as u64;
            self.window.drain(..self.done);
            self.done = 0;
            let last = self.fill()?;
            let pieces = self.pieces(last);
            if !pieces.is_empty() {
                let places = Places::Bytes(self.start);
                return Ok(Some(Chunk { window: &self.window, pieces, received: &[], places }));
            }
            if last {
                return Ok(None);
            }
        }
    }

    /// Reads until the window is full; whether it now reaches the file's end.
    fn fill(&mut self) -> Result<bool> {
        let left = self.length - self.start - self.window.len() as u64;
        let wanted = left.min((CHUNK_BYTES - self.window.len()) as u64);
        let read = (&mut self.file).take(wanted).read_to_end(&mut self.window).map_err(at(&self.path))?;
        if (read as u64) < wanted { Err(Error::Changed { path: self.path.clone() }) } else { Ok(wanted == left) }
    }

    fn pieces(&mut self, last: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        while let Some(piece) = cut::next(self.ends, &self.window, self.done, last) {
            self.done = piece.bytes.end;
            pieces.push(piece);
        }
        if pieces.is_empty() {
            // nothing but what stands between records is done with too, else a record's beginning stays
            self.done = cut::start(self.ends, &self.window, self.done).unwrap_or(self.window.len());
        }
        pieces
    }
}
