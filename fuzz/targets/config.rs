//! Any configuration file, `--set` items and variables: refused, or in force as they are printed.
//!
//! Input: the file, a NUL, lines of `--set`, a NUL, lines of variables as `NAME=value`.

#![no_main]
#![allow(dead_code, unreachable_pub, unused_imports, reason = "the room's own files, of which this target uses a part")]

#[path = "../../crates/cli/src"]
mod cli {
    pub(crate) mod config;
}

pub(crate) use cli::config;

/// What the program exits with is not asked here.
mod exit {
    pub(crate) enum Exit {
        Usage,
        Error,
    }
}

use config::{File, Layers, Settings};
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\0');
    let file = parts.next().map(file);
    let set: Vec<String> = parts.next().unwrap_or_default().lines().map(str::to_owned).collect();
    let pairs = parts.next().unwrap_or_default().lines().filter_map(|line| line.split_once('='));
    let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let layers = Layers { variables, set: &set, flags: Vec::new() };
    match Settings::resolve(file.as_ref(), &layers) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(settings) => {
            let printed = self::file(&settings.to_toml());
            let again = Settings::resolve(Some(&printed), &Layers::default()).expect(&printed.text);
            assert_eq!(again.config, settings.config, "{}", printed.text);
        }
    }
});

fn file(text: &str) -> File {
    File { path: PathBuf::from("vitals.toml"), text: text.to_owned() }
}
