//! What holds for every response: errors have the one shape, nothing is kept by caches, and bodies are compressed for who
//! asks for it.

use crate::error::{Code, Problem};
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::compression::{CompressionLayer, Predicate};

/// What is told in other words than ours is told in this many bytes at most.
const MESSAGE_BYTES_MAX: usize = 4096;

pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if failed && !is_json(response.headers()) {
        response = in_our_shape(response, &method, &path).await;
    }
    // an answer is of the moment in which it was asked for; the page's files say how long they stay
    let cache = response.headers_mut().entry(CACHE_CONTROL);
    cache.or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|of| of.as_bytes() == b"application/json")
}

/// Errors of what lies below the routes, which come as plain text or as nothing.
async fn in_our_shape(response: Response, method: &Method, path: &str) -> Response {
    let (head, body) = response.into_parts();
    let text = to_bytes(body, MESSAGE_BYTES_MAX).await.unwrap_or_default();
    let told = String::from_utf8_lossy(&text);
    let told = if told.is_empty() { head.status.to_string() } else { told.into_owned() };
    let allowed = head.headers.get(ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let mut problem = match head.status {
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(Code::MethodNotAllowed, format!("{path} has no {method}; use {}", allowed.replace(',', ", ")))
        }
        StatusCode::NOT_FOUND => Problem::not_found(told),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge, told),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(Code::UnsupportedMediaType, told),
        status if status.is_client_error() => Problem::bad_request(told),
        _ => Problem::internal(told),
    }
    .into_response();
    if let Some(allow) = head.headers.get(ALLOW) {
        problem.headers_mut().insert(ALLOW, allow.clone());
    }
    problem
}

/// Streams without end are left alone: what waits in a compressor is late. What is live flushes a compressor of its own.
pub(crate) fn compression() -> CompressionLayer<impl Predicate + Send + Sync + 'static> {
    CompressionLayer::new().compress_when(|_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        let of = headers.get(CONTENT_TYPE).and_then(|of| of.to_str().ok()).unwrap_or_default();
        !["application/x-ndjson", "text/event-stream"].iter().any(|stream| of.starts_with(stream))
    })
}
