//! One call on its way: is it hit, is it slow, and what is recorded of it.

use crate::faults::{Fault, Faults, Moment};
use crate::recording::{self, Field, Recording};
use libc::c_int;
use std::env;
use std::ffi::CString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A call on a path in the watched folder.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) path: String,
    pub(crate) change: Change<'a>,
}

#[derive(Clone, Debug)]
pub(crate) enum Change<'a> {
    Create,
    /// No offset: the file's position, which stands behind the bytes once they are written.
    Write {
        bytes: &'a [u8],
        offset: Option<u64>,
        descriptor: c_int,
    },
    Truncate(u64),
    Sync,
    Rename(String),
    Link(String),
    Unlink,
    Mkdir,
    Rmdir,
}

pub(crate) const KINDS: [&str; 9] =
    ["create", "write", "truncate", "sync", "rename", "link", "unlink", "mkdir", "rmdir"];

impl Change<'_> {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Change::Create => "create",
            Change::Write { .. } => "write",
            Change::Truncate(_) => "truncate",
            Change::Sync => "sync",
            Change::Rename(_) => "rename",
            Change::Link(_) => "link",
            Change::Unlink => "unlink",
            Change::Mkdir => "mkdir",
            Change::Rmdir => "rmdir",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) folder: PathBuf,
    faults: Faults,
    recording: Option<Recording>,
    /// Held from a change to its record, so that the recording has the order in which things happened.
    order: Mutex<()>,
}

/// Before the program's own code runs: the mark for its children must be there when it starts the first, and no thread
/// may read the environment meanwhile.
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = {
    extern "C" fn begin() {
        session();
    }
    begin
};

/// `None` where nothing is watched.
pub(crate) fn session() -> Option<&'static Session> {
    static SESSION: OnceLock<Option<Session>> = OnceLock::new();
    SESSION.get_or_init(Session::from_variables).as_ref()
}

impl Session {
    fn from_variables() -> Option<Session> {
        let folder = PathBuf::from(env::var_os("PRELOAD_FOLDER")?);
        let recording = env::var_os("PRELOAD_LOG").and_then(|path| CString::new(path.into_vec()).ok());
        let faults = if is_first() { Faults::from_variables() } else { Faults::none() };
        Some(Session { folder, faults, recording: recording.map(|path| Recording::open(&path)), order: Mutex::new(()) })
    }

    /// Performs a call with its fault and its record. `real` does it, and gives back what the caller gets, with `errno`
    /// set; `half` does half of it.
    pub(crate) fn perform(&self, call: &Call<'_>, half: impl FnOnce() -> isize, real: impl FnOnce() -> isize) -> isize {
        match self.faults.strike(call) {
            None => {}
            Some(fault) => {
                self.mark(call);
                match fault {
                    Fault::Kill(Moment::Before) => die(),
                    Fault::Kill(Moment::Middle) => {
                        self.run(call, half);
                        die()
                    }
                    Fault::Kill(Moment::After) => {
                        self.run(call, real);
                        die()
                    }
                    Fault::Fail(error, moment) => {
                        if moment == Moment::Middle {
                            self.run(call, half);
                        }
                        set_errno(error);
                        return -1;
                    }
                }
            }
        }
        self.faults.delay(call);
        self.run(call, real)
    }

    fn run(&self, call: &Call<'_>, real: impl FnOnce() -> isize) -> isize {
        let Some(recording) = &self.recording else { return real() };
        if matches!(call.change, Change::Sync) {
            return self.sync(recording, &call.path, real);
        }
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let done = real();
        if done >= 0 {
            let error = errno();
            record(recording, call, done);
            set_errno(error);
        }
        done
    }

    /// Others go on meanwhile. What they write after the beginning is not made durable for certain.
    fn sync(&self, recording: &Recording, path: &str, real: impl FnOnce() -> isize) -> isize {
        let number = recording.next_sync();
        {
            let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            recording.add(recording::SYNC_BEGINS, &[Field::Bytes(path.as_bytes()), Field::Number(number)]);
        }
        let done = real();
        if done >= 0 {
            let error = errno();
            let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
            recording.add(recording::SYNCED, &[Field::Number(number)]);
            set_errno(error);
        }
        done
    }

    fn mark(&self, call: &Call<'_>) {
        if let Some(recording) = &self.recording {
            let fields = [call.change.kind(), &call.path].map(|text| Field::Bytes(text.as_bytes()));
            recording.add(recording::FAULT, &fields);
        }
    }
}

fn record(recording: &Recording, call: &Call<'_>, done: isize) {
    let path = Field::Bytes(call.path.as_bytes());
    match &call.change {
        Change::Create => recording.add(recording::CREATE, &[path]),
        Change::Write { bytes, offset, descriptor } => {
            let done = done as usize;
            let offset = offset.unwrap_or_else(|| position(*descriptor).saturating_sub(done as u64));
            recording.add(recording::WRITE, &[path, Field::Number(offset), Field::Bytes(&bytes[..done])]);
        }
        Change::Truncate(length) => recording.add(recording::TRUNCATE, &[path, Field::Number(*length)]),
        Change::Rename(to) => recording.add(recording::RENAME, &[path, Field::Bytes(to.as_bytes())]),
        Change::Link(to) => recording.add(recording::LINK, &[path, Field::Bytes(to.as_bytes())]),
        Change::Unlink => recording.add(recording::UNLINK, &[path]),
        Change::Mkdir => recording.add(recording::MKDIR, &[path]),
        Change::Rmdir => recording.add(recording::RMDIR, &[path]),
        Change::Sync => unreachable!("a sync has a beginning and an end"),
    }
}

/// Whether this is the process under test, and not one that it started: those inherit the mark.
fn is_first() -> bool {
    const MARK: &str = "PRELOAD_PROCESS";
    let own = std::process::id().to_string();
    match env::var(MARK) {
        Ok(first) => first == own,
        Err(_) => {
            // SAFETY: this runs before the program's own code, so no other thread reads the environment
            unsafe { env::set_var(MARK, own) };
            true
        }
    }
}

fn position(descriptor: c_int) -> u64 {
    // SAFETY: takes plain numbers
    unsafe { libc::lseek(descriptor, 0, libc::SEEK_CUR) }.try_into().unwrap_or(0)
}

fn die() -> ! {
    // SAFETY: takes plain numbers; nothing of this process runs behind it
    unsafe {
        libc::kill(libc::getpid(), libc::SIGKILL);
        loop {
            libc::pause();
        }
    }
}

pub(crate) fn errno() -> c_int {
    // SAFETY: the place is this thread's own
    unsafe { *libc::__errno_location() }
}

pub(crate) fn set_errno(error: c_int) {
    // SAFETY: the place is this thread's own
    unsafe { *libc::__errno_location() = error }
}

/// Whether a name is taken, seen from where the call looks.
pub(crate) fn is_taken(folder: &Path, path: &str) -> bool {
    std::fs::symlink_metadata(folder.join(path)).is_ok()
}
