//! The recording: what was done, in the order in which it was done.
//!
//! A record is its length without these four bytes (u32), a code (u8) and fields: numbers are u64, texts and bytes a
//! length (u64) and so many bytes; all little-endian.
//!
//! | code | what | fields |
//! |---|---|---|
//! | 1 | create: an empty file under a name that was free | path |
//! | 2 | write | path, offset, bytes |
//! | 3 | truncate | path, length |
//! | 4 | a sync begins | path, its number |
//! | 5 | a sync has succeeded | its number |
//! | 6, 7 | rename, link | from, to |
//! | 8, 9, 10 | unlink, mkdir, rmdir | path |
//! | 11 | the fault comes now | name of the call, path |
//!
//! A call that failed is not in it. Paths are relative to the folder, which itself has the empty one.

use libc::c_int;
use std::ffi::CString;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) const CREATE: u8 = 1;
pub(crate) const WRITE: u8 = 2;
pub(crate) const TRUNCATE: u8 = 3;
pub(crate) const SYNC_BEGINS: u8 = 4;
pub(crate) const SYNCED: u8 = 5;
pub(crate) const RENAME: u8 = 6;
pub(crate) const LINK: u8 = 7;
pub(crate) const UNLINK: u8 = 8;
pub(crate) const MKDIR: u8 = 9;
pub(crate) const RMDIR: u8 = 10;
pub(crate) const FAULT: u8 = 11;

#[derive(Debug)]
pub(crate) struct Recording {
    descriptor: c_int,
    next_sync: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl Recording {
    pub(crate) fn open(path: &CString) -> Recording {
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
        // SAFETY: the path ends in a NUL and lives until the call returns
        let descriptor = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0o644) };
        if descriptor < 0 {
            eprintln!("preload: the recording {path:?} cannot be opened");
            std::process::abort();
        }
        Recording { descriptor: descriptor as c_int, next_sync: AtomicU64::new(u64::from(std::process::id()) << 32) }
    }

    /// A number that no other sync has, in no other process either.
    pub(crate) fn next_sync(&self) -> u64 {
        self.next_sync.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn add(&self, code: u8, fields: &[Field<'_>]) {
        let mut record = vec![0, 0, 0, 0, code];
        for field in fields {
            match field {
                Field::Number(number) => record.extend(number.to_le_bytes()),
                Field::Bytes(bytes) => {
                    record.extend((bytes.len() as u64).to_le_bytes());
                    record.extend_from_slice(bytes);
                }
            }
        }
        let length = (record.len() - 4) as u32;
        record[..4].copy_from_slice(&length.to_le_bytes());
        // in one piece: the process may be killed, and others append as well
        // SAFETY: the buffer is as long as is said
        let written = unsafe { libc::syscall(libc::SYS_write, self.descriptor, record.as_ptr(), record.len()) };
        if written != record.len() as i64 {
            eprintln!("preload: the recording cannot be written");
            std::process::abort();
        }
    }
}
