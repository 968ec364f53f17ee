//! Why a question has no answer.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Range(#[from] model::range::EmptyRange),
    #[error("{0}; a pattern is a name with * ? [a-z] or {{a,b}}")]
    Pattern(#[from] globset::Error),
    #[error("{0:?} is no layer; use merged, batch or realtime")]
    Layer(String),
    #[error("nobody waits for the answer any more")]
    GivenUp,
    #[error(transparent)]
    Store(#[from] handover::Error),
    #[error(transparent)]
    Journal(#[from] journal::Error),
}

impl Error {
    /// Whether the same question may be answered a little later without anybody doing anything.
    pub fn is_not_ready(&self) -> bool {
        matches!(self, Error::Store(error) if error.is_not_ready())
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;
