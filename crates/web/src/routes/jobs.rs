//! Jobs: how they stand, what they did, and one run at once.

use super::Reply;
use crate::error::Problem;
use crate::formats::Format;
use crate::front::Front;
use crate::request::{Named, Nothing, Parameters, Past};
use crate::{shapes, tables};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use scheduler::{PastRun, Run};
use std::sync::Arc;

/// Jobs
///
/// When each is due, whether it runs, and how its last run ended.
#[utoipa::path(
    get,
    path = "/jobs",
    tag = "jobs",
    responses((
        status = 200,
        description = "One row per job.",
        content((Vec<shapes::Job> = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn jobs(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Result<Response, Problem> {
    format.list(&front.scheduler.status(), tables::jobs)
}

/// Past runs of jobs
///
/// The newest so many, the newest first.
#[utoipa::path(
    get,
    path = "/jobs/history",
    tag = "jobs",
    params(Past),
    responses((status = 200, description = "One object per run.", body = Vec<shapes::PastRun>))
)]
pub(crate) async fn history(
    State(front): State<Arc<Front>>,
    Parameters(past): Parameters<Past>,
) -> Reply<Vec<PastRun>> {
    Ok(Json(front.scheduler.history(past.name.as_deref(), past.limit()?)))
}

/// Run a job now
///
/// Answers when it is done, however it went. Before a batch the open segments are closed, so that all that was accepted
/// before the request is in what the batch sees.
#[utoipa::path(
    post,
    path = "/jobs/{name}/run",
    tag = "jobs",
    params(("name" = String, Path, description = "The job, such as batch", example = "batch")),
    responses((status = 200, description = "The run.", body = shapes::Run))
)]
pub(crate) async fn run_job(
    State(front): State<Arc<Front>>,
    Named(name): Named,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Reply<Run> {
    if name == "batch" {
        front.handover.close_segments(&front.own).await?;
    }
    match front.scheduler.run_now(&name).await {
        Ok(run) => Ok(Json(run)),
        Err(error @ scheduler::Error::UnknownJob { .. }) => Err(Problem::not_found(error)),
        Err(error) => Err(Problem::internal(error)),
    }
}
