//! From minutes in order of service and time to every granularity: a bucket is open until a minute behind its end, or of
//! another service, comes; then it is written and goes into the bucket of the next coarser granularity.

use super::Aggregation;
use super::rollups;
use crate::columns::{self, timestamp, timestamps};
use crate::{Error, Result, files};
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use model::{Granularity, HealthRollup, Time};
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows are gathered up to this many before they go to the Parquet writer.
const GATHERED_ROWS: usize = 8192;

pub(super) struct Fold {
    levels: Vec<Level>,
    services: Services,
    service: Option<String>,
    rows: u64,
}

/// One granularity on its way into its file.
struct Level {
    granularity: Granularity,
    open: Option<Bucket>,
    names: Vec<String>,
    starts: Vec<i64>,
    rollups: Vec<HealthRollup>,
    table: Output,
}

struct Bucket {
    start: Time,
    end: Time,
    rollup: HealthRollup,
}

/// One row per service: when it was seen and how often.
struct Services {
    names: Vec<String>,
    seen: Vec<Seen>,
    table: Output,
}

#[derive(Clone, Copy)]
struct Seen {
    first: i64,
    last: i64,
    received: i64,
    count: u64,
}

struct Output {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl Fold {
    pub(super) fn create(out: &Path) -> Result<Fold> {
        let level = |granularity: Granularity| Level::create(granularity, out);
        let levels = Granularity::ALL.into_iter().map(level).collect::<Result<_>>()?;
        let table = Output::create(out.join("services.parquet"), services_schema())?;
        let services = Services { names: Vec::new(), seen: Vec::new(), table };
        Ok(Fold { levels, services, service: None, rows: 0 })
    }

    /// Takes a batch of minutes: service, bucket, health, first_seen, last_seen, last_received.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let plan = Path::new("the plan's result");
        let names = columns::text(batch, plan, "service")?;
        let time = |column| columns::numbers::<TimestampMicrosecondType>(batch, plan, column);
        let (starts, first, last, received) =
            (time("bucket")?, time("first_seen")?, time("last_seen")?, time("last_received")?);
        let health = rollups::decode(batch.column(2).as_struct().columns());
        for (row, rollup) in health.iter().enumerate() {
            let (first, last, received) = (first.value(row), last.value(row), received.value(row));
            self.enter(names.value(row))?;
            self.services.add(names.value(row), Seen { first, last, received, count: rollup.count() })?;
            self.rows += rollup.count();
            add(&mut self.levels, names.value(row), Time::from_micros(starts.value(row)), rollup)?;
        }
        Ok(())
    }

