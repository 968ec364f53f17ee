//! Retention: messages of old days go, and their rollups stay. First the rollups are put on disk, where nothing counts
//! them; then one commit takes the files out and lets the rollups count. A stop in between leaves an orphan, so a message
//! is always in exactly one of the two.

use crate::compact::settled;
use crate::files::{properties, write_durably};
use crate::master::{Master, Versions, blocking, day_of};
use crate::retained::{Retained, RetainedFolder, Rollups, read_rollups, read_services};
use crate::{Error, Result, aggregate, columns, durable, read};
use aggregate::rollups;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use deltalake_core::kernel::{LogicalFileView, Remove};
use model::{Floors, Granularity, HealthRollup, Messages, Seen, Time};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The bound of what is folded into one folder, some 250 bytes a cell in memory; one file may go beyond it.
const CELLS_MAX: u64 = 1_000_000;
/// A folder is merged into the next one when it has at most so many times its cells: their number grows with the
/// logarithm of what is retained.
const MERGE_RATIO: u64 = 2;

const BATCH_ROWS: usize = 8192;

/// Files whose rollups are on disk and do not count yet.
#[derive(Debug)]
pub struct Dropping {
    number: u64,
    removes: Vec<Remove>,
    /// Of the same files, absolute.
    files: Vec<PathBuf>,
    rows: u64,
}

/// What a retention did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Files that are no longer named, absolute: to be given to `remove_files` when nobody reads them.
    pub replaced: Vec<PathBuf>,
    /// Files of messages among them.
    pub files: usize,
    /// The messages in those.
    pub rows: u64,
}

impl Master {
    /// The files of messages whose day ended at or before the floor of raw messages, in order of day. Only those added
    /// at or before `published`: of later ones, publish still asks by name.
    async fn old_files(&self, published: Versions, floors: &Floors) -> Result<Vec<LogicalFileView>> {
        let mut files = settled(&self.messages, published.messages).await?;
        files.retain(|file| Granularity::Day.next(day_of(&file.path())) <= floors.raw);
        files.sort_by_key(|file| day_of(&file.path()));
        Ok(files)
    }

    /// How many files and messages lie below the floor.
    pub async fn old_messages(&mut self, published: Versions, floors: &Floors) -> Result<(usize, u64)> {
        self.refresh().await?;
        let files = self.old_files(published, floors).await?;
        Ok((files.len(), files.iter().map(|file| file.num_records().unwrap_or(0) as u64).sum()))
    }

    /// Folds messages below the raised floors into rollups on disk, as many as fit; with them go rollups below the
    /// floors. `None` when there is nothing to drop, unless `raise` says that the floors are to be raised anyway.
    pub async fn fold_away(&mut self, published: Versions, floors: &Floors, raise: bool) -> Result<Option<Dropping>> {
        self.refresh().await?;
        let before = self.retained()?;
        let floors = before.floors.raised_to(floors);
        let old = self.old_files(published, &floors).await?;
        if old.is_empty() && (!raise || floors == before.floors) {
            return Ok(None);
        }
        let mut files: Vec<PathBuf> = old.iter().map(|file| self.messages.absolute(&file.path())).collect();
        let root = self.retained_root();
        let number = next_number(&root, self.messages.retained())?;
        let paths = files.clone();
        let (taken, rows) = blocking(move || write_folder(&root, number, &before, floors, &paths)).await?;
        files.truncate(taken);
        let removes = old[..taken].iter().map(|file| file.remove_action(false)).collect();
        Ok(Some(Dropping { number, removes, files, rows }))
    }

    /// Takes the files out of the table and lets their rollups count, in one commit.
    pub async fn drop_folded(&mut self, dropping: Dropping) -> Result<Dropped> {
        let Dropping { number, removes, mut files, rows } = dropping;
        let before: HashSet<PathBuf> = self.retained()?.files().into_iter().collect();
        self.messages.drop_files(removes, number).await?;
        let after: HashSet<PathBuf> = self.retained()?.files().into_iter().collect();
        let dropped = files.len();
        files.extend(before.difference(&after).cloned());
        Ok(Dropped { replaced: files, files: dropped, rows })
    }
}

/// A number that no folder has, whether it counts or was left by a crash.
fn next_number(root: &Path, mark: u64) -> Result<u64> {
    let entries = match std::fs::read_dir(root) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(mark + 1),
        read => read.map_err(Error::io(root))?,
    };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok());
    Ok(numbers.max().unwrap_or(0).max(mark) + 1)
}

/// Returns how many of the files it took, and how many messages they held.
fn write_folder(
    root: &Path,
    number: u64,
    before: &Retained,
    floors: Floors,
    files: &[PathBuf],
) -> Result<(usize, u64)> {
    let mut gathered = Gathered::default();
    let (mut taken, mut rows) = (0, 0);
    for file in files {
        rows += read::read_file(file, None, None, &mut |messages| gathered.add(messages))?;
        taken += 1;
        if gathered.cells() >= CELLS_MAX {
            break;
        }
    }
    gathered.coarsen();
    let mut folders = gathered.take_in(before, &floors)?;
    let folder = root.join(number.to_string());
    durable::create_folder(&folder).map_err(Error::io(&folder))?;
    if !gathered.services.is_empty() {
        let services = write_services(&folder, &gathered.services)?;
        folders.push(RetainedFolder::new(root, number, gathered.write(&folder, &floors)?, services));
    }
    Retained::write(root, number, floors, &folders)?;
    Ok((taken, rows))
}

type Cells = HashMap<Box<str>, BTreeMap<Time, HealthRollup>>;

