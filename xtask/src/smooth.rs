//! `cargo xtask smooth`: how soon the page shows a large fleet that sends all the while, and how it scrolls through it. The
//! figures are the browser's: they depend on the machine, and headless Chromium draws without a graphics card.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;
use crate::page;
use crate::soak::house::House;

const SERVICES: u32 = 1000;

pub(crate) fn run(folders: &Folders) -> Result<()> {
    let programs = build::programs(folders, &Lane::find(folders)?, Profile::Release)?;
    let folder = folders.target.join("smooth");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let house = House::start(&programs, &folder)?;
    // an hour of minutes for the small charts, then each service every five seconds
    let past = format!("--services {SERVICES} --time-step 1m --rate 20000 --count {}", SERVICES * 60);
    house.fleet(&past)?.finish()?;
    let fleet = house.fleet(&format!("--services {SERVICES} --every 5s"))?;
    let measured =
        child::run(Command::new("node").arg(page::copy(folders).join("browser/smooth.mjs")).arg(house.http()));
    drop(fleet);
    measured?;
    house.stop()
}
