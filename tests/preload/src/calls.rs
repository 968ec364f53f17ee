//! The functions of libc that are replaced. Each finds out whether it would change the watched folder; if not, or if
//! nothing is watched, it is the system call and nothing else.

use crate::paths;
use crate::perform::{Call, Change, Session, errno, is_taken, session, set_errno};
use libc::{AT_FDCWD, c_char, c_int, c_long, c_uint, c_void, iovec, mode_t, off_t, size_t, ssize_t, syscall};
use std::ffi::CStr;

/// The watched folder and the path of an open file in it.
fn opened(descriptor: c_int) -> Option<(&'static Session, String)> {
    let session = session()?;
    Some((session, paths::of_descriptor(&session.folder, descriptor)?))
}

/// The watched folder and a name in it. Names end in a NUL, as the caller of a C function warrants.
fn named(directory: c_int, name: *const c_char) -> Option<(&'static Session, String)> {
    let session = session()?;
    if name.is_null() {
        return None;
    }
    // SAFETY: it is not null, and it ends in a NUL
    let name = unsafe { CStr::from_ptr(name) };
    Some((session, paths::of_name(&session.folder, directory, name)?))
}

fn change(found: Option<(&'static Session, String)>, change: Change<'_>, real: impl FnOnce() -> c_long) -> c_int {
    match found {
        Some((session, path)) => session.perform(&Call { path, change }, || 0, || real() as isize) as c_int,
        None => real() as c_int,
    }
}

fn open_file(directory: c_int, name: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's own arguments
    let real = || unsafe { syscall(libc::SYS_openat, directory, name, flags, mode) };
    if flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return real() as c_int;
    }
    let Some((session, path)) = named(directory, name) else { return real() as c_int };
    let what = match is_taken(&session.folder, &path) {
        false if flags & libc::O_CREAT != 0 => Change::Create,
        true if flags & libc::O_TRUNC != 0 && flags & libc::O_EXCL == 0 => Change::Truncate(0),
        _ => return real() as c_int,
    };
    change(Some((session, path)), what, real)
}

fn write_bytes(descriptor: c_int, bytes: *const c_void, length: size_t, offset: Option<off_t>) -> ssize_t {
    let real = |length: size_t| match offset {
        // SAFETY: the caller's own arguments, or fewer of its bytes
        Some(offset) => unsafe { syscall(libc::SYS_pwrite64, descriptor, bytes, length, offset) as isize },
        // SAFETY: as above
        None => unsafe { syscall(libc::SYS_write, descriptor, bytes, length) as isize },
    };
    let Some((session, path)) = opened(descriptor).filter(|_| length > 0) else { return real(length) };
    // SAFETY: the caller warrants that so many bytes are there, and they are only read
    let slice = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) };
    let change = Change::Write { bytes: slice, offset: offset.map(|offset| offset as u64), descriptor };
    session.perform(&Call { path, change }, || real(length / 2), || real(length))
}

/// All pieces as one write.
fn write_pieces(descriptor: c_int, pieces: *const iovec, count: c_int, offset: Option<off_t>) -> ssize_t {
    if opened(descriptor).is_none() || count <= 0 {
        return match offset {
            // SAFETY: the caller's own arguments
            Some(offset) => unsafe { syscall(libc::SYS_pwritev, descriptor, pieces, count, offset, 0) as isize },
            // SAFETY: the caller's own arguments
            None => unsafe { syscall(libc::SYS_writev, descriptor, pieces, count) as isize },
        };
    }
    let mut joined = Vec::new();
    for piece in 0..count as usize {
        // SAFETY: the caller warrants that so many pieces, each of so many bytes, are there
        let bytes = unsafe {
            let piece = &*pieces.add(piece);
            std::slice::from_raw_parts(piece.iov_base.cast::<u8>(), piece.iov_len)
        };
        joined.extend_from_slice(bytes);
    }
    write_bytes(descriptor, joined.as_ptr().cast(), joined.len(), offset)
}

fn sync_file(descriptor: c_int, number: c_long) -> c_int {
    // SAFETY: takes plain numbers
    change(opened(descriptor), Change::Sync, || unsafe { syscall(number, descriptor) })
}

