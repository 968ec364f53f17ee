//! Retained rollups: what is left of messages that retention dropped, in folders `master/retained/<n>/`. The list in the
//! folder that the log's mark names says which folders count, and from when on messages and rollups are complete; so one
//! commit puts all of it in force, and a folder that no such list names is an orphan.

use crate::aggregate::rollups;
use crate::columns::{numbers, text};
use crate::durable::{Existing, Staged};
use crate::{Error, Master, Result, files};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use model::{Floors, Granularity, HealthRollup, Seen, Time, TimeRange};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const FORMAT: u64 = 1;
const LIST: &str = "retained.json";

/// The rollups that count at one version of the master dataset, and the floors of what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// From when on every message is in a file, and every bucket follows from files and retained rollups.
    pub floors: Floors,
    pub folders: Vec<RetainedFolder>,
    /// The list this was read from; `None` where nothing was ever dropped.
    list: Option<PathBuf>,
}

/// The rollups of messages that were dropped together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedFolder {
    /// Absolute.
    path: PathBuf,
    listed: Listed,
}

/// A folder as the list has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    number: u64,
    rollups: BTreeMap<Granularity, Rollups>,
    /// The name of its file of services.
    services: String,
}

/// A file of rollups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rollups {
    /// Its name.
    pub(crate) file: String,
    pub(crate) cells: u64,
    /// The end of its last bucket.
    pub(crate) until: Time,
}

#[derive(Serialize, Deserialize)]
struct List {
    format: u64,
    floors: Floors,
    folders: Vec<Listed>,
}

impl Master {
    /// The retained rollups of the loaded version.
    pub fn retained(&self) -> Result<Retained> {
        match self.messages.retained() {
            0 => Ok(Retained::default()),
            number => Retained::read(&self.retained_root(), number),
        }
    }

    pub(crate) fn retained_root(&self) -> PathBuf {
        self.messages.folder().with_file_name("retained")
    }
}

impl Retained {
    fn read(root: &Path, number: u64) -> Result<Retained> {
        let path = root.join(number.to_string()).join(LIST);
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        let list: List = match serde_json::from_slice(&bytes) {
            Ok(list) => list,
            Err(source) => return Err(Error::Retained { path, source }),
        };
        if list.format != FORMAT {
            return Err(Error::RetainedFormat { path, found: list.format, expected: FORMAT });
        }
        let folder = |listed: Listed| RetainedFolder { path: root.join(listed.number.to_string()), listed };
        let mut retained = Retained { floors: list.floors, folders: Vec::new(), list: Some(path) };
        retained.folders.extend(list.folders.into_iter().map(folder));
        Ok(retained)
    }

    /// Writes the list into folder `number`, durably. It counts when the mark says so.
    pub(crate) fn write(root: &Path, number: u64, floors: Floors, folders: &[RetainedFolder]) -> Result<()> {
        let path = root.join(number.to_string()).join(LIST);
        let folders = folders.iter().map(|folder| folder.listed.clone()).collect();
        let list = serde_json::to_vec_pretty(&List { format: FORMAT, floors, folders });
        let bytes = list.map_err(|source| Error::Retained { path: path.clone(), source })?;
        let staged = Staged::create(&path).map_err(Error::io(&path))?;
        staged.file().write_all(&bytes).map_err(Error::io(&path))?;
        staged.finish(Existing::Replace).map_err(Error::io(&path)).map(drop)
    }

    /// Every file that counts, absolute: a copy of the master dataset needs them.
    pub fn files(&self) -> Vec<PathBuf> {
        let of_folder = |folder: &RetainedFolder| {
            folder
                .rollups(&self.floors)
                .into_iter()
                .map(|(_, file)| file)
                .chain([folder.services()])
                .collect::<Vec<_>>()
        };
        self.folders.iter().flat_map(of_folder).chain(self.list.clone()).collect()
    }

    /// Visits the retained rollups of the buckets in the range; a key may come several times.
    pub fn rollups(
        &self,
        granularity: Granularity,
        range: &TimeRange,
        visit: &mut dyn FnMut(&str, Time, &HealthRollup),
    ) -> Result<()> {
        for folder in &self.folders {
            for (_, file) in folder.rollups(&self.floors).iter().filter(|(of, _)| *of == granularity) {
                read_rollups(file, Some(range), visit)?;
            }
        }
        Ok(())
    }
}

impl RetainedFolder {
    pub(crate) fn new(
        root: &Path,
        number: u64,
        rollups: BTreeMap<Granularity, Rollups>,
        services: String,
    ) -> RetainedFolder {
        RetainedFolder { path: root.join(number.to_string()), listed: Listed { number, rollups, services } }
    }

