//! The object store that Delta writes its log through: object_store's local store, except that a write is synced before
//! it is visible and its folder before it is reported, so that a commit is never a torn or vanishing file.

use crate::durable::{self, Existing, Staged};
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::io::{self, Write};

const NAME: &str = "durable local store";

#[derive(Debug, Default)]
pub(crate) struct DurableStore {
    local: LocalFileSystem,
}

impl std::fmt::Display for DurableStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NAME)
    }
}

fn put(path: &std::path::Path, payload: &PutPayload, existing: Existing) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        durable::create_folder(folder)?;
    }
    let staged = Staged::create(path)?;
    payload.iter().try_for_each(|part| staged.file().write_all(part))?;
    staged.finish(existing).map(drop)
}

fn error(location: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::AlreadyExists => Error::AlreadyExists { path: location.to_string(), source: Box::new(source) },
        _ => Error::Generic { store: NAME, source: Box::new(source) },
    }
}

fn refuse<T>(operation: &str) -> Result<T> {
    Err(Error::NotImplemented { operation: operation.to_owned(), implementer: NAME.to_owned() })
}

#[async_trait::async_trait]
impl ObjectStore for DurableStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let existing = match options.mode {
            PutMode::Create => Existing::Keep,
            PutMode::Overwrite => Existing::Replace,
            PutMode::Update(_) => return refuse("put with mode update"),
        };
        let path = self.local.path_to_filesystem(location)?;
        let written = tokio::task::spawn_blocking(move || put(&path, &payload, existing)).await;
        written.map_err(|source| Error::JoinError { source })?.map_err(|source| error(location, source))?;
        Ok(PutResult { e_tag: None, version: None })
    }

    // Delta's log needs neither of these two, and the local store's are not durable
    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        refuse("multipart upload")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        refuse("copy")
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.local.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.local.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.local.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.local.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.local.list_with_delimiter(prefix).await
    }
}
