//! From the arguments of a call to a path relative to the watched folder. An open file is asked for its name of now: so
//! no table of descriptors has to be kept through `dup`, `close` and renames.

use libc::c_int;
use std::ffi::{CStr, OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The path of an open file; `None` where it is outside or has none any more.
pub(crate) fn of_descriptor(folder: &Path, descriptor: c_int) -> Option<String> {
    let path = opened(descriptor)?;
    if path.as_os_str().as_bytes().ends_with(b" (deleted)") {
        return None;
    }
    inside(folder, &path)
}

/// The path of a name as calls ending in `at` take it.
pub(crate) fn of_name(folder: &Path, directory: c_int, name: &CStr) -> Option<String> {
    let name = Path::new(OsStr::from_bytes(name.to_bytes()));
    if name.is_absolute() {
        return inside(folder, name);
    }
    let base = match directory {
        libc::AT_FDCWD => std::env::current_dir().ok()?,
        descriptor => opened(descriptor)?,
    };
    inside(folder, &base.join(name))
}

fn opened(descriptor: c_int) -> Option<PathBuf> {
    fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()
}

fn inside(folder: &Path, path: &Path) -> Option<String> {
    let mut plain = OsString::new();
    for part in path.strip_prefix(folder).ok()?.components() {
        match part {
            Component::Normal(name) => {
                if !plain.is_empty() {
                    plain.push("/");
                }
                plain.push(name);
            }
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(plain.to_string_lossy().into_owned())
}

pub(crate) fn exists(path: &CStr) -> bool {
    // SAFETY: the path ends in a NUL and lives until the call returns
    unsafe { libc::access(path.as_ptr(), libc::F_OK) == 0 }
}
