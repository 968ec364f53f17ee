//! Messages as they are accepted.

use crate::error::Problem;
use crate::front::Front;
use crate::request::{Follow, Parameters};
use crate::shapes;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use query::{Accepted, Tail, TailFilter};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const PAUSE: Duration = Duration::from_millis(50);
/// How many messages may wait for a slow reader before the tail waits for it.
const MESSAGES: usize = 1024;

/// Messages as they are accepted
///
/// One JSON object a line, until the client goes away.
#[utoipa::path(
    get,
    path = "/tail",
    tag = "lists",
    params(Follow),
    responses((
        status = 200,
        description = "Lines without end.",
        body = shapes::Accepted,
        content_type = "application/x-ndjson"
    ))
)]
pub(crate) async fn tail(
    State(front): State<Arc<Front>>,
    Parameters(follow): Parameters<Follow>,
) -> Result<Response, Problem> {
    let filter = TailFilter::new(&follow.service)?;
    let mut tail = Tail::new(front.store.folder.journals())?;
    let (lines, reader) = mpsc::channel::<std::io::Result<String>>(MESSAGES);
    tokio::task::spawn_blocking(move || {
        while !lines.is_closed() {
            let read = tail.read(&mut |messages| {
                for message in filter.shown(messages) {
                    // a reader that is gone is seen at the next turn
                    drop(lines.blocking_send(Ok(json_line(&message))));
                }
            });
            if let Err(error) = read {
                drop(lines.blocking_send(Err(std::io::Error::other(error))));
                return;
            }
            std::thread::sleep(PAUSE);
        }
    });
    let body = Body::from_stream(ReceiverStream::new(reader));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

fn json_line(message: &Accepted) -> String {
    serde_json::to_string(message).expect("texts, numbers and times have a JSON form") + "\n"
}
