//! `cargo xtask build`: the programs, complete in one folder that can be copied elsewhere.

use std::path::PathBuf;

use anyhow::Result;

use crate::child;
use crate::folders::Folders;
use crate::lane::Lane;
use crate::page;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// The folder below the target folder that cargo builds this profile in.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    /// From nothing, on two cores; without DuckDB, which the bundled lane compiles besides.
    fn minutes(self) -> u32 {
        match self {
            Self::Dev => 6,
            Self::Release => 20,
        }
    }
}

pub(crate) fn run(folders: &Folders, profile: Profile) -> Result<()> {
    let folder = programs(folders, &Lane::find(folders)?, profile)?;
    eprintln!("vitals and mock-services are in {}", folder.display());
    Ok(())
}

/// Builds `vitals`, `mock-services` and the library that tests put between `vitals` and its file calls; gives back the
/// folder that holds them and the DuckDB library.
pub(crate) fn programs(folders: &Folders, lane: &Lane, profile: Profile) -> Result<PathBuf> {
    page::build(folders);
    let folder = folders.target.join(profile.folder());
    if !folder.join("vitals").exists() {
        eprintln!("building (from nothing: about {} minutes on two cores)…", profile.minutes());
    }
    let mut cargo = lane.cargo(folders, &["build", "--package=cli", "--package=mock-services", "--package=preload"]);
    if let Profile::Release = profile {
        cargo.arg("--release");
    }
    child::run(&mut cargo)?;
    lane.place_library(&folder)?;
    Ok(folder)
}
