//! The lists: services, ledger, refused messages.

use crate::error::Problem;
use crate::formats::Format;
use crate::front::Front;
use crate::questions::ask;
use crate::request::{Nothing, Parameters, Range, Refused};
use crate::{shapes, tables};
use axum::extract::State;
use axum::response::Response;
use query::columns;
use std::sync::Arc;

/// Every service that was ever seen
///
/// Since when, until when, and how many messages; by name.
#[utoipa::path(
    get,
    path = "/services",
    tag = "lists",
    responses((
        status = 200,
        description = "One row per service.",
        content((Vec<shapes::Service> = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn services(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Result<Response, Problem> {
    ask(front, move |front, _| {
        let services = query::services(&front.store, front.wait)?;
        format.list(&services, columns::services)
    })
    .await
}

/// What became of everything that arrived
///
/// Per minute of receipt and source, and the spans in which a source did not listen or something was lost. Without a
/// range: the last hour.
#[utoipa::path(
    get,
    path = "/ledger",
    tag = "lists",
    params(Range),
    responses((
        status = 200,
        description = "One row per minute and source, or per span.",
        content((Vec<shapes::LedgerLine> = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn ledger(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters(range): Parameters<Range>,
) -> Result<Response, Problem> {
    let range = range.resolve_or_usual()?;
    ask(front, move |front, _| {
        let lines = query::ledger(&front.store, &range, front.wait)?;
        format.list(&lines, columns::ledger)
    })
    .await
}

/// Refused messages as they came
///
/// The newest so many that are still kept, with the reason, the newest last.
#[utoipa::path(
    get,
    path = "/rejects",
    tag = "lists",
    params(Refused),
    responses((
        status = 200,
        description = "One row per refused message.",
        content((Vec<shapes::Rejected> = "application/json"), (String = "text/csv"), (shapes::ArrowStream = "application/vnd.apache.arrow.stream"))
    ))
)]
pub(crate) async fn rejects(
    State(front): State<Arc<Front>>,
    format: Format,
    Parameters(refused): Parameters<Refused>,
) -> Result<Response, Problem> {
    let (reason, limit) = (refused.reason()?, refused.limit()?);
    ask(front, move |front, _| {
        let folder = front.store.folder.rejects();
        let rejected = collector::rejects::read(&folder, reason, limit).map_err(Problem::internal)?;
        format.list(&rejected, tables::rejects)
    })
    .await
}
