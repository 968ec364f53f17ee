//! Reads what `tests/preload` recorded; its `recording.rs` draws the format.

use std::fs;
use std::path::Path;

/// Something that was done to the folder. Paths are relative to it.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Create {
        path: String,
    },
    Write {
        path: String,
        offset: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        path: String,
        length: u64,
    },
    SyncBegins {
        path: String,
        number: u64,
    },
    Synced {
        number: u64,
    },
    Rename {
        from: String,
        to: String,
    },
    Link {
        from: String,
        to: String,
    },
    Unlink {
        path: String,
    },
    Mkdir {
        path: String,
    },
    Rmdir {
        path: String,
    },
    /// What comes next is what was hit.
    Fault {
        call: String,
        path: String,
    },
}

impl Record {
    /// The kind of call and the path, for telling points of a recording apart.
    pub(super) fn place(&self) -> (&str, &str) {
        match self {
            Self::Create { path } => ("create", path),
            Self::Write { path, .. } => ("write", path),
            Self::Truncate { path, .. } => ("truncate", path),
            Self::SyncBegins { path, .. } => ("sync", path),
            Self::Synced { .. } => ("synced", ""),
            Self::Rename { to, .. } => ("rename", to),
            Self::Link { to, .. } => ("link", to),
            Self::Unlink { path } => ("unlink", path),
            Self::Mkdir { path } => ("mkdir", path),
            Self::Rmdir { path } => ("rmdir", path),
            Self::Fault { call, path } => (call, path),
        }
    }
}

/// All records; a last one that a kill tore is not one. None where nothing was recorded.
pub(super) fn read(path: &Path) -> Vec<Record> {
    read_with_ends(path).into_iter().map(|(record, _)| record).collect()
}

/// The same, each with how long the recording was with it.
pub(super) fn read_with_ends(path: &Path) -> Vec<(Record, u64)> {
    let bytes = fs::read(path).unwrap_or_default();
    let mut rest = Fields(&bytes);
    std::iter::from_fn(|| {
        let length = u32::from_le_bytes(rest.take(4)?.try_into().expect("four bytes"));
        let record = Fields(rest.take(length as usize)?).record()?;
        Some((record, (bytes.len() - rest.0.len()) as u64))
    })
    .collect()
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }

    fn text(&mut self) -> Option<String> {
        Some(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    fn record(&mut self) -> Option<Record> {
        let code = self.take(1)?[0];
        Some(match code {
            1 => Record::Create { path: self.text()? },
            2 => Record::Write { path: self.text()?, offset: self.number()?, bytes: self.bytes()?.to_vec() },
            3 => Record::Truncate { path: self.text()?, length: self.number()? },
            4 => Record::SyncBegins { path: self.text()?, number: self.number()? },
            5 => Record::Synced { number: self.number()? },
            6 => Record::Rename { from: self.text()?, to: self.text()? },
            7 => Record::Link { from: self.text()?, to: self.text()? },
            8 => Record::Unlink { path: self.text()? },
            9 => Record::Mkdir { path: self.text()? },
            10 => Record::Rmdir { path: self.text()? },
            11 => Record::Fault { call: self.text()?, path: self.text()? },
            _ => panic!("a record of unknown code {code}"),
        })
    }
}
