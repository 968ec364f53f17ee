//! `cargo xtask soak`: minutes of full load with everything on at once, and what stays of it: is nothing lost, and does
//! nothing grow that should not?
//!
//! A fleet sends at a steady rate, some of it late by days, and others send over HTTP; batches and retention run each minute,
//! compaction every other; the live stream is watched, and questions are asked all the while. Each line of the table is a
//! moment of the process and of its data folder.

mod company;
pub(crate) mod house;
mod options;
mod sample;
mod verdict;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::build;
use crate::folders::Folders;
use crate::lane::Lane;
use company::{Senders, Watchers};
use house::House;
use options::Options;
use sample::Sample;
use verdict::Verdict;

/// How long the last datagrams may take to be accounted for.
const LAST_WAIT: Duration = Duration::from_secs(60);

pub(crate) fn run(folders: &Folders, arguments: &[&str]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let programs = build::programs(folders, &Lane::find(folders)?, options.profile)?;
    let folder = folders.target.join("soak");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", folder.display()));
        }
        _ => fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?,
    }
    let mut house = House::start(&programs, &folder)?;
    let verdict =
        soak(&mut house, &options).with_context(|| format!("its log and data are in {}", folder.display()))?;
    println!("{verdict}");
    let failures = verdict.failures();
    ensure!(failures.is_empty(), "{}; log and data are in {}", failures.join("; "), folder.display());
    house.stop()?;
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

fn soak(house: &mut House, options: &Options) -> Result<Verdict> {
    let began = Instant::now();
    let fleet = house.fleet(&options.fleet())?;
    let senders = Senders::start(house, options.requests);
    let mut watchers = Watchers::start(house)?;
    let asking = company::ask_on(house);
    println!("{}", Sample::TITLES);
    let mut samples = Vec::new();
    while began.elapsed() < options.length {
        thread::sleep(options.every.min(options.length.saturating_sub(began.elapsed())));
        let sample = Sample::take(house, began.elapsed(), &asking)?;
        println!("{sample}");
        samples.push(sample);
    }
    let sent = fleet.finish()? + senders.finish()?;
    let lost = watchers.lost()?;
    ensure!(lost == 0, "{lost} who watched the live stream were sent away");
    drop((asking, watchers));
    let status = house.accounted(sent, LAST_WAIT)?;
    house.run(&["jobs", "run", "batch"])?;
    house.run(&["jobs", "run", "compact"])?;
    Verdict::reach(house, options, sent, &status, samples)
}
