//! The probe: whether the views can be opened, asked by a process that wants to live.

use crate::arguments::Probe;
use crate::config::Config;
use crate::exit::Exit;
use crate::tuning;

pub(super) fn run(arguments: &Probe, config: &Config) -> anyhow::Result<Exit> {
    match handover::probe::check(&arguments.file, &tuning::views(config)) {
        Ok(()) => Ok(Exit::Fine),
        Err(error) if error.calls_for_rebuild() => {
            // for the process that asked
            eprintln!("{error}");
            Ok(Exit::Difference)
        }
        Err(error) => Err(error.into()),
    }
}
