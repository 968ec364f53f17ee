//! Durable lines in a file: append and sync, cut what tore, replace as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

#[derive(Debug)]
pub(super) struct LineFile {
    file: File,
    /// Bytes up to and with the last line feed; the file is longer only after a crash or a failed write.
    whole: u64,
    lines: usize,
}

impl LineFile {
    pub(super) fn open(path: &Path) -> io::Result<LineFile> {
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        File::open(folder)?.sync_all()?;
        let lines = read_lines(path)?;
        let whole = lines.iter().map(|line| line.len() as u64 + 1).sum();
        Ok(LineFile { file, whole, lines: lines.len() })
    }

    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// Writes `line`, which holds no line feed, and syncs it.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.file.metadata()?.len() > self.whole {
            self.file.set_len(self.whole)?;
        }
        self.file.seek(SeekFrom::Start(self.whole))?;
        let ended = [line, b"\n"].concat();
        self.file.write_all(&ended)?;
        self.file.sync_data()?;
        self.whole += ended.len() as u64;
        self.lines += 1;
        Ok(())
    }

    /// Puts `lines` in the place of the file at `path`; a crash leaves the old file or the new one.
    pub(super) fn replace(path: &Path, lines: impl Iterator<Item = Vec<u8>>) -> io::Result<LineFile> {
        let beside = path.with_extension("new");
        let mut bytes = Vec::new();
        let mut count = 0;
        for line in lines {
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
            count += 1;
        }
        let mut file = File::create(&beside)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(folder_of(path))?.sync_all()?;
        Ok(LineFile { file, whole: bytes.len() as u64, lines: count })
    }
}

/// The lines that end in a line feed, without it; none where there is no file.
pub(super) fn read_lines(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let ended = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    Ok(ended.map(<[u8]>::to_vec).collect())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