    /// Closes the buckets of the service before this one.
    fn enter(&mut self, service: &str) -> Result<()> {
        if self.service.as_deref() == Some(service) {
            return Ok(());
        }
        if let Some(before) = self.service.replace(service.to_owned()) {
            close(&mut self.levels, &before)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Aggregation> {
        if let Some(service) = self.service.take() {
            close(&mut self.levels, &service)?;
        }
        let finished = self.levels.into_iter().map(|level| Ok((level.granularity, level.finish()?)));
        let rollups = finished.collect::<Result<_>>()?;
        Ok(Aggregation { rollups, services: self.services.finish()?, rows: self.rows })
    }
}

/// Adds a rollup to the first of the levels, whose buckets hold it whole.
fn add(levels: &mut [Level], service: &str, start: Time, rollup: &HealthRollup) -> Result<()> {
    let Some((level, coarser)) = levels.split_first_mut() else { return Ok(()) };
    if let Some(open) = level.open.as_mut().filter(|open| start < open.end) {
        open.rollup.merge(rollup);
        return Ok(());
    }
    if let Some(done) = level.open.replace(Bucket::opened(level.granularity, start, *rollup)) {
        level.write(service, &done)?;
        add(coarser, service, done.start, &done.rollup)?;
    }
    Ok(())
}

/// Closes the open bucket of every level, from fine to coarse.
fn close(levels: &mut [Level], service: &str) -> Result<()> {
    let Some((level, coarser)) = levels.split_first_mut() else { return Ok(()) };
    if let Some(done) = level.open.take() {
        level.write(service, &done)?;
        add(coarser, service, done.start, &done.rollup)?;
    }
    close(coarser, service)
}

impl Bucket {
    fn opened(granularity: Granularity, at: Time, rollup: HealthRollup) -> Bucket {
        let start = granularity.floor(at);
        Bucket { start, end: granularity.next(start), rollup }
    }
}

impl Level {
    fn create(granularity: Granularity, out: &Path) -> Result<Level> {
        let table = Output::create(out.join(format!("{granularity}.parquet")), rollups_schema())?;
        Ok(Level { granularity, open: None, names: Vec::new(), starts: Vec::new(), rollups: Vec::new(), table })
    }

    fn write(&mut self, service: &str, bucket: &Bucket) -> Result<()> {
        self.names.push(service.to_owned());
        self.starts.push(bucket.start.as_micros());
        self.rollups.push(bucket.rollup);
        if self.names.len() < GATHERED_ROWS { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let names = StringArray::from_iter_values(self.names.drain(..));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(names), timestamps(self.starts.drain(..))];
        columns.extend(rollups::encode(&self.rollups)?);
        self.rollups.clear();
        self.table.write(&RecordBatch::try_new(rollups_schema(), columns)?)
    }

    fn finish(mut self) -> Result<PathBuf> {
        self.flush()?;
        self.table.finish()
    }
}

impl Services {
    fn add(&mut self, service: &str, minute: Seen) -> Result<()> {
        match self.seen.last_mut().filter(|_| self.names.last().is_some_and(|last| last == service)) {
            Some(seen) => seen.merge(&minute),
            None if self.names.len() < GATHERED_ROWS => self.open(service, minute),
            None => {
                self.flush()?;
                self.open(service, minute);
            }
        }
        Ok(())
    }

    fn open(&mut self, service: &str, minute: Seen) {
        self.names.push(service.to_owned());
        self.seen.push(minute);
    }

    fn flush(&mut self) -> Result<()> {
        let time = |of: fn(&Seen) -> i64| timestamps(self.seen.iter().map(of));
        let counts = Int64Array::from_iter_values(self.seen.iter().map(|seen| seen.count as i64));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(&self.names)),
            time(|seen| seen.first),
            time(|seen| seen.last),
            time(|seen| seen.received),
            Arc::new(counts),
        ];
        self.table.write(&RecordBatch::try_new(services_schema(), columns)?)?;
        self.names.clear();
        self.seen.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<PathBuf> {
        self.flush()?;
        self.table.finish()
    }
}

impl Seen {
    fn merge(&mut self, other: &Seen) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.received = self.received.max(other.received);
        self.count += other.count;
    }
}

impl Output {
    fn create(path: PathBuf, schema: SchemaRef) -> Result<Output> {
        let file = File::create(&path).map_err(Error::io(&path))?;
        let writer = ArrowWriter::try_new(file, schema, Some(files::properties().build()));
        Ok(Output { writer: writer.map_err(Error::write(&path))?, path })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(Error::write(&self.path))
    }

    fn finish(self) -> Result<PathBuf> {
        self.writer.close().map_err(Error::write(&self.path))?;
        Ok(self.path)
    }
}

pub(crate) fn rollups_schema() -> SchemaRef {
    let key = [Field::new("service", DataType::Utf8, false), Field::new("bucket", timestamp(), false)];
    let mut fields = key.map(Arc::new).to_vec();
    fields.extend(rollups::fields().iter().cloned());
    Arc::new(Schema::new(fields))
}

pub(crate) fn services_schema() -> SchemaRef {
    let time = |name| Field::new(name, timestamp(), false);
    let (service, count) = (Field::new("service", DataType::Utf8, false), Field::new("count", DataType::Int64, false));
    Arc::new(Schema::new(vec![service, time("first_seen"), time("last_seen"), time("last_received"), count]))
}
