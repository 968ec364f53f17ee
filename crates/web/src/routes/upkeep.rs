//! What computes for long or changes what is on disk: verify, rebuild, backup.

use super::Reply;
use crate::error::Problem;
use crate::front::Front;
use crate::questions::ask_for_long;
use crate::request::{BackupTo, Nothing, Parameters, Range};
use crate::shapes;
use axum::Json;
use axum::extract::State;
use handover::{BackedUp, Verification};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Prove the answers
///
/// Recomputes the cells of every granularity from the raw messages and compares them with what answers are made from:
/// of the days that the range touches, of everything without a range. Takes as long as it takes.
#[utoipa::path(
    post,
    path = "/verify",
    tag = "upkeep",
    params(Range),
    responses((status = 200, description = "What was compared and what differs.", body = shapes::Verification))
)]
pub(crate) async fn verify(
    State(front): State<Arc<Front>>,
    Parameters(range): Parameters<Range>,
) -> Reply<Verification> {
    let range = range.resolve()?;
    ask_for_long(front, move |front, _| front.store.verify(range, front.wait)).await.map(Json)
}

/// What a rebuild did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rebuilt {
    rows: u64,
}

/// Build the views anew
///
/// From the raw messages, beside the old ones, which answer until the new ones are complete.
#[utoipa::path(
    post,
    path = "/rebuild",
    tag = "upkeep",
    responses((status = 200, description = "The messages that the new views hold.", body = Rebuilt))
)]
pub(crate) async fn rebuild(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Reply<Rebuilt> {
    let outcome = tokio::spawn(async move { front.handover.rebuild().await }).await??;
    Ok(Json(Rebuilt { rows: outcome.rows }))
}

/// Back up
///
/// Into a folder on the server's machine, whoever asks. What was accepted before the request is in it; also where the
/// asker goes away it is finished.
#[utoipa::path(
    post,
    path = "/backup",
    tag = "upkeep",
    params(BackupTo),
    responses((status = 200, description = "What is in it.", body = shapes::BackedUp))
)]
pub(crate) async fn backup(
    State(front): State<Arc<Front>>,
    Parameters(to): Parameters<BackupTo>,
) -> Result<Json<BackedUp>, Problem> {
    let folder = to.folder()?;
    Ok(Json(tokio::spawn(async move { front.handover.backup(&folder, &front.own).await }).await??))
}
