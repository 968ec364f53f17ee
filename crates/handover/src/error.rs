//! What can go wrong between the layers, and what the caller should do.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error(transparent)]
    Batch(#[from] batch::Error),
    #[error(transparent)]
    Serving(#[from] serving::Error),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// Not an error of the asker: try again later.
    #[error(
        "the realtime views are behind the journals by more than {waited_ms} ms; ask again, or with --allow-behind"
    )]
    Behind { waited_ms: u128 },
    /// Not an error of the asker: a batch makes room.
    #[error(
        "the realtime views are full with {cells} cells and wait for a batch; ask again after it, or with --allow-behind; where no process serves, run vitals jobs run batch"
    )]
    Full { cells: usize },
    /// Not an error of the asker: try again later.
    #[error("views_rebuilding: {done} of {total} files are folded; collecting goes on, ask again later")]
    ViewsRebuilding { done: u64, total: u64 },
    #[error("the views have to be opened again and were read for another {waited_s} s; ask again")]
    ViewsInUse { waited_s: u64 },
    #[error("the views are damaged; run vitals rebuild, or vitals serve, which builds them anew by itself")]
    ViewsDamaged,
    #[error(
        "the views are older than the journals; run vitals rebuild, or vitals serve, which builds them anew by itself"
    )]
    ViewsBehind,
    /// Nothing is moved while it is so: the views hold what the master dataset has lost.
    #[error(
        "the views hold version {published} of table {table}, and its log ends at version {found} or is another one; restore the newest files of master/{table}/_delta_log from a copy, or run vitals rebuild, which goes on without them and puts the loss on record; until then jobs fail, and collecting and answers go on"
    )]
    MasterBehind { table: &'static str, published: i64, found: i64 },
    #[error("there are no views and this process may only read; run vitals rebuild")]
    NoViews,
    #[error(
        "journal {name} is written by another process that did not close its segment in {waited_s} s; see why it hangs"
    )]
    NotRolling { name: String, waited_s: u64 },
    #[error("a journal of this process could not be closed: {0}")]
    Roll(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("{path} is not empty; name a folder that is empty or does not exist yet")]
    NotEmpty { path: PathBuf },
    #[error("{path} lies in {data}; choose a folder outside it")]
    BackupInside { path: PathBuf, data: PathBuf },
    #[error("{path} has room for {available} bytes and {needed} are needed; free some space, or choose another folder")]
    NoRoom { path: PathBuf, needed: u64, available: u64 },
    #[error("the name {path} is not UTF-8 and cannot stand in a backup's manifest; rename it")]
    NotUtf8 { path: PathBuf },
    #[error("{path} holds no backup; name the folder that vitals backup was given")]
    NoBackup { path: PathBuf },
    #[error(
        "the backup in {path} was interrupted and cannot be restored; remove the folder and run vitals backup again"
    )]
    BackupUnfinished { path: PathBuf },
    #[error(
        "{path} was written by a newer Vitals: its format is {format}, this one reads up to {supported}; restore it with that version"
    )]
    BackupNewer { path: PathBuf, format: u32, supported: u32 },
    #[error("the backup is damaged, {path}: {problem}; restore another backup")]
    BackupDamaged { path: PathBuf, problem: String },
    #[error("the restore into {path} was interrupted; remove the folder and run vitals restore again")]
    HalfRestored { path: PathBuf },
    #[error(
        "{path} is a backup and not served itself; restore it into an empty folder: vitals restore {path} --data DIR"
    )]
    IsBackup { path: PathBuf },
    #[error("cannot start the threads of the aggregation: {0}; raise the limit on processes")]
    Runtime(#[source] std::io::Error),
    #[error("a task ended without an answer: {0}; report this")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// Whether the folder that was named cannot be the right one.
    pub fn is_usage(&self) -> bool {
        matches!(self, Error::NotEmpty { .. } | Error::BackupInside { .. } | Error::NoBackup { .. })
    }

    /// Whether the same call may succeed a little later without anybody doing anything.
    pub fn is_not_ready(&self) -> bool {
        matches!(
            self,
            Error::Behind { .. } | Error::Full { .. } | Error::ViewsRebuilding { .. } | Error::ViewsInUse { .. }
        )
    }

    /// Whether the views failed under the call through no fault of its own; the same call opens them again.
    pub fn is_lost(&self) -> bool {
        matches!(self, Error::Serving(serving::Error::Lost { .. }))
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;