/// The rollups of one folder in the making.
#[derive(Default)]
struct Gathered {
    rollups: BTreeMap<Granularity, Cells>,
    services: BTreeMap<String, Seen>,
}

impl Gathered {
    fn cells(&self) -> u64 {
        self.rollups.values().flat_map(HashMap::values).map(|buckets| buckets.len() as u64).sum()
    }

    fn add(&mut self, messages: &Messages) {
        let minutes = self.rollups.entry(Granularity::Minute).or_default();
        for (row, message) in messages.iter().enumerate() {
            let minute = Granularity::Minute.floor(message.time);
            cell(minutes, message.service, minute).add(messages.health(row), message.time);
            see(&mut self.services, message.service, &Seen::once(message.time, message.received));
        }
    }

    /// Every coarser granularity from the minutes.
    fn coarsen(&mut self) {
        let minutes = self.rollups.remove(&Granularity::Minute).unwrap_or_default();
        for granularity in Granularity::ALL.into_iter().filter(|of| *of > Granularity::Minute) {
            let cells = self.rollups.entry(granularity).or_default();
            for (service, buckets) in &minutes {
                for (minute, rollup) in buckets {
                    cell(cells, service, granularity.floor(*minute)).merge(rollup);
                }
            }
        }
        self.rollups.insert(Granularity::Minute, minutes);
    }

    /// Takes in the folders that are small beside it; returns the others.
    fn take_in(&mut self, before: &Retained, floors: &Floors) -> Result<Vec<RetainedFolder>> {
        let mut folders = before.folders.clone();
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.cells(floors)));
        while let Some(folder) = folders.pop() {
            let (own, more) = (self.cells(), folder.cells(floors));
            if own == 0 || more > MERGE_RATIO * own || own + more > CELLS_MAX {
                folders.push(folder);
                break;
            }
            folder.check(floors)?;
            for (granularity, file) in folder.rollups(floors) {
                let cells = self.rollups.entry(granularity).or_default();
                read_rollups(&file, None, &mut |service, bucket, rollup| cell(cells, service, bucket).merge(rollup))?;
            }
            read_services(&folder.services(), &mut |service, seen| see(&mut self.services, service, seen))?;
        }
        Ok(folders)
    }

    /// Writes what lies above the floors into files of the folder, durably.
    fn write(&self, folder: &Path, floors: &Floors) -> Result<BTreeMap<Granularity, Rollups>> {
        let mut written = BTreeMap::new();
        for (granularity, cells) in &self.rollups {
            let cells = ordered(cells, floors.of(*granularity));
            if let Some((last, ..)) = cells.last() {
                let (file, until) = (write_rollups(folder, &cells)?, granularity.next(*last));
                written.insert(*granularity, Rollups { file, cells: cells.len() as u64, until });
            }
        }
        Ok(written)
    }
}

fn cell<'c>(cells: &'c mut Cells, service: &str, bucket: Time) -> &'c mut HealthRollup {
    if !cells.contains_key(service) {
        cells.insert(service.into(), BTreeMap::new());
    }
    cells.get_mut(service).expect("it was put in just above").entry(bucket).or_default()
}

fn see(services: &mut BTreeMap<String, Seen>, service: &str, seen: &Seen) {
    match services.get_mut(service) {
        Some(known) => known.merge(seen),
        None => drop(services.insert(service.to_owned(), *seen)),
    }
}

/// By bucket and service, so that the row groups of a file can be told apart by time.
fn ordered(cells: &Cells, floor: Time) -> Vec<(Time, &str, &HealthRollup)> {
    let all = cells.iter().flat_map(|(service, buckets)| {
        buckets.range(floor..).map(move |(bucket, rollup)| (*bucket, &**service, rollup))
    });
    let mut cells: Vec<_> = all.collect();
    cells.sort_unstable_by_key(|(bucket, service, _)| (*bucket, *service));
    cells
}

/// Returns the file's name.
fn write_rollups(folder: &Path, cells: &[(Time, &str, &HealthRollup)]) -> Result<String> {
    let schema = aggregate::rollups_schema();
    let batches = cells.chunks(BATCH_ROWS).map(|cells| {
        let names = StringArray::from_iter_values(cells.iter().map(|(_, service, _)| service));
        let starts = columns::timestamps(cells.iter().map(|(bucket, ..)| bucket.as_micros()));
        let rollups: Vec<HealthRollup> = cells.iter().map(|(.., rollup)| **rollup).collect();
        let mut columns: Vec<ArrayRef> = vec![Arc::new(names), starts];
        columns.extend(rollups::encode(&rollups)?);
        Ok(RecordBatch::try_new(aggregate::rollups_schema(), columns)?)
    });
    Ok(write_durably(folder, schema, properties().build(), batches)?.0)
}

/// Returns the file's name.
fn write_services(folder: &Path, services: &BTreeMap<String, Seen>) -> Result<String> {
    let times = |of: fn(&Seen) -> Time| columns::timestamps(services.values().map(|seen| of(seen).as_micros()));
    let counts = Int64Array::from_iter_values(services.values().map(|seen| seen.count as i64));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(services.keys())),
        times(|seen| seen.first_seen),
        times(|seen| seen.last_seen),
        times(|seen| seen.last_received),
        Arc::new(counts),
    ];
    let batch = RecordBatch::try_new(aggregate::services_schema(), columns);
    let batches = std::iter::once(batch.map_err(Error::from));
    Ok(write_durably(folder, aggregate::services_schema(), properties().build(), batches)?.0)
}
