//! What a command is given to read: a file, or standard input where `-` stands for one.

use crate::exit::Ending;
use anyhow::Context;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(crate) const STANDARD: &str = "standard input";

pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What it is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if is_standard(path) { STANDARD.to_owned() } else { path.display().to_string() }
}

/// All of it, up to `bytes_max`; what is longer is refused, with `instead` saying what to do.
pub(crate) fn read_all(path: &Path, bytes_max: u64, instead: &str) -> anyhow::Result<Vec<u8>> {
    let name = name(path);
    if path.is_dir() {
        return Err(Ending::usage(format_args!("{name} is a folder; name a file, or - for standard input")).into());
    }
    let input: Box<dyn Read> = match is_standard(path) {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path).with_context(|| format!("cannot read {name}"))?),
    };
    let mut bytes = Vec::new();
    input.take(bytes_max + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    anyhow::ensure!(bytes.len() as u64 <= bytes_max, "{name} holds more than {} MiB; {instead}", bytes_max >> 20);
    anyhow::ensure!(!bytes.is_empty(), "{name} is empty; there is nothing to read");
    Ok(bytes)
}
