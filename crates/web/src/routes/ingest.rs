//! Messages over HTTP.

use crate::body::{BODY_WAIT, arrived_late, media_type};
use crate::error::{Code, Problem};
use crate::front::Front;
use crate::request::{Nothing, Parameters};
use crate::shapes;
use crate::unpack::{self, Packing};
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use collector::http::{Answer, Body, Form, Untaken};
use futures::StreamExt;
use model::Reason;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

/// When to come again, in seconds: where there is no room for a moment, and where a disk is full.
const SOON: HeaderValue = HeaderValue::from_static("1");
const LATER: HeaderValue = HeaderValue::from_static("5");
/// Media types of one message a line.
const LINES: [&str; 4] = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

/// What a request is told of which every message was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AllRefused {
    error: Problem,
    #[serde(flatten)]
    answer: Answer,
}

/// Send messages
///
/// One message, an array of messages, or one message a line, judged as datagrams are; gzip and zstd are unpacked. The
/// answer comes when what it tells is on disk. A request is taken as a whole or, with status 503, not at all; messages in
/// it that are refused do not hold up the others. Of messages with `"ack": true`, `sender` and `seq` one that comes again
/// within ten minutes is a duplicate, and counted once.
#[utoipa::path(
    post,
    path = "/ingest",
    tag = "messages",
    request_body(
        description = "Messages, see docs/senders.md; also one a line, as application/x-ndjson.",
        content(
            (shapes::Messages = "application/json", example = json!([{
                "serviceName": "checkout", "Timestamp": "2026-11-21T12:56:07Z", "CPU": 0.37,
                "RAM": {"Total": 16, "Free": 9.2}, "Disk": {"Total": 512, "Free": 310.5}
            }])),
        )
    ),
    responses(
        (status = 200, description = "What became of each message.", body = shapes::Ingested),
        (status = 422, description = "Every message was refused.", body = shapes::AllRefused),
        (status = 429, description = "Every message was more than the source may send for now.", body = shapes::AllRefused)
    )
)]
pub(crate) async fn ingest(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let form = form(request.headers());
    let told = match body(&front, request).await {
        Ok(body) => front.requests.take(body, form, from).await.map_err(untaken),
        Err(problem) => Err(problem),
    };
    match told {
        Ok(answer) if answer.is_all_refused() => all_refused(answer),
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => turned_away(problem),
    }
}

fn form(headers: &HeaderMap) -> Form {
    if LINES.contains(&media_type(headers).as_str()) { Form::Lines } else { Form::Any }
}

async fn body(front: &Front, request: Request) -> Result<Body, Problem> {
    let mut body = front.requests.body();
    let packing = Packing::of(request.headers())?;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    body.expect(length.unwrap_or(0)).map_err(untaken)?;
    let read = async {
        let mut pieces = unpack::pieces(request.into_body(), packing);
        while let Some(piece) = pieces.next().await {
            body.push(&piece.map_err(|error| packing.told(&error))?).map_err(untaken)?;
        }
        Ok(body)
    };
    tokio::time::timeout(BODY_WAIT, read).await.unwrap_or_else(|_| Err(arrived_late()))
}

/// Where some messages were taken the request is answered as taken, since sending it again would help nobody. Where all
/// were refused it is an error, so that a script which only looks at the status sees it.
fn all_refused(answer: Answer) -> Response {
    let first = answer.rejected.first();
    let message = first.map_or_else(String::new, |refusal| format!("{}: {}", refusal.reason, refusal.message));
    let is_only = |reason| answer.reasons.keys().all(|found| *found == reason);
    if is_only(Reason::SourceNotAllowed) {
        return Problem::forbidden(message).into_response();
    }
    let (code, again) =
        if is_only(Reason::RateLimit) { (Code::RateLimited, Some(SOON)) } else { (Code::Rejected, None) };
    let response = (code.status(), Json(AllRefused { error: Problem { code, message }, answer })).into_response();
    to_come(response, again)
}

fn untaken(why: Untaken) -> Problem {
    let code = match &why {
        Untaken::Empty | Untaken::NotJson(_) | Untaken::NoMessage(_) => Code::BadRequest,
        Untaken::TooLarge { .. } | Untaken::TooMany => Code::TooLarge,
        Untaken::Busy => Code::Busy,
        Untaken::Shedding(_) | Untaken::Ending => Code::NotReady,
    };
    Problem::new(code, why)
}

fn turned_away(problem: Problem) -> Response {
    let code = problem.code;
    let mut response = problem.into_response();
    match code {
        Code::Busy => to_come(response, Some(SOON)),
        Code::NotReady => to_come(response, Some(LATER)),
        Code::UnsupportedMediaType => {
            response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(unpack::TAKEN));
            response
        }
        _ => response,
    }
}

fn to_come(mut response: Response, again: Option<HeaderValue>) -> Response {
    if let Some(again) = again {
        response.headers_mut().insert(RETRY_AFTER, again);
    }
    response
}
