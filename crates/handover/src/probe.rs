//! Whether the views can be opened and read at all, found out in a process that may die of it: on some damaged files
//! DuckDB does not fail but aborts, and a daemon that opened them itself would start and die for ever.
//!
//! The process is this program again with a hidden command. It is asked before each start opens the views to write,
//! and by readers where the process before them did not end in order.

use crate::current::{Current, set_aside};
use crate::error::{Error, Result};
use crate::store::Access;
use model::DataFolder;
use serving::{Limits, Views};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long the process reads: rot that lies further back in large views is left to whoever meets it.
const CHECK_WAIT: Duration = Duration::from_secs(20);
/// How long it may take in all. One that is not done then hangs, and so would a daemon.
const PROBE_WAIT: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(5);
/// How it says that the views are damaged: the exit code of `vitals verify` for what does not fit.
const DAMAGED: i32 = 3;
/// What a crash ends a process with; an operator's kill proves nothing.
const CRASHES: [i32; 6] = [4, 5, 6, 7, 8, 11];

/// The program that carries out [`check`] when it is called with these arguments and the path of the views' file.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    pub program: &'a Path,
    pub arguments: &'a [&'a OsStr],
}

impl Probe<'_> {
    /// Call it before [`crate::Store::open`]. Broken views are set aside when it is to write, to be built anew.
    pub fn run(&self, folder: &DataFolder, access: Access) -> Result<()> {
        let Some(file) = Current::file_in(folder)? else { return Ok(()) };
        if !file.exists() || access == Access::Read && !Views::were_left_open(&file) {
            return Ok(());
        }
        match self.broken(&file) {
            Ok(None) => Ok(()),
            Ok(Some(reason)) if access == Access::Write => set_aside(folder, &file, &reason),
            Ok(Some(_)) => Err(Error::ViewsDamaged),
            Err(error) => {
                tracing::warn!(program = %self.program.display(), %error, "cannot ask another process whether the views are sound; opening them unasked");
                Ok(())
            }
        }
    }

    /// What is wrong with the file.
    fn broken(&self, file: &Path) -> std::io::Result<Option<String>> {
        let mut command = Command::new(self.program);
        command.args(self.arguments).arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let said = child.stderr.take().map(|mut pipe| {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                let _ = pipe.read_to_end(&mut said);
                String::from_utf8_lossy(&said).trim().to_owned()
            })
        });
        let ended = wait(&mut child)?;
        let said = said.and_then(|said| said.join().ok()).unwrap_or_default();
        Ok(verdict(ended, &said))
    }
}

/// `None`: it had not ended in time, and was killed.
fn wait(child: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + PROBE_WAIT;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(PAUSE);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// Why the views are broken; `None` where they are not, or where that is for the caller's own opening to say.
fn verdict(ended: Option<ExitStatus>, said: &str) -> Option<String> {
    let Some(status) = ended else { return Some(format!("opening them hangs for {PROBE_WAIT:?}")) };
    match (status.code(), status.signal()) {
        (Some(DAMAGED), _) => Some(said.to_owned()),
        (_, Some(signal)) if CRASHES.contains(&signal) => {
            Some(format!("DuckDB crashes on them with signal {signal}: {said}"))
        }
        _ => None,
    }
}

/// What the process does: opens the file as a reader and reads all of it.
pub fn check(file: &Path, limits: &Limits) -> serving::Result<()> {
    Views::open_read_only(file, limits)?.check(CHECK_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_damage_and_crashes_condemn_views() {
        let check = |raw: i32, expect: Option<&str>| {
            let found = verdict(Some(ExitStatus::from_raw(raw)), "why");
            assert_eq!(found.as_deref(), expect, "wait status {raw}");
        };
        check(0, None);
        check(1 << 8, None);
        check(DAMAGED << 8, Some("why"));
        check(6, Some("DuckDB crashes on them with signal 6: why"));
        check(11 | 0x80, Some("DuckDB crashes on them with signal 11: why"));
        check(9, None);
        check(15, None);
        assert!(verdict(None, "").expect("hangs").contains("hangs"));
    }
}