fn set_length(found: Option<(&'static Session, String)>, length: off_t, real: impl FnOnce() -> c_long) -> c_int {
    change(found, Change::Truncate(length as u64), real)
}

fn rename_file(from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char, flags: c_uint) -> c_int {
    // SAFETY: the caller's own arguments
    let real = || unsafe { syscall(libc::SYS_renameat2, from_at, from, to_at, to, flags) };
    match named(from_at, from).zip(named(to_at, to)) {
        Some((from, (_, to))) => change(Some(from), Change::Rename(to), real),
        None => real() as c_int,
    }
}

fn link_file(from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's own arguments
    let real = || unsafe { syscall(libc::SYS_linkat, from_at, from, to_at, to, flags) };
    match named(from_at, from).zip(named(to_at, to)) {
        Some((from, (_, to))) => change(Some(from), Change::Link(to), real),
        None => real() as c_int,
    }
}

fn remove_name(directory: c_int, name: *const c_char, flags: c_int) -> c_int {
    let what = if flags & libc::AT_REMOVEDIR == 0 { Change::Unlink } else { Change::Rmdir };
    // SAFETY: the caller's own arguments
    change(named(directory, name), what, || unsafe { syscall(libc::SYS_unlinkat, directory, name, flags) })
}

fn make_folder(directory: c_int, name: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller's own arguments
    change(named(directory, name), Change::Mkdir, || unsafe { syscall(libc::SYS_mkdirat, directory, name, mode) })
}

/// Ways round a plain write do not exist on the watched folder; whoever tries one writes then.
fn refuse(descriptor: c_int, error: c_int, real: impl FnOnce() -> c_long) -> c_long {
    match opened(descriptor) {
        Some(_) => {
            set_errno(error);
            -1
        }
        None => real(),
    }
}

/// Defines functions under the names that programs call. What `open` takes as its third argument is in the register of
/// a third argument, whether the caller passes one or not.
macro_rules! exported {
    ($( [$($name:ident),+] $arguments:tt -> $result:ty = $body:expr; )+) => {
        $( $(
            /// # Safety
            /// As the function of that name in libc.
            #[unsafe(no_mangle)]
            pub(crate) unsafe extern "C" fn $name $arguments -> $result {
                $body
            }
        )+ )+
    };
}

exported! {
    [open, open64] (name: *const c_char, flags: c_int, mode: mode_t) -> c_int = open_file(AT_FDCWD, name, flags, mode);
    [openat, openat64] (at: c_int, name: *const c_char, flags: c_int, mode: mode_t) -> c_int = open_file(at, name, flags, mode);
    [creat, creat64] (name: *const c_char, mode: mode_t) -> c_int =
        open_file(AT_FDCWD, name, libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC, mode);
    [write] (fd: c_int, bytes: *const c_void, length: size_t) -> ssize_t = write_bytes(fd, bytes, length, None);
    [pwrite, pwrite64] (fd: c_int, bytes: *const c_void, length: size_t, offset: off_t) -> ssize_t =
        write_bytes(fd, bytes, length, Some(offset));
    [writev] (fd: c_int, pieces: *const iovec, count: c_int) -> ssize_t = write_pieces(fd, pieces, count, None);
    [pwritev, pwritev64] (fd: c_int, pieces: *const iovec, count: c_int, offset: off_t) -> ssize_t =
        write_pieces(fd, pieces, count, Some(offset));
    [fsync] (fd: c_int) -> c_int = sync_file(fd, libc::SYS_fsync);
    [fdatasync] (fd: c_int) -> c_int = sync_file(fd, libc::SYS_fdatasync);
    [ftruncate, ftruncate64] (fd: c_int, length: off_t) -> c_int =
        set_length(opened(fd), length, || unsafe { syscall(libc::SYS_ftruncate, fd, length) });
    [truncate, truncate64] (name: *const c_char, length: off_t) -> c_int =
        set_length(named(AT_FDCWD, name), length, || unsafe { syscall(libc::SYS_truncate, name, length) });
    [rename] (from: *const c_char, to: *const c_char) -> c_int = rename_file(AT_FDCWD, from, AT_FDCWD, to, 0);
    [renameat] (from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char) -> c_int =
        rename_file(from_at, from, to_at, to, 0);
    [renameat2] (from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char, flags: c_uint) -> c_int =
        rename_file(from_at, from, to_at, to, flags);
    [link] (from: *const c_char, to: *const c_char) -> c_int = link_file(AT_FDCWD, from, AT_FDCWD, to, 0);
    [linkat] (from_at: c_int, from: *const c_char, to_at: c_int, to: *const c_char, flags: c_int) -> c_int =
        link_file(from_at, from, to_at, to, flags);
    [unlink] (name: *const c_char) -> c_int = remove_name(AT_FDCWD, name, 0);
    [remove] (name: *const c_char) -> c_int = match remove_name(AT_FDCWD, name, 0) {
        -1 if errno() == libc::EISDIR => remove_name(AT_FDCWD, name, libc::AT_REMOVEDIR),
        removed => removed,
    };
    [unlinkat] (at: c_int, name: *const c_char, flags: c_int) -> c_int = remove_name(at, name, flags);
    [rmdir] (name: *const c_char) -> c_int = remove_name(AT_FDCWD, name, libc::AT_REMOVEDIR);
    [mkdir] (name: *const c_char, mode: mode_t) -> c_int = make_folder(AT_FDCWD, name, mode);
    [mkdirat] (at: c_int, name: *const c_char, mode: mode_t) -> c_int = make_folder(at, name, mode);
    [fallocate, fallocate64] (fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int =
        refuse(fd, libc::EOPNOTSUPP, || unsafe { syscall(libc::SYS_fallocate, fd, mode, offset, length) }) as c_int;
    [copy_file_range] (from: c_int, from_at: *mut off_t, to: c_int, to_at: *mut off_t, length: size_t, flags: c_uint) -> ssize_t =
        refuse(to, libc::ENOSYS, || unsafe { syscall(libc::SYS_copy_file_range, from, from_at, to, to_at, length, flags) }) as ssize_t;
    [sendfile, sendfile64] (to: c_int, from: c_int, offset: *mut off_t, length: size_t) -> ssize_t =
        refuse(to, libc::ENOSYS, || unsafe { syscall(libc::SYS_sendfile, to, from, offset, length) }) as ssize_t;
}
