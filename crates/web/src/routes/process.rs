//! The process and its settings: how it stands, how it started, what it would drop, what it answers.

use super::Reply;
use crate::front::Front;
use crate::openapi;
use crate::request::{Nothing, Parameters};
use crate::shapes;
use crate::status::Status;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use handover::{Retention, Start};
use std::sync::Arc;

/// How the process stands
///
/// What it has received, accepted and refused since it started, its jobs and its tasks.
#[utoipa::path(
    get,
    path = "/status",
    tag = "process",
    responses((status = 200, description = "One consistent snapshot.", body = Status))
)]
pub(crate) async fn status(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Reply<Status> {
    tokio::task::spawn_blocking(move || front.status()).await?.map(Json)
}

/// The last starts
///
/// What each found of the life before it, of this process and of one that collects beside it, the newest first.
#[utoipa::path(
    get,
    path = "/starts",
    tag = "process",
    responses((status = 200, description = "One object per start.", body = Vec<shapes::Start>))
)]
pub(crate) async fn starts(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Reply<Vec<Start>> {
    Ok(Json(tokio::task::spawn_blocking(move || handover::starts::read(&front.store.folder)).await?))
}

/// What retention would drop now
#[utoipa::path(
    get,
    path = "/retention",
    tag = "process",
    responses((status = 200, description = "Files, messages and rows below the floors.", body = shapes::Retention))
)]
pub(crate) async fn retention(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Reply<Retention> {
    let would = tokio::spawn(async move { front.handover.would_drop().await }).await??;
    Ok(Json(would))
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "process",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object))
)]
pub(crate) async fn document(Parameters(Nothing {}): Parameters<Nothing>) -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi::text()).into_response()
}
