//! An explicit list of message files as a table. DataFusion's own listing would look for files itself and remember what
//! it found; which files count is only the Delta log's to say.

use crate::{Error, Result, columns, files};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectMeta;
use object_store::path::Path as ObjectPath;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct MessageFiles {
    files: Vec<PartitionedFile>,
}

impl MessageFiles {
    pub(super) fn new(files: &[PathBuf]) -> Result<MessageFiles> {
        Ok(MessageFiles { files: files.iter().map(partitioned_file).collect::<Result<_>>()? })
    }
}

fn partitioned_file(path: &PathBuf) -> Result<PartitionedFile> {
    files::check(path)?;
    let metadata = path.metadata().map_err(Error::io(path))?;
    let location = ObjectPath::from_absolute_path(path).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let last_modified = metadata.modified().map_err(Error::io(path))?.into();
    let size = metadata.len();
    Ok(PartitionedFile::new_from_meta(ObjectMeta { location, last_modified, size, e_tag: None, version: None }))
}

#[async_trait]
impl TableProvider for MessageFiles {
    fn schema(&self) -> SchemaRef {
        columns::schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let source = Arc::new(ParquetSource::new(columns::schema()));
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_group(FileGroup::new(self.files.clone()))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit);
        Ok(DataSourceExec::from_data_source(scan.build()))
    }
}
