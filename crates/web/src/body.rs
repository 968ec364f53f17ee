//! Bodies of requests, within bounds of size and time. A route that reads none takes none in: the connection is closed
//! with the answer.

use crate::error::{Code, Problem};
use crate::front::Front;
use axum::body::Body;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The longest body.
pub const BODY_BYTES_MAX: usize = 8 << 20;
/// How long a body may take to arrive.
pub const BODY_WAIT: Duration = Duration::from_secs(30);
/// Bodies that are held at once; who sends a further one waits, as part of [`BODY_WAIT`].
pub const BODIES_MAX: usize = 32;

/// The places of bodies.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies(Arc::new(Semaphore::new(BODIES_MAX)))
    }
}

impl FromRef<Arc<Front>> for Bodies {
    fn from_ref(front: &Arc<Front>) -> Bodies {
        front.bodies.clone()
    }
}

/// A whole body, which holds its place until it is dropped.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    /// Without its parameters, in lower case; empty where the request does not say.
    pub(crate) media_type: String,
    _place: OwnedSemaphorePermit,
}

impl<S: Sync> FromRequest<S> for Whole
where
    Bodies: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Whole, Problem> {
        let bodies = Bodies::from_ref(state);
        let media_type = media_type(request.headers());
        check_length(request.headers())?;
        let read = async {
            let place = bodies.0.acquire_owned().await.map_err(Problem::internal)?;
            let bytes = read(request.into_body()).await?;
            Ok(Whole { bytes, media_type, _place: place })
        };
        tokio::time::timeout(BODY_WAIT, read).await.unwrap_or_else(|_| {
            let seconds = BODY_WAIT.as_secs();
            let told = format!("the body had not arrived after {seconds} s; send less at once, or faster");
            Err(Problem::new(Code::RequestTimeout, told))
        })
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Before anything is read: a client that asks first (`Expect: 100-continue`) need not send it at all.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) { Err(too_large()) } else { Ok(()) }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    let mut pieces = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Problem::bad_request(format!("the body ended early: {error}")))?;
        if bytes.len() + piece.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

fn too_large() -> Problem {
    let told = format!("the body is longer than {} MiB; send it in parts", BODY_BYTES_MAX >> 20);
    Problem::new(Code::TooLarge, told)
}

#[cfg(test)]
mod tests;
