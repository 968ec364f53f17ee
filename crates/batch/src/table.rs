//! One Delta table on the local disk: created once, only ever appended to or rewritten file by file, its log kept whole.

use crate::files::NewFile;
use crate::log::{self, Commit, LogMarks, SealCommit, SealInfo, SealedSegment, VITALS};
use crate::store::DurableStore;
use crate::{Error, Result, columns, durable};
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake_core::kernel::{Action, Add, LogicalFileView, Remove, StructField, Transaction};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::protocol::{DeltaOperation, SaveMode, checkpoints};
use deltalake_core::table::builder::parse_table_uri;
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use model::{Clock, Marks, SystemClock};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The format of both tables, in the table property `vitals.format`.
const FORMAT: &str = "1";
const FORMAT_KEY: &str = "vitals.format";

/// Versions of Delta's protocol for readers and writers, as tables are created with.
const PROTOCOL: (i32, i32) = (1, 2);

/// A reader replays at most this many commits on top of the newest checkpoint.
const CHECKPOINT_EVERY: i64 = 100;

/// What a table is made of when it is created.
pub(crate) struct Layout {
    pub(crate) fields: Vec<StructField>,
    pub(crate) partition_by: Option<&'static str>,
}

#[derive(Debug)]
pub(crate) struct Table {
    delta: DeltaTable,
    folder: PathBuf,
    /// As of the loaded version.
    marks: LogMarks,
}

impl Table {
    /// Creates the table when it is missing. What a process before this one may have left unsynced is synced, and
    /// checkpoints that cannot be read give way to the commits that they stand for.
    pub(crate) async fn open(folder: &Path, layout: Layout) -> Result<Table> {
        durable::create_folder(folder).map_err(Error::io(folder))?;
        let delta = connect(folder)?;
        if !delta.verify_deltatable_existence().await.map_err(Error::delta(folder))? {
            create(&delta, layout).await.map_err(Error::delta(folder))?;
        }
        let above = folder.ancestors().take(3).filter(|above| !above.as_os_str().is_empty());
        let log = folder.join("_delta_log");
        above.chain([log.as_path()]).try_for_each(|it| durable::sync_folder(it).map_err(Error::io(it)))?;
        match Table::load(folder).await {
            Err(error @ (Error::Delta { .. } | Error::Parquet { .. } | Error::Column { .. }))
                if log::remove_checkpoints(folder)? =>
            {
                tracing::error!(table = %folder.display(), %error, "the checkpoints of a table cannot be read; they are removed, and its commits are read instead");
                Table::load(folder).await
            }
            loaded => loaded,
        }
    }

    /// `None` when there is no table; creates and changes nothing.
    pub(crate) async fn open_existing(folder: &Path) -> Result<Option<Table>> {
        if !folder.join("_delta_log").is_dir() {
            return Ok(None);
        }
        let delta = connect(folder)?;
        if !delta.verify_deltatable_existence().await.map_err(Error::delta(folder))? {
            return Ok(None);
        }
        Table::load(folder).await.map(Some)
    }

    async fn load(folder: &Path) -> Result<Table> {
        let mut delta = connect(folder)?;
        delta.load().await.map_err(Error::delta(folder))?;
        let folder = folder.canonicalize().map_err(Error::io(folder))?;
        let mut table = Table { delta, folder, marks: LogMarks::default() };
        table.check_format()?;
        let (from, marks) = log::checkpoint_marks(&table.folder)?.unwrap_or_else(|| (-1, LogMarks::default()));
        table.marks = marks;
        table.read_marks(from).await?;
        Ok(table)
    }

    /// A protocol above the one that tables are created with may name deleted rows or renamed columns, which nothing here
    /// looks for: whoever raised it, reading on would answer wrongly.
    fn check_format(&self) -> Result<()> {
        let protocol = self.state()?.protocol();
        let (reader, writer) = (protocol.min_reader_version(), protocol.min_writer_version());
        if reader > PROTOCOL.0 || writer > PROTOCOL.1 {
            return Err(Error::Protocol { table: self.folder.clone(), reader, writer, known: PROTOCOL });
        }
        let configuration = self.state()?.metadata().configuration();
        match configuration.get(FORMAT_KEY).map(String::as_str) {
            Some(FORMAT) => Ok(()),
            found => Err(Error::Format {
                table: self.folder.clone(),
                found: found.unwrap_or("none").to_owned(),
                expected: FORMAT,
            }),
        }
    }

