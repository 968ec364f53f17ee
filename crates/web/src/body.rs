//! Bodies of requests, within bounds of size and time. All of them together are bounded by what has arrived, so that one
//! which is announced and does not come takes no room from others. A route that reads none takes none in: the connection is closed
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
/// So many of the longest are held at once, or more shorter ones; who sends a further one is to come again.
pub const BODIES_MAX: usize = 8;

/// The room of bodies, in bytes.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies(Arc::new(Semaphore::new(BODIES_MAX * BODY_BYTES_MAX)))
    }
}

impl FromRef<Arc<Front>> for Bodies {
    fn from_ref(front: &Arc<Front>) -> Bodies {
        front.bodies.clone()
    }
}

/// A whole body, which holds its room until it is dropped.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    /// Without its parameters, in lower case; empty where the request does not say.
    pub(crate) media_type: String,
    _room: Option<OwnedSemaphorePermit>,
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
        let read = tokio::time::timeout(BODY_WAIT, bodies.read(request.into_body()));
        let (bytes, room) = read.await.unwrap_or_else(|_| Err(arrived_late()))?;
        Ok(Whole { bytes, media_type, _room: room })
    }
}

pub(crate) fn arrived_late() -> Problem {
    let seconds = BODY_WAIT.as_secs();
    let told = format!("the body had not arrived after {seconds} s; send less at once, or faster");
    Problem::new(Code::RequestTimeout, told)
}

/// Without its parameters, in lower case; empty where the request does not say.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Before anything is read: a client that asks first (`Expect: 100-continue`) need not send it at all.
fn check_length(headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) { Err(too_large()) } else { Ok(()) }
}

impl Bodies {
    async fn read(&self, body: Body) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Problem> {
        let mut pieces = body.into_data_stream();
        let (mut bytes, mut held) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| Problem::bad_request(format!("the body ended early: {error}")))?;
            if bytes.len() + piece.len() > BODY_BYTES_MAX {
                return Err(too_large());
            }
            let room = self.0.clone().try_acquire_many_owned(piece.len() as u32).map_err(|_| no_room())?;
            match &mut held {
                Some(held) => held.merge(room),
                None => held = Some(room),
            }
            bytes.extend_from_slice(&piece);
        }
        Ok((bytes.freeze(), held))
    }
}

fn no_room() -> Problem {
    Problem::new(Code::Busy, "too many long bodies are being read; send the request again in a moment")
}

fn too_large() -> Problem {
    let told = format!("the body is longer than {} MiB; send it in parts", BODY_BYTES_MAX >> 20);
    Problem::new(Code::TooLarge, told)
}

#[cfg(test)]
mod tests;
