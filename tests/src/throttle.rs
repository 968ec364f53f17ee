//! Less of a processor than there is: a process that is stopped and continued in turns. Needs no privileges, unlike a
//! control group.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::daemon::Daemon;

/// A daemon that gets half of the time; all of it again when the value is dropped.
#[derive(Debug)]
pub struct Throttle {
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Throttle {
    /// Stops the daemon for so long, then lets it run for so long, and so on.
    ///
    /// # Panics
    /// When the daemon has ended.
    #[must_use]
    pub fn half(daemon: &Daemon, turn: Duration) -> Self {
        let (end, ended) = channel();
        let pid = pid(daemon);
        Self { end: Some(end), thread: Some(thread::spawn(move || take_turns(pid, turn, &ended))) }
    }
}

/// Stops the daemon where it stands; it goes on when it is asked to stop.
///
/// # Panics
/// When it has ended.
pub fn freeze(daemon: &Daemon) {
    kill_process(pid(daemon), Signal::STOP).expect("a child can be signalled until it is waited for");
}

fn pid(daemon: &Daemon) -> Pid {
    let pid = i32::try_from(daemon.pid()).ok().and_then(Pid::from_raw);
    pid.expect("a child has a process id")
}

fn take_turns(pid: Pid, turn: Duration, ended: &Receiver<()>) {
    for signal in [Signal::STOP, Signal::CONT].into_iter().cycle() {
        // one that has ended meanwhile is the test's matter
        let _ = kill_process(pid, signal);
        if ended.recv_timeout(turn) != Err(RecvTimeoutError::Timeout) {
            let _ = kill_process(pid, Signal::CONT);
            return;
        }
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
