//! Data folders that rounds begin with, so that a start, a compaction or a rebuild has something to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::load;
use super::process::Process;
use super::reader::{self, Facts};
use crate::site::Site;

/// A folder and the messages in it.
#[derive(Debug)]
pub(super) struct Starter {
    site: Site,
    pub(super) facts: Facts,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ending {
    Nothing,
    Stopped,
    Killed,
    WithoutViews,
}

impl Starter {
    /// Makes all of them.
    ///
    /// # Panics
    /// When one cannot be made.
    pub(super) fn all() -> Vec<Self> {
        [Ending::Nothing, Ending::Stopped, Ending::Killed, Ending::WithoutViews].map(Self::make).into()
    }

    /// Copies it to where a site has its data.
    pub(super) fn put(&self, site: &Site) {
        copy(&self.site.data(), &site.data());
    }

    fn make(ending: Ending) -> Self {
        let site = Site::new();
        if ending != Ending::Nothing {
            live(&site, ending);
        }
        if ending == Ending::WithoutViews {
            fs::remove_dir_all(site.data().join("views")).expect("a life makes views");
        }
        let facts = reader::read(&site.data());
        Self { site, facts }
    }
}

/// Three batches, a compaction behind the second; then as many messages again that no batch has seen.
fn live(site: &Site, ending: Ending) {
    let mut command = site.command(&["serve", "--log-format", "json", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    let mut process = Process::start(command.args(["--set", "journal.segment_age=200ms"]), site.path("starter.log"));
    let addresses = process.ready().expect("a daemon on an empty folder starts");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| load::send(&format!("{ending:?}"), addresses.udp, &stop));
        for job in ["batch", "batch", "compact", "batch"] {
            thread::sleep(Duration::from_millis(100));
            site.run(&["jobs", "run", job]).ok();
        }
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
    });
    match ending {
        Ending::Killed => drop(process),
        _ => assert!(process.stop().success(), "a life without a fault ends well"),
    }
}

/// A folder with all that is in it; nothing where there is none.
pub(super) fn copy(from: &Path, to: &Path) {
    let entries: Vec<PathBuf> = match fs::read_dir(from) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => return,
    };
    fs::create_dir_all(to).expect("the test's folder can be written");
    for path in entries {
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("the test's folder can be written");
        }
    }
}