    fn state(&self) -> Result<&deltalake_core::table::state::DeltaTableState> {
        self.delta.snapshot().map_err(Error::delta(&self.folder))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn version(&self) -> i64 {
        self.delta.version().map_or(-1, |version| version as i64)
    }

    /// Per journal the last segment that the loaded version holds.
    pub(crate) fn marks(&self) -> &Marks {
        &self.marks.sealed
    }

    /// The folder of retained rollups that counts at the loaded version; 0: none.
    pub(crate) fn retained(&self) -> u64 {
        self.marks.retained
    }

    pub(crate) async fn refresh(&mut self) -> Result<()> {
        let known = self.version();
        self.delta.update_state().await.map_err(Error::delta(&self.folder))?;
        self.check_format()?;
        self.read_marks(known).await
    }

    async fn read_marks(&mut self, after: i64) -> Result<()> {
        for version in after + 1..=self.version() {
            let commit = self.commit_at(version).await?;
            self.marks.raise(&commit.marks);
        }
        Ok(())
    }

    async fn commit_at(&self, version: i64) -> Result<Commit> {
        Commit::read(&self.folder, self.delta.log_store().as_ref(), version).await
    }

    /// The files of the loaded version.
    pub(crate) fn files(&self) -> Result<Vec<LogicalFileView>> {
        Ok(self.state()?.log_data().iter().collect())
    }

    /// The folder of the log.
    pub(crate) fn log_folder(&self) -> PathBuf {
        self.folder.join("_delta_log")
    }

    pub(crate) fn absolute(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The seals after `version`, in order, up to the loaded one; other commits are passed over.
    pub(crate) async fn seals_after(&self, version: i64) -> Result<Vec<SealCommit>> {
        let mut seals = Vec::new();
        if version > self.version() {
            return Err(Error::MissingVersion { table: self.folder.clone(), version });
        }
        for version in version + 1..=self.version() {
            seals.extend(self.seal_of(self.commit_at(version).await?));
        }
        Ok(seals)
    }

    fn seal_of(&self, commit: Commit) -> Option<SealCommit> {
        let SealInfo { segments } = commit.seal?;
        let files = commit.added.iter().map(|file| self.absolute(file)).collect();
        Some(SealCommit { version: commit.version, files, segments })
    }

    /// All seals, in order, but for versions below a checkpoint whose own files are lost.
    pub(crate) async fn known_seals(&self) -> Result<Vec<SealCommit>> {
        let mut seals = Vec::new();
        for version in 0..=self.version() {
            match self.commit_at(version).await {
                Ok(commit) => seals.extend(self.seal_of(commit)),
                Err(error) => tracing::warn!(%error, "a version below a checkpoint cannot be read any more"),
            }
        }
        Ok(seals)
    }

    /// The paths, relative to the table, that commits after `version` added.
    pub(crate) async fn added_after(&self, version: i64) -> Result<HashSet<String>> {
        let mut added = HashSet::new();
        for version in version + 1..=self.version() {
            added.extend(self.commit_at(version).await?.added);
        }
        Ok(added)
    }

    /// Commits a seal: its files, its segments, and the mark of every journal among them.
    pub(crate) async fn append(&mut self, files: &[NewFile], segments: Vec<SealedSegment>) -> Result<()> {
        let mut marks = Marks::new();
        segments.iter().for_each(|sealed| log::raise(&mut marks, &Marks::from([(sealed.journal, sealed.segment)])));
        let adds = files.iter().map(|file| Action::Add(add(file, true)));
        let marks = marks.into_iter().map(|(journal, segment)| Transaction::new(journal, segment as i64));
        let actions = adds.chain(marks.map(Action::Txn)).collect();
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let info = serde_json::to_value(SealInfo { segments }).unwrap_or_default();
        self.commit(actions, operation, HashMap::from([(VITALS.to_owned(), info)])).await
    }

    /// Commits that files are gone, with the rows in them.
    pub(crate) async fn give_up(&mut self, lost: &[LogicalFileView]) -> Result<()> {
        let removes = lost.iter().map(|file| Action::Remove(file.remove_action(true)));
        let operation = DeltaOperation::Delete { predicate: None };
        self.commit(removes.collect(), operation, HashMap::new()).await
    }

    /// Commits that `new` holds the same rows as `old` did.
    pub(crate) async fn replace(&mut self, old: &[LogicalFileView], new: &[NewFile]) -> Result<()> {
        let adds = new.iter().map(|file| Action::Add(add(file, false)));
        let removes = old.iter().map(|file| Action::Remove(file.remove_action(false)));
        let target_size = crate::compact::FILE_BYTES_MAX as i64;
        let operation = DeltaOperation::Optimize { predicate: None, target_size };
        self.commit(removes.chain(adds).collect(), operation, HashMap::new()).await
    }

    /// Commits that files are gone and the retained folder of that number, which holds their rollups, counts.
    pub(crate) async fn drop_files(&mut self, old: Vec<Remove>, retained: u64) -> Result<()> {
        let removes = old.into_iter().map(Action::Remove);
        let actions = removes.chain([Action::Txn(log::retained_mark(retained))]).collect();
        self.commit(actions, DeltaOperation::Delete { predicate: None }, HashMap::new()).await
    }

    async fn commit(
        &mut self,
        actions: Vec<Action>,
        operation: DeltaOperation,
        info: HashMap<String, serde_json::Value>,
    ) -> Result<()> {
        let known = self.version();
        // checkpoints are written below, where a failed one does not fail the commit that is already there
        let properties = CommitProperties::default()
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false))
            .with_metadata(info);
        let commit = CommitBuilder::from(properties).with_actions(actions);
        let commit = commit.build(Some(self.state()?), self.delta.log_store(), operation);
        let done = commit.await.map_err(Error::delta(&self.folder))?;
        self.delta.state = Some(done.snapshot);
        self.read_marks(known).await?;
        if (self.version() + 1) % CHECKPOINT_EVERY == 0 {
            self.checkpoint().await;
        }
        Ok(())
    }

