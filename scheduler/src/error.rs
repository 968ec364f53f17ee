//! What can go wrong when a job is planned, asked for or remembered; each message says what to do.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "{expression:?} is no schedule: {reason}; write minute, hour, day of month, month and day of week, such as \
         \"*/5 * * * *\" (every five minutes), with seconds in front if needed, or a shorthand such as @hourly"
    )]
    Schedule { expression: String, reason: String },

    #[error("{zone:?} is no time zone; use UTC or an IANA name such as Europe/Berlin")]
    Zone { zone: String },

    #[error("two jobs are called {name:?}; give each job a name of its own")]
    SameName { name: String },

    #[error("no job is called {name:?}; choose one of: {known}")]
    UnknownJob { name: String, known: String },

    #[error("job {name:?} was not started because the scheduler is stopping; ask again after the restart")]
    Stopping { name: String },

    #[error("the run of job {name:?} was cut off with the process; run it again")]
    CutOff { name: String },

    #[error("cannot {action} the job history {path}: {source}; check the folder's permissions and free space", path = path.display())]
    History { action: &'static str, path: PathBuf, source: std::io::Error },

    #[error(
        "the job history {path} was written by a newer Vitals: its format is {format}, this one reads up to {supported}; use that version, or move the file away to begin a new history", path = path.display()
    )]
    Newer { path: PathBuf, format: u32, supported: u32 },
}
