//! Summary and series: the health of services over a range, from one cut.

use crate::about;
use crate::error::Problem;
use crate::formats::{Format, json};
use crate::front::Front;
use crate::questions::ask;
use crate::request::{Every, Parameters, Range, Selection};
use crate::shapes;
use axum::extract::State;
use axum::response::Response;
use query::{Question, columns};
use std::sync::Arc;

/// Health per service
///
/// Mean, least and highest CPU, RAM and disk of each service over the range, exactly as asked. Without a range: the last
/// hour.
#[utoipa::path(
    get,
    path = "/summary",
    tag = "answers",
    params(Range, Selection),
    responses((
        status = 200,
        description = "One row per service. CSV and Arrow hold the rows; what else is known of them stands in the headers.",
        headers(
            ("vitals-range" = String, description = "What was answered: first instant and end, separated by a slash."),
            ("vitals-watermark" = String, description = "Per journal the last segment that the views hold."),
            ("vitals-coverage" = String, description = "What became of everything that arrived in those minutes."),
            ("vitals-warning" = String, description = "One per warning."),
        ),
        content((shapes::Answer = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn summary(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters((range, selection)): Parameters<(Range, Selection)>,
) -> Result<Response, Problem> {
    let question = selection.question(range.resolve_or_usual()?, None, front.wait)?;
    answer(front, format, question).await
}

/// Health per service and bucket
///
/// As the summary, with a row per service and minute, hour, day, month or year; empty buckets are left out.
#[utoipa::path(
    get,
    path = "/series",
    tag = "answers",
    params(Range, Every, Selection),
    responses((
        status = 200,
        description = "One row per service and bucket. CSV and Arrow hold the rows; what else is known of them stands in the headers.",
        headers(
            ("vitals-range" = String, description = "What was answered: first instant and end, separated by a slash."),
            ("vitals-watermark" = String, description = "Per journal the last segment that the views hold."),
            ("vitals-coverage" = String, description = "What became of everything that arrived in those minutes."),
            ("vitals-warning" = String, description = "One per warning."),
        ),
        content((shapes::Answer = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn series(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters((range, every, selection)): Parameters<(Range, Every, Selection)>,
) -> Result<Response, Problem> {
    let question = selection.question(range.resolve_or_usual()?, Some(every.granularity()?), front.wait)?;
    answer(front, format, question).await
}

async fn answer(front: Arc<Front>, format: Format, question: Question) -> Result<Response, Problem> {
    ask(front, move |front, given_up| {
        let answer = query::answer_unless(&front.store, &question, given_up)?;
        if format == Format::Json {
            return json(&answer);
        }
        let rows = columns::rows(&answer.rows, question.every.is_some()).map_err(Problem::internal)?;
        let mut response = format.batch(&rows)?;
        about::tell(&answer, response.headers_mut());
        Ok(response)
    })
    .await
}
