//! The Python that tests read the master dataset with: a virtual environment with pinned packages, made once.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::child;
use crate::folders::Folders;

const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// The environment's interpreter. The environment is made anew when the requirements have changed, or when making it
/// did not come to its end.
///
/// # Errors
/// Without Python or its `venv` module, and when pip cannot install the packages.
pub(crate) fn interpreter(folders: &Folders) -> Result<PathBuf> {
    let environment = folders.cache.join("python");
    let interpreter = environment.join("bin/python");
    let required = folders.checkout.join(REQUIREMENTS);
    let wanted = fs::read_to_string(&required).with_context(|| format!("cannot read {}", required.display()))?;
    // written last: it holds the requirements that the environment fulfils
    let fulfilled = environment.join("requirements.txt");
    if interpreter.exists() && fs::read_to_string(&fulfilled).is_ok_and(|text| text == wanted) {
        return Ok(interpreter);
    }
    eprintln!("installing {REQUIREMENTS} into {} (once)…", environment.display());
    child::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
        .context("the tests need Python 3.10 or later with its venv module (Debian: python3 and python3-venv)")?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    child::run(Command::new(&interpreter).args(pip).arg(&required))?;
    fs::write(&fulfilled, wanted).with_context(|| format!("cannot write {}", fulfilled.display()))?;
    Ok(interpreter)
}
