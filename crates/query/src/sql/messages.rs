//! The table `messages`: the raw messages of the cut, from the files of one version of the master dataset through
//! DataFusion's own Parquet source, and from the frames of the journals above that version's marks.

use crate::columns;
use crate::sql::asked::Asked;
use crate::sql::checked::CheckedFiles;
use crate::sql::moment::Moment;
use crate::sql::scan::{Output, Scan, Source};
use crate::sql::share::{share_of_capacity, share_of_cpu};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::object_store::{ObjectMeta, path::Path as ObjectPath};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::prelude::col;
use handover::raw::{Raw, messages_schema};
use model::{Messages, Time, TimeRange};
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

type Result<T, E = DataFusionError> = std::result::Result<T, E>;

#[derive(Debug)]
pub(crate) struct MessageTable;

#[async_trait]
impl TableProvider for MessageTable {
    fn schema(&self) -> SchemaRef {
        columns::messages_schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Conditions on service and time choose files and frames; row groups are left out by their statistics and single
    /// rows by a filter above, which DataFusion shows to the files by itself.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(Asked::served(filters, TableProviderFilterPushDown::Inexact))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let taken = Moment::of(session).await?;
        let Some(raw) = taken.raw.clone() else {
            return Err(DataFusionError::Internal("raw messages were not pinned before the cut".to_owned()));
        };
        let all = || (0..columns::messages_schema().fields().len()).collect();
        let projection = projection.cloned().unwrap_or_else(all);
        let asked = Asked::of(filters);
        let Some(range) = asked.range(taken.floors.raw) else {
            return Ok(Arc::new(EmptyExec::new(Arc::new(self.schema().project(&projection)?))));
        };
        let sealed = sealed(session, &raw, &range, &projection, limit)?;
        let frames = Frames { raw, asked, range, projection: projection.clone(), limit };
        UnionExec::try_new(vec![sealed, Arc::new(Scan::new(frames, self.schema(), Some(&projection))?)])
    }
}

/// The files of days in the range, and the shares computed from what they hold.
fn sealed(
    session: &dyn Session,
    raw: &Raw,
    range: &TimeRange,
    projection: &[usize],
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let shown = projection.iter().map(|column| {
        let name = columns::messages_schema().field(*column).name().clone();
        let value = match name.as_str() {
            "cpu" => share_of_cpu().call(vec![col("cpu")]),
            "ram" => share_of_capacity().call(vec![col("ram_total"), col("ram_free")]),
            "disk" => share_of_capacity().call(vec![col("disk_total"), col("disk_free")]),
            _ => col(&name),
        };
        (value, name)
    });
    let shown: Vec<(Expr, String)> = shown.collect();
    let needed =
        |name: &str| shown.iter().any(|(value, _)| value.column_refs().iter().any(|column| column.name == name));
    let fields = messages_schema();
    let read: Vec<usize> = (0..fields.fields().len()).filter(|column| needed(fields.field(*column).name())).collect();
    let files = raw.files(range).map(|file| partitioned(&file.path)).collect::<Result<Vec<_>>>()?;
    let store = session.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?;
    let source =
        ParquetSource::new(fields.clone()).with_parquet_file_reader_factory(Arc::new(CheckedFiles::new(store)));
    let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
        .with_file_groups(FileGroup::new(files).split_files(session.config().target_partitions()))
        .with_projection_indices(Some(read.clone()))?
        .with_limit(limit);
    let input = DFSchema::try_from(fields.project(&read)?)?;
    let shown = shown.into_iter().map(|(value, name)| Ok((session.create_physical_expr(value, &input)?, name)));
    let shown = shown.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(ProjectionExec::try_new(shown, DataSourceExec::from_data_source(scan.build()))?))
}

fn partitioned(path: &Path) -> Result<PartitionedFile> {
    let metadata = path.metadata()?;
    let location = ObjectPath::from_absolute_path(path).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let last_modified = metadata.modified()?.into();
    let size = metadata.len();
    Ok(PartitionedFile::new_from_meta(ObjectMeta { location, last_modified, size, e_tag: None, version: None }))
}

/// The frames of the journals that are not sealed.
#[derive(Debug)]
struct Frames {
    raw: Arc<Raw>,
    asked: Asked,
    /// The instants that are asked for and kept.
    range: TimeRange,
    projection: Vec<usize>,
    limit: Option<usize>,
}

impl Source for Frames {
    const NAME: &'static str = "JournalScan";

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table=messages, {}, reads=frames of the journals that are not sealed", self.asked)?;
        self.limit.map_or(Ok(()), |limit| write!(f, ", limit={limit}"))
    }

    fn read(&self, output: &mut Output) -> Result<()> {
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut failed = None;
        let mut visit = |messages: &Messages| {
            let mut rows = self.wanted(messages);
            rows.truncate(left);
            left -= rows.len();
            if output.is_closed() {
                return ControlFlow::Break(());
            }
            if rows.is_empty() {
                return ControlFlow::Continue(());
            }
            match columns::messages(messages, &rows, &self.projection) {
                Ok(batch) => match output.send(batch) && left > 0 {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                },
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        let read = self.raw.unsealed_until(&mut visit).map_err(crate::Error::from)?;
        output.count("journal_rows", read);
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Frames {
    fn wanted(&self, messages: &Messages) -> Vec<usize> {
        let wanted = |row: &usize| {
            self.range.contains(Time::from_micros(messages.time[*row]))
                && self.asked.is_wanted(messages.service.get(*row).unwrap_or_default())
        };
        (0..messages.len()).filter(wanted).collect()
    }
}
