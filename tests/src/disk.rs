//! A disk that is as small, as full and as read-only as a test wants it: a tmpfs of its own.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::output::Output;

/// A mounted tmpfs; unmounted when the value is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    at: PathBuf,
}

/// A folder that can only be read as long as the value lives, for whoever opens a file in it from now on. What is open
/// already stays as it is: the kernel makes no file system read-only while a file on it is open for writing.
#[derive(Debug)]
pub struct ReadOnly {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts it at the folder, which is made.
    ///
    /// # Panics
    /// Where mounting is not permitted.
    #[must_use]
    pub fn mount(at: &Path, megabytes: u32) -> Self {
        fs::create_dir(at).expect("the test's folder can be written");
        mount(&["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "vitals-test"], at);
        Self { at: at.to_owned() }
    }

    /// Takes all the space there is, but for so many bytes.
    ///
    /// # Panics
    /// When it cannot.
    pub fn fill(&self, leave: u64) {
        let mut file = File::options().create(true).append(true).open(self.ballast()).expect("a file needs no space");
        for chunk in [&[0; 1 << 16][..], &[0; 1 << 12]] {
            while file.write_all(chunk).is_ok() {}
        }
        let length = file.metadata().expect("it is open").len();
        file.set_len(length.saturating_sub(leave)).expect("a file can be cut");
    }

    /// Gives the space back.
    ///
    /// # Panics
    /// When it was not taken.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("the disk was filled before");
    }

    /// Makes the whole disk read-only, which nobody may be writing to, or writable again.
    ///
    /// # Panics
    /// When somebody is.
    pub fn set_read_only(&self, read_only: bool) {
        mount(&["-o", if read_only { "remount,ro" } else { "remount,rw" }], &self.at);
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }
}

impl ReadOnly {
    /// Covers the folder with a read-only view of itself.
    ///
    /// # Panics
    /// Where mounting is not permitted.
    #[must_use]
    pub fn cover(folder: &Path) -> Self {
        let read_only = Self { folder: folder.to_owned() };
        mount(&["--bind", &folder.display().to_string()], folder);
        mount(&["-o", "remount,bind,ro"], folder);
        read_only
    }
}

fn mount(arguments: &[&str], at: &Path) {
    let output = Output::of(Command::new("mount").args(arguments).arg(at));
    assert_eq!(
        output.code,
        Some(0),
        "this test mounts a file system of its own, which is not permitted here; run it as root, or the whole run under \
         `unshare --map-root-user --mount`: {output:?}"
    );
}

fn unmount(at: &Path) {
    // what still has a file open there goes on, and the folder is free all the same
    let _ = Command::new("umount").arg("--lazy").arg(at).status();
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.at);
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        unmount(&self.folder);
    }
}
