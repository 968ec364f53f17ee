//! Files that rot, vanish, or come back as they once were, under real processes: a start needs nobody, says what it found,
//! and no answer is wrong without a word.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

mod journal;
mod master;
mod small_files;
mod views;

use std::fs;
use std::path::{Path, PathBuf};

use system_tests::{Answer, BY_HAND, Daemon, Expected, Site, assert_same, until};

/// A data folder at rest: three published batches whose segments are gone, and a fourth fleet's messages above them.
/// Beside it `older`, the folder as it was after the first batch.
pub(crate) struct Rest {
    pub(crate) site: Site,
    pub(crate) expected: Expected,
}

impl Rest {
    pub(crate) fn new() -> Self {
        let site = Site::new();
        let mut expected = Expected::default();
        for round in 0..4 {
            let daemon = serve(&site);
            let options = format!("--count 400 --rate 8000 --services 5 --shape mixed --late 0.2 --seed {round}");
            expected.add(&site.fleet(daemon.udp(), &options).finish().expected);
            site.await_accepted(400);
            if round < 3 {
                site.batch();
            }
            assert!(daemon.stop().success());
            if round == 0 {
                copy(&site.data(), &site.path("older"));
            }
        }
        Self { site, expected }
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.site.data().join(path)
    }

    /// Starts a daemon, and waits until there is an answer.
    pub(crate) fn answer(&self, what: &str) -> (Daemon, Answer) {
        let daemon = serve(&self.site);
        let answer = until(&format!("an answer after: {what}"), 60, || {
            let output = self.site.run(&["query", "--from", "2020-01-01", "--to", "2040-01-01", "--format", "json"]);
            // not ready yet, which is no answer
            (output.code != Some(4)).then(|| Answer::read(output.json()))
        });
        (daemon, answer)
    }

    /// That nothing is lost: a daemon answers as if nothing had been, can prove it, and goes on.
    pub(crate) fn survives(&self, what: &str) -> Daemon {
        let (daemon, answer) = self.answer(what);
        assert_same(&answer.rows, &self.expected.rows(), what);
        assert!(damaged(&answer).is_empty(), "{what}: {}", answer.document["coverage"]);
        self.site.verify(self.expected.count());
        daemon
    }
}

pub(crate) fn serve(site: &Site) -> Daemon {
    site.serve(&[&BY_HAND[..], &["--set", "journal.keep=1ms"]].concat())
}

/// The names of what is damaged, as an answer tells them.
pub(crate) fn damaged(answer: &Answer) -> Vec<String> {
    let damaged = answer.document["coverage"]["damaged"].as_array().expect("a list");
    damaged.iter().map(|piece| format!("{} {}", piece["journal"].as_str().unwrap(), piece["segment"])).collect()
}

/// What can happen to a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Harm {
    /// The lowest bit of the byte at this many thousandths of the file.
    Flip(usize),
    /// So many thousandths are left.
    Cut(usize),
    Empty,
    Delete,
    Garbage,
    /// As it was after the first batch; where there was none, the file goes.
    Older,
}

impl Harm {
    pub(crate) fn to(self, path: &Path, site: &Site) {
        let whole = fs::read(path).unwrap_or_default();
        let place = |thousandths: usize| whole.len() * thousandths / 1000;
        let bytes = match self {
            Self::Flip(at) => {
                let mut bytes = whole.clone();
                bytes[place(at).min(whole.len() - 1)] ^= 1;
                Some(bytes)
            }
            Self::Cut(at) => Some(whole[..place(at)].to_vec()),
            Self::Empty => Some(Vec::new()),
            Self::Garbage => Some((0..5_000_u32).map(|at| (at * 31 % 251) as u8).collect()),
            Self::Delete => None,
            Self::Older => fs::read(site.path("older").join(path.strip_prefix(site.data()).unwrap())).ok(),
        };
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
    }
}

/// A folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Files below a folder whose names end so, in order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}
