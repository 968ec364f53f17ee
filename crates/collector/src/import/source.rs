//! The source of an import: its identity by content, its form, and its records piece by piece in bounded memory.

use super::cut::{Ends, Piece};
use super::form::{self, Form};
use super::input::Input;
use super::table::Table;
use super::text::Text;
use super::{Format, Unit};
use crate::error::{Error, Result, at};
use model::Time;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is read at once; several times the longest record.
pub(super) const CHUNK_BYTES: usize = 8 << 20;
/// What tells a file's form.
const HEAD_BYTES: usize = 64 << 10;

/// A file that is being imported.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    /// How a record is read.
    pub form: Form,
    /// Lower-case hexadecimal SHA-256 of the content.
    pub digest: String,
    /// Where it ends, in `unit`.
    pub length: u64,
    pub unit: Unit,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text(Text),
    Table(Box<Table>),
}

/// Some records of the source.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub window: &'a [u8],
    pub pieces: Vec<Piece>,
    /// When each was received, as far as the source knows; empty where it never does.
    pub received: &'a [Option<Time>],
    pub places: Places,
}

/// How the records of a chunk are counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Places {
    /// The offset at which the window begins.
    Bytes(u64),
    /// The number of the first record.
    Rows(u64),
}

impl Chunk<'_> {
    /// Where a record begins.
    pub(super) fn place(&self, index: usize) -> u64 {
        match self.places {
            Places::Bytes(start) => start + self.pieces[index].bytes.start as u64,
            Places::Rows(first) => first + index as u64,
        }
    }

    /// The place behind a record.
    pub(super) fn behind(&self, index: usize) -> u64 {
        match self.places {
            Places::Bytes(start) => start + self.pieces[index].bytes.end as u64,
            Places::Rows(first) => first + index as u64 + 1,
        }
    }
}

impl Source {
    /// Reads the whole file once, for its identity, and a table once more, for its soundness.
    pub(super) fn open(input: Input, told: Option<Format>) -> Result<Source> {
        let Input { path, mut file } = input;
        let (head, digest, bytes) = read_once(&mut file, &path)?;
        if head.iter().all(|byte| byte.is_ascii_whitespace()) {
            return Err(Error::Empty { path });
        }
        if told == Some(Format::Parquet) || told.is_none() && form::is_table(&head) {
            let table = Table::open(file, &path)?;
            let (length, body) = (table.rows(), Body::Table(Box::new(table)));
            return Ok(Source { path, form: Form::Json, digest, length, unit: Unit::Row, body });
        }
        let Some((form, first)) = form::detect_as(&head, told) else {
            return Err(Error::UnknownForm { hint: form::hint(&head), path });
        };
        let ends = Ends::of(&form, &head[first as usize..]);
        let body = Body::Text(Text::new(file, path.clone(), ends, first, bytes));
        Ok(Source { path, form, digest, length: bytes, unit: Unit::Byte, body })
    }

    /// Goes on behind a record that ended at `offset`; 0 is before the first.
    pub(super) fn seek(&mut self, offset: u64) -> Result<()> {
        match &mut self.body {
            Body::Text(text) => text.seek(offset),
            Body::Table(table) => table.seek(offset),
        }
    }

    /// The next records; `None` behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Chunk<'_>>> {
        match &mut self.body {
            Body::Text(text) => text.next(),
            Body::Table(table) => table.next(),
        }
    }

    /// Columns of a table that no message has a place for.
    pub(super) fn left_out(&self) -> &[String] {
        match &self.body {
            Body::Text(_) => &[],
            Body::Table(table) => table.left_out(),
        }
    }
}

/// The beginning, the digest and the length of a file.
fn read_once(file: &mut File, path: &Path) -> Result<(Vec<u8>, String, u64)> {
    let (mut hash, mut length, mut head) = (Sha256::new(), 0, Vec::new());
    let mut window = Vec::new();
    loop {
        window.clear();
        let read = file.take(CHUNK_BYTES as u64).read_to_end(&mut window).map_err(at(path))?;
        if read == 0 {
            break;
        }
        if length == 0 {
            head = window[..read.min(HEAD_BYTES)].to_vec();
        }
        hash.update(&window);
        length += read as u64;
    }
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((head, digest, length))
}
