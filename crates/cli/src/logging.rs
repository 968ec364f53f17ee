//! The log: to standard error, for people or as JSON lines. What a command answers goes to standard output and never
//! mixes with it.
//!
//! The level comes from `log.level` and the rest of the configuration's layers alone; `RUST_LOG` is not read, so that a
//! daemon logs what its configuration says.

use crate::config::{Level, LogFormat};
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// The crates whose words the level is about; libraries beneath them speak only of trouble.
const OWN: [&str; 12] = [
    "batch",
    "collector",
    "handover",
    "journal",
    "mock_services",
    "model",
    "query",
    "scheduler",
    "serving",
    "speed",
    "vitals",
    "web",
];

/// Begins to log; later calls change nothing.
pub(crate) fn start(level: Level, format: LogFormat) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Human => lines.compact().with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let started = tracing_subscriber::registry().with(lines.with_filter(targets(level))).try_init();
    // only a test in the same process can have been first
    drop(started);
}

fn targets(level: Level) -> Targets {
    let own = filter(level);
    Targets::new().with_default(own.min(LevelFilter::WARN)).with_targets(OWN.map(|target| (target, own)))
}

fn filter(level: Level) -> LevelFilter {
    match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

/// The configured level, moved by each `-v` and `-q`. A command that answers and ends stays silent about its ways
/// unless asked: what matters of them is in its answer or its error.
pub(crate) fn level(configured: Level, long_running: bool, verbose: u8, quiet: u8) -> Level {
    const LEVELS: [Level; 5] = [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace];
    let start = if long_running { configured } else { configured.min(Level::Error) };
    let at = LEVELS.iter().position(|level| *level == start).unwrap_or_default();
    LEVELS[(at + usize::from(verbose)).saturating_sub(usize::from(quiet)).min(LEVELS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level as TracingLevel;

    #[test]
    fn verbosity_moves_the_configured_level() {
        let check = |configured, long_running, verbose, quiet, expect: Level| {
            assert_eq!(level(configured, long_running, verbose, quiet), expect);
        };
        check(Level::Info, true, 0, 0, Level::Info);
        check(Level::Info, true, 1, 0, Level::Debug);
        check(Level::Info, true, 9, 0, Level::Trace);
        check(Level::Info, true, 0, 1, Level::Warn);
        check(Level::Info, true, 0, 9, Level::Error);
        check(Level::Info, false, 0, 0, Level::Error);
        check(Level::Info, false, 1, 0, Level::Warn);
        check(Level::Error, false, 0, 0, Level::Error);
    }

    #[test]
    fn libraries_speak_only_of_trouble() {
        let targets = targets(Level::Debug);
        assert!(targets.would_enable("journal::write", &TracingLevel::DEBUG));
        assert!(!targets.would_enable("deltalake_core::kernel", &TracingLevel::INFO));
        assert!(targets.would_enable("deltalake_core::kernel", &TracingLevel::WARN));
    }
}