    async fn checkpoint(&self) {
        if let Err(error) = checkpoints::create_checkpoint(&self.delta, None).await {
            tracing::warn!(table = %self.folder.display(), %error, "no checkpoint written; opening stays slower until the next one");
        }
    }
}

fn connect(folder: &Path) -> Result<DeltaTable> {
    let url = parse_table_uri(folder.to_string_lossy()).map_err(Error::delta(folder))?;
    let builder = DeltaTableBuilder::from_url(url.clone()).map_err(Error::delta(folder))?;
    builder.with_storage_backend(Arc::new(DurableStore::default()), url).build().map_err(Error::delta(folder))
}

async fn create(delta: &DeltaTable, layout: Layout) -> Result<(), deltalake_core::DeltaTableError> {
    let properties =
        [(FORMAT_KEY, FORMAT), ("delta.enableExpiredLogCleanup", "false"), ("delta.checkpointInterval", "100")];
    CreateBuilder::new()
        .with_log_store(delta.log_store())
        .with_columns(layout.fields)
        .with_partition_columns(layout.partition_by)
        .with_raise_if_key_not_exists(false)
        .with_configuration(properties.map(|(key, value)| (key, Some(value))))
        .await
        .map(drop)
}

fn add(file: &NewFile, data_change: bool) -> Add {
    Add {
        path: file.path.clone(),
        partition_values: file.day.iter().map(|day| (columns::DAY.to_owned(), Some(day.clone()))).collect(),
        size: file.bytes as i64,
        modification_time: SystemClock.now().as_micros() / 1000,
        data_change,
        stats: Some(file.stats.to_string()),
        ..Add::default()
    }
}
