//! Messages as they are accepted.

use crate::error::Problem;
use crate::front::Front;
use crate::request::{Follow, Parameters};
use crate::shapes;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use query::TailFilter;
use std::sync::Arc;

/// Messages as they are accepted
///
/// One JSON object a line, until the client goes away; an empty line where nothing was accepted for 15 s.
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
    front.check_ready()?;
    let lines = front.tails.follow(front.store.folder.journals(), filter).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}
