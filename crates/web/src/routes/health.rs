//! For probes that keep or restart a process: no token is needed, and nothing is told but the reason.

use super::Reply;
use crate::error::Problem;
use crate::front::Front;
use crate::request::{Nothing, Parameters};
use crate::status::{Unwell, judge};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// That all is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Well {
    /// Always `ok`; what is not well is an error.
    #[schema(example = "ok")]
    status: &'static str,
}

const OK: Json<Well> = Json(Well { status: "ok" });

/// Whether the process answers
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    responses((status = 200, description = "It does.", body = Well))
)]
pub(crate) async fn healthz(Parameters(Nothing {}): Parameters<Nothing>) -> Json<Well> {
    OK
}

/// Whether the process is ready for questions
///
/// Recovery is done, there are views, and none of its tasks is dead: the judgement of `vitals status --check`.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses((status = 200, description = "It is.", body = Well))
)]
pub(crate) async fn readyz(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Reply<Well> {
    match judge(front.has_answers(), &front.tasks.statuses()) {
        Ok(()) => Ok(OK),
        // why it died may name paths and addresses
        Err(Unwell::Dead { task, .. }) => {
            Err(Problem::not_ready(format!("{task} has died and is about to be started again")))
        }
        Err(reason) => Err(Problem::not_ready(reason)),
    }
}
