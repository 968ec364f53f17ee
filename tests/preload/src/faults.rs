//! Which call is hit, and how.

use crate::perform::{Call, Change, KINDS};
use std::env;
use std::ffi::CString;
use std::os::unix::ffi::OsStringExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    Middle,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Kill(Moment),
    /// With this error; what `Middle` says was done is done.
    Fail(i32, Moment),
}

#[derive(Debug)]
pub(crate) struct Faults {
    fault: Option<Fault>,
    at: u64,
    on: bool,
    kinds: Option<Vec<&'static str>>,
    paths: Option<String>,
    only_while: Option<CString>,
    sync_delay: Duration,
    count: AtomicU64,
}

impl Faults {
    pub(crate) fn from_variables() -> Faults {
        let number = |name| text(name).map(|text| text.parse().unwrap_or_else(|_| wrong(name, &text)));
        let kinds = |text: String| -> Vec<_> {
            text.split(',').map(|name| kind(name).unwrap_or_else(|| wrong("PRELOAD_CALLS", name))).collect()
        };
        Faults {
            fault: text("PRELOAD_DO").map(|text| fault(&text).unwrap_or_else(|| wrong("PRELOAD_DO", &text))),
            at: number("PRELOAD_AT").unwrap_or(1),
            on: text("PRELOAD_ON").is_some_and(|text| text == "1"),
            kinds: text("PRELOAD_CALLS").map(kinds),
            paths: text("PRELOAD_PATHS"),
            only_while: env::var_os("PRELOAD_WHILE").and_then(|path| CString::new(path.into_vec()).ok()),
            sync_delay: Duration::from_millis(number("PRELOAD_SYNC_MS").unwrap_or(0)),
            count: AtomicU64::new(0),
        }
    }

    /// For a process that the program started.
    pub(crate) fn none() -> Faults {
        Faults {
            fault: None,
            at: 1,
            on: false,
            kinds: None,
            paths: None,
            only_while: None,
            sync_delay: Duration::ZERO,
            count: AtomicU64::new(0),
        }
    }

    /// Counts the call; what it is hit with, if it is.
    pub(crate) fn strike(&self, call: &Call<'_>) -> Option<Fault> {
        if self.fault.is_none() || !self.counts(call) {
            return None;
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        self.fault.filter(|_| number == self.at || (self.on && number > self.at))
    }

    pub(crate) fn delay(&self, call: &Call<'_>) {
        if matches!(call.change, Change::Sync) && !self.sync_delay.is_zero() && self.counts(call) {
            std::thread::sleep(self.sync_delay);
        }
    }

    fn counts(&self, call: &Call<'_>) -> bool {
        let to = match &call.change {
            Change::Rename(to) | Change::Link(to) => to,
            _ => "",
        };
        let holds = |text: &String| [&call.path, to].iter().any(|path| path.contains(text.as_str()));
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&call.change.kind()))
            && self.paths.as_ref().is_none_or(holds)
            && self.only_while.as_ref().is_none_or(|path| crate::paths::exists(path))
    }
}

fn fault(text: &str) -> Option<Fault> {
    let (what, moment) = match text.split_once('-') {
        Some((what, "before")) => (what, Moment::Before),
        Some((what, "middle")) => (what, Moment::Middle),
        Some((what, "after")) => (what, Moment::After),
        Some(_) => return None,
        None => (text, Moment::Before),
    };
    match what {
        "kill" => Some(Fault::Kill(moment)),
        "eio" => Some(Fault::Fail(libc::EIO, moment)),
        "enospc" => Some(Fault::Fail(libc::ENOSPC, moment)),
        _ => None,
    }
}

fn kind(name: &str) -> Option<&'static str> {
    KINDS.into_iter().find(|kind| *kind == name)
}

fn text(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// A test that asks for what is not there must not pass for one in which nothing went wrong.
fn wrong(name: &str, value: &str) -> ! {
    eprintln!("preload: {name}={value} is not understood");
    std::process::abort()
}
