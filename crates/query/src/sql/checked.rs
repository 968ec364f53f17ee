//! Files of messages are compared with the checksum in their name before anything is read from them, as everywhere in
//! the house: Parquet passes over a flipped bit in silence.

use crate::error::Error;
use datafusion::common::DataFusionError;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::DefaultParquetFileReaderFactory;
use datafusion::object_store::ObjectStore;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use handover::raw::check_file;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Opens files and checks each with its first reading.
#[derive(Debug)]
pub(crate) struct CheckedFiles(DefaultParquetFileReaderFactory);

impl CheckedFiles {
    pub(crate) fn new(store: Arc<dyn ObjectStore>) -> CheckedFiles {
        CheckedFiles(DefaultParquetFileReaderFactory::new(store))
    }
}

impl ParquetFileReaderFactory for CheckedFiles {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>, DataFusionError> {
        let path = PathBuf::from(format!("/{}", file.object_meta.location));
        let reader = self.0.create_reader(partition, file, size_hint, metrics)?;
        Ok(Box::new(Checked { reader, unchecked: Some(path) }))
    }
}

struct Checked {
    reader: Box<dyn AsyncFileReader + Send>,
    /// Taken by the first reading.
    unchecked: Option<PathBuf>,
}

impl Checked {
    async fn check(&mut self) -> Result<(), ParquetError> {
        let Some(path) = self.unchecked.take() else { return Ok(()) };
        let checked = tokio::task::spawn_blocking(move || check_file(&path)).await;
        let checked = checked.map_err(|error| ParquetError::External(Box::new(error)))?;
        let failed = |error| ParquetError::External(Box::new(Error::from(handover::Error::from(error))));
        checked.map_err(failed)
    }
}

impl AsyncFileReader for Checked {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<bytes::Bytes, ParquetError>> {
        async move {
            self.check().await?;
            self.reader.get_bytes(range).await
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<bytes::Bytes>, ParquetError>> {
        async move {
            self.check().await?;
            self.reader.get_byte_ranges(ranges).await
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        async move {
            self.check().await?;
            self.reader.get_metadata(options).await
        }
        .boxed()
    }
}
