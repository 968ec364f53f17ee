//! The file: its identity by content, its form, and its records piece by piece in bounded memory.

use super::cut::{self, Piece};
use super::form::{Form, detect};
use crate::error::{Error, Result, at};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What is read at once; several times the longest record.
const CHUNK_BYTES: usize = 8 << 20;
/// What tells a file's form.
const HEAD_BYTES: usize = 64 << 10;

/// A file that is being imported.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub form: Form,
    /// Lower-case hexadecimal SHA-256 of the content.
    pub digest: String,
    pub length: u64,
    file: File,
    /// Where records begin.
    first: u64,
    window: Vec<u8>,
    /// Where the window begins in the file.
    start: u64,
    /// How much of the window is done with.
    done: usize,
}

/// Some records of the file.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub window: &'a [u8],
    /// Where the window begins in the file.
    pub start: u64,
    pub pieces: Vec<Piece>,
}

impl Source {
    /// Reads the whole file once, for its identity.
    pub(super) fn open(path: &Path) -> Result<Source> {
        let mut file = File::open(path).map_err(at(path))?;
        let mut window = Vec::new();
        let (mut hash, mut length) = (Sha256::new(), 0);
        let mut head = Vec::new();
        loop {
            window.clear();
            let read = (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut window).map_err(at(path))?;
            if read == 0 {
                break;
            }
            if length == 0 {
                head = window[..read.min(HEAD_BYTES)].to_vec();
            }
            hash.update(&window);
            length += read as u64;
        }
        if head.iter().all(|byte| byte.is_ascii_whitespace()) {
            return Err(Error::Empty { path: path.to_owned() });
        }
        let (form, first) = detect(&head).ok_or_else(|| Error::UnknownForm { path: path.to_owned() })?;
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Source { path: path.to_owned(), form, digest, length, file, first, window: Vec::new(), start: 0, done: 0 })
    }

    /// Goes on behind a record that ended at `offset`; 0 is before the first.
    pub(super) fn seek(&mut self, offset: u64) -> Result<()> {
        self.start = offset.max(self.first);
        self.window.clear();
        self.done = 0;
        self.file.seek(SeekFrom::Start(self.start)).map(|_| ()).map_err(at(&self.path))
    }

    /// The next records; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Chunk<'_>>> {
        loop {
            self.start += self.done as u64;
            self.window.drain(..self.done);
            self.done = 0;
            let last = self.fill()?;
            let pieces = self.pieces(last);
            if !pieces.is_empty() {
                return Ok(Some(Chunk { window: &self.window, start: self.start, pieces }));
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
        while let Some(piece) = cut::next(&self.form, &self.window, self.done, last) {
            self.done = piece.bytes.end;
            pieces.push(piece);
        }
        if pieces.is_empty() {
            // nothing but what stands between records is done with too, else a record's beginning stays
            self.done = cut::start(&self.form, &self.window, self.done).unwrap_or(self.window.len());
        }
        pieces
    }
}
