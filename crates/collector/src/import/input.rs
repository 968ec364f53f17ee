//! What an import reads: a file, or what comes through a pipe.
//!
//! An import is known by its content and goes on where it stopped, so its source is read twice and from any place. What
//! comes through a pipe is therefore put into a file without a name first: whatever ends the process, nothing of it is
//! left, and nothing has been taken in before the pipe has ended.

use crate::error::{Error, Result, at};
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

const PIECE_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub struct Input {
    /// What it is called in reports and errors.
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Input {
    pub fn file(path: &Path) -> Result<Input> {
        Ok(Input { path: path.to_owned(), file: File::open(path).map_err(at(path))? })
    }

    /// Reads a pipe to its end; `told` hears how many bytes have come. Needs so much room in `folder`.
    pub fn pipe(name: &str, mut pipe: impl Read, folder: &Path, told: &dyn Fn(u64)) -> Result<Input> {
        let path = PathBuf::from(name);
        let spool = |source| Error::Spool { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(spool)?;
        let mut file = tempfile::tempfile_in(folder).map_err(spool)?;
        let (mut piece, mut bytes) = (vec![0; PIECE_BYTES], 0);
        loop {
            match pipe.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    file.write_all(&piece[..read]).map_err(spool)?;
                    bytes += read as u64;
                    told(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(at(&path)(error)),
            }
        }
        file.rewind().map_err(spool)?;
        Ok(Input { path, file })
    }
}
