//! Messages of one file back as columns, with a plain Parquet reader: for edges finer than a minute, and for whoever
//! proves what DataFusion computed. Row groups and pages that cannot hold an asked row are not read.

use crate::{Error, Result, columns, files};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use model::{Messages, Time, TimeRange};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter, RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

const BATCH_ROWS: usize = 8192;

type Builder = ParquetRecordBatchReaderBuilder<File>;

/// Visits the messages in `range` of the named services, in the file's order, in batches of up to 8,192; `None` asks
/// for all. Returns how many messages were visited.
pub fn read_file(
    path: &Path,
    range: Option<&TimeRange>,
    services: Option<&HashSet<String>>,
    visit: &mut dyn FnMut(&Messages),
) -> Result<u64> {
    files::check(path)?;
    let file = File::open(path).map_err(Error::io(path))?;
    let asked = Asked { range: range.copied(), services: services.cloned() };
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder = Builder::try_new_with_options(file, options).map_err(Error::parquet(path))?;
    let builder = builder.with_batch_size(BATCH_ROWS);
    let builder = if asked.everything() { builder } else { asked.narrow(builder).map_err(Error::parquet(path))? };
    let mut visited = 0;
    for batch in builder.build().map_err(Error::parquet(path))? {
        let messages = columns::decode(&batch.map_err(|source| Error::parquet(path)(source.into()))?, path)?;
        visited += messages.len() as u64;
        visit(&messages);
    }
    Ok(visited)
}

#[derive(Clone)]
struct Asked {
    range: Option<TimeRange>,
    services: Option<HashSet<String>>,
}

impl Asked {
    fn everything(&self) -> bool {
        self.range.is_none() && self.services.is_none()
    }

    fn narrow(self, builder: Builder) -> Result<Builder, ParquetError> {
        let groups = self.row_groups(&builder)?;
        let pages = self.pages(&builder, &groups)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["service", "time"]);
        let filter = ArrowPredicateFn::new(mask, move |batch| self.matches(&batch));
        let builder = builder.with_row_groups(groups).with_row_filter(RowFilter::new(vec![Box::new(filter)]));
        Ok(match pages {
            Some(pages) => builder.with_row_selection(pages),
            None => builder,
        })
    }

    /// The row groups whose bounds of service and time leave room for an asked row.
    fn row_groups(&self, builder: &Builder) -> Result<Vec<usize>, ParquetError> {
        let groups = builder.metadata().row_groups();
        let (times, services) = (converter(builder, "time")?, converter(builder, "service")?);
        let (earliest, latest) = (times.row_group_mins(groups)?, times.row_group_maxes(groups)?);
        let (first, last) = (services.row_group_mins(groups)?, services.row_group_maxes(groups)?);
        let named = |group| self.name_between(text_at(&first, group), text_at(&last, group));
        let timed = |group| self.time_between(time_at(&earliest, group), time_at(&latest, group));
        Ok((0..groups.len()).filter(|&group| named(group) && timed(group)).collect())
    }

    /// The rows of the groups in pages whose bounds of time leave room for an asked row; `None` without a page index.
    fn pages(&self, builder: &Builder, groups: &[usize]) -> Result<Option<RowSelection>, ParquetError> {
        let (Some(columns), Some(offsets)) = (builder.metadata().column_index(), builder.metadata().offset_index())
        else {
            return Ok(None);
        };
        let (times, all) = (converter(builder, "time")?, builder.metadata().row_groups());
        let earliest = times.data_page_mins(columns, offsets, groups)?;
        let latest = times.data_page_maxes(columns, offsets, groups)?;
        let Some(rows) = times.data_page_row_counts(offsets, all, groups)? else { return Ok(None) };
        let selectors = rows.iter().enumerate().map(|(page, rows)| {
            let rows = rows.unwrap_or(0) as usize;
            match self.time_between(time_at(&earliest, page), time_at(&latest, page)) {
                true => RowSelector::select(rows),
                false => RowSelector::skip(rows),
            }
        });
        Ok(Some(selectors.collect()))
    }

    /// Whether an asked time can lie between the bounds; an unknown bound excludes nothing.
    fn time_between(&self, earliest: Option<i64>, latest: Option<i64>) -> bool {
        self.range.is_none_or(|range| {
            earliest.is_none_or(|earliest| Time::from_micros(earliest) < range.to)
                && latest.is_none_or(|latest| range.from <= Time::from_micros(latest))
        })
    }

    fn name_between(&self, first: Option<&str>, last: Option<&str>) -> bool {
        self.services.as_ref().is_none_or(|services| {
            let mut names = services.iter().map(String::as_str);
            names.any(|name| first.is_none_or(|first| first <= name) && last.is_none_or(|last| name <= last))
        })
    }

    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray, ArrowError> {
        let missing = || ArrowError::SchemaError("service or time is of another type".to_owned());
        let names = batch.column(0).as_string_opt::<i32>().ok_or_else(missing)?;
        let times = batch.column(1).as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(missing)?;
        let asked = |row| {
            self.range.is_none_or(|range| range.contains(Time::from_micros(times.value(row))))
                && self.services.as_ref().is_none_or(|services| services.contains(names.value(row)))
        };
        Ok((0..batch.num_rows()).map(|row| Some(asked(row))).collect())
    }
}

fn converter<'a>(builder: &'a Builder, column: &'a str) -> Result<StatisticsConverter<'a>, ParquetError> {
    StatisticsConverter::try_new(column, builder.schema(), builder.parquet_schema())
}

fn time_at(bounds: &dyn Array, at: usize) -> Option<i64> {
    let bounds = bounds.as_primitive_opt::<TimestampMicrosecondType>()?;
    bounds.is_valid(at).then(|| bounds.value(at))
}

fn text_at(bounds: &dyn Array, at: usize) -> Option<&str> {
    let bounds = bounds.as_string_opt::<i32>()?;
    bounds.is_valid(at).then(|| bounds.value(at))
}