    /// That its files are there and as they were written.
    pub fn check(&self, floors: &Floors) -> Result<()> {
        let rollups = self.rollups(floors).into_iter().map(|(_, file)| file);
        rollups.chain([self.services()]).try_for_each(|file| files::check(&file))
    }

    /// Its files of rollups above the floors: service, bucket, count …, as an aggregation writes them.
    pub fn rollups(&self, floors: &Floors) -> Vec<(Granularity, PathBuf)> {
        self.left(floors).map(|(granularity, rollups)| (granularity, self.path.join(&rollups.file))).collect()
    }

    /// Its file of services: service, first_seen …, as an aggregation writes it.
    pub fn services(&self) -> PathBuf {
        self.path.join(&self.listed.services)
    }

    pub(crate) fn cells(&self, floors: &Floors) -> u64 {
        self.left(floors).map(|(_, rollups)| rollups.cells).sum()
    }

    fn left<'a>(&'a self, floors: &'a Floors) -> impl Iterator<Item = (Granularity, &'a Rollups)> + 'a {
        let rollups = self.listed.rollups.iter().map(|(granularity, rollups)| (*granularity, rollups));
        rollups.filter(|(granularity, rollups)| rollups.until > floors.of(*granularity))
    }
}

/// Row groups that hold no bucket of the range are not read.
pub(crate) fn read_rollups(
    path: &Path,
    range: Option<&TimeRange>,
    visit: &mut dyn FnMut(&str, Time, &HealthRollup),
) -> Result<()> {
    let mut builder = reader(path)?;
    if let Some(range) = range {
        let groups = row_groups(&builder, range).map_err(Error::parquet(path))?;
        builder = builder.with_row_groups(groups);
    }
    for_each_batch(builder, path, &mut |batch| {
        let names = text(batch, path, "service")?;
        let starts = numbers::<TimestampMicrosecondType>(batch, path, "bucket")?;
        let expected = crate::aggregate::rollups_schema();
        if batch.schema().fields() != expected.fields() {
            return Err(Error::Column { path: path.to_owned(), column: "count" });
        }
        for (row, rollup) in rollups::decode(&batch.columns()[2..]).iter().enumerate() {
            let start = Time::from_micros(starts.value(row));
            if range.is_none_or(|range| range.contains(start)) {
                visit(names.value(row), start, rollup);
            }
        }
        Ok(())
    })
}

pub(crate) fn read_services(path: &Path, visit: &mut dyn FnMut(&str, &Seen)) -> Result<()> {
    for_each_batch(reader(path)?, path, &mut |batch| {
        let names = text(batch, path, "service")?;
        let time = |column| numbers::<TimestampMicrosecondType>(batch, path, column);
        let (first, last, received) = (time("first_seen")?, time("last_seen")?, time("last_received")?);
        let counts = numbers::<Int64Type>(batch, path, "count")?;
        for row in 0..batch.num_rows() {
            let at = |times: &arrow::array::TimestampMicrosecondArray| Time::from_micros(times.value(row));
            let (first_seen, last_seen, last_received) = (at(first), at(last), at(received));
            let count = counts.value(row).unsigned_abs();
            visit(names.value(row), &Seen { first_seen, last_seen, last_received, count });
        }
        Ok(())
    })
}

type Builder = ParquetRecordBatchReaderBuilder<File>;

fn reader(path: &Path) -> Result<Builder> {
    let file = File::open(path).map_err(Error::io(path))?;
    Builder::try_new(file).map_err(Error::parquet(path))
}

fn for_each_batch(builder: Builder, path: &Path, take: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    for batch in builder.build().map_err(Error::parquet(path))? {
        take(&batch.map_err(|source| Error::parquet(path)(source.into()))?)?;
    }
    Ok(())
}

fn row_groups(builder: &Builder, range: &TimeRange) -> Result<Vec<usize>, ParquetError> {
    let groups = builder.metadata().row_groups();
    let buckets = StatisticsConverter::try_new("bucket", builder.schema(), builder.parquet_schema())?;
    let (first, last) = (buckets.row_group_mins(groups)?, buckets.row_group_maxes(groups)?);
    let at = |bounds: &dyn Array, group: usize| {
        let bounds = bounds.as_primitive_opt::<TimestampMicrosecondType>()?;
        bounds.is_valid(group).then(|| Time::from_micros(bounds.value(group)))
    };
    let holds = |group: &usize| {
        at(&first, *group).is_none_or(|first| first < range.to)
            && at(&last, *group).is_none_or(|last| range.from <= last)
    };
    Ok((0..groups.len()).filter(holds).collect())
}
