//! Where things lie: the checkout, what is built from it, and what is fetched once for all checkouts.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::child;

/// In the target folder: the checkout that it was last built from.
const STAMP: &str = "vitals-checkout";

#[derive(Debug)]
pub(crate) struct Folders {
    pub(crate) checkout: PathBuf,
    /// What cargo builds; outside the checkout, so that a fresh clone does not compile every dependency again.
    pub(crate) target: PathBuf,
    /// What the network gave.
    pub(crate) cache: PathBuf,
}

impl Folders {
    /// Finds the folders and makes sure that what cargo takes from the target folder belongs to this checkout.
    ///
    /// Cargo tells stale from fresh by time and by the path inside the workspace: of two checkouts that share a target
    /// folder it gives the older one the programs of the newer one. So a change of checkouts removes what is ours.
    ///
    /// # Errors
    /// When not started by cargo, or without a home folder, or when the target folder cannot be written.
    pub(crate) fn claim() -> Result<Self> {
        let folders = Self::find()?;
        let stamp = folders.target.join(STAMP);
        let checkout = folders.checkout.as_os_str().as_encoded_bytes();
        if fs::read(&stamp).is_ok_and(|last| last == checkout) {
            return Ok(folders);
        }
        fs::create_dir_all(&folders.target).with_context(|| format!("cannot create {}", folders.target.display()))?;
        folders.remove_ours()?;
        fs::write(&stamp, checkout).with_context(|| format!("cannot write {}", stamp.display()))?;
        Ok(folders)
    }

    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`, not by its path")?;
        let mut checkout = PathBuf::from(manifest);
        checkout.pop();
        let home = env::home_dir().context("no home folder; set HOME to a folder for what is fetched and built")?;
        let cache = home.join(".cache/vitals");
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => std::path::absolute(folder).context("CARGO_TARGET_DIR is no path")?,
            _ => cache.join("target"),
        };
        Ok(Self { checkout, target, cache })
    }

    /// Removes what was built of the workspace's own packages; dependencies stay.
    fn remove_ours(&self) -> Result<()> {
        let metadata = child::metadata(self)?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let packages: Vec<String> =
            packages.filter_map(|package| package["name"].as_str()).map(|name| format!("--package={name}")).collect();
        for profile in ["--profile=dev", "--profile=release"] {
            child::run(child::cargo(self).args(["clean", "--quiet", profile]).args(&packages))?;
        }
        Ok(())
    }
}
