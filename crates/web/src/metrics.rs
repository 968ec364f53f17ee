//! What Prometheus scrapes, in its text format 0.0.4: Vitals itself (`/metrics`) and the services it watches
//! (`/metrics/services`). The names are documented in `docs/prometheus.md`.
//!
//! Nothing is kept for a scrape but what no snapshot can tell afterwards ([`Measures`]): the rest is read when it is
//! asked for, from the same places as `status`.
//!
//! Layout, in reading order:
//! - `families`: metrics with their names, meanings and samples
//! - `measures`: how long requests and statements took, and who is connected
//! - `collected`, `pipeline`, `jobs`, `process`: the parts of `/metrics`
//! - `services`: `/metrics/services`

mod collected;
mod families;
mod jobs;
mod measures;
mod pipeline;
mod process;
mod services;

pub use measures::{Connection, Measures};

pub(crate) use measures::{Statement, measure};

use crate::error::Problem;
use crate::front::Front;
use crate::questions::ask;
use crate::request::{Nothing, Parameters};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use families::{Families, alone, sample};
use model::{Clock, SystemClock};
use query::GivenUp;
use std::sync::Arc;

const TEXT_FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Metrics of Vitals itself
///
/// It answers in every state of the process: a part that cannot be read is left out, and says so.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "metrics",
    responses((status = 200, description = "Prometheus' text format 0.0.4.", body = String, content_type = "text/plain"))
)]
pub(crate) async fn own(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Result<Response, Problem> {
    let families = tokio::task::spawn_blocking(move || of_itself(&front)).await?;
    text(families)
}

/// Metrics of the services
///
/// It answers what a question would, or, as a question, that the process is not ready.
#[utoipa::path(
    get,
    path = "/metrics/services",
    operation_id = "service_metrics",
    tag = "metrics",
    responses((status = 200, description = "Prometheus' text format 0.0.4.", body = String, content_type = "text/plain"))
)]
pub(crate) async fn services(
    State(front): State<Arc<Front>>,
    Parameters(Nothing {}): Parameters<Nothing>,
) -> Result<Response, Problem> {
    let read = |front: &Front, _: &GivenUp| query::fleet(&front.store, SystemClock.now(), front.wait);
    let fleet = ask(front, read).await?;
    text(tokio::task::spawn_blocking(move || services::families(&fleet)).await?)
}

/// Reads files: for a thread that may block.
fn of_itself(front: &Front) -> Families {
    let mut families = Families::default();
    let version = sample(&[("version", front.version)], 1.0);
    families.gauge("vitals_build_info", "The version of Vitals that runs; the value is always 1.", [version]);
    let ready = f64::from(front.has_answers());
    families.gauge(
        "vitals_ready",
        "Whether questions are answered: recovery is done and there are views.",
        alone(ready),
    );
    let standing = front.store.standing();
    let read = [
        ("journals", standing.is_ok()),
        ("master", pipeline::master(&mut families, front)),
        ("process", process::families(&mut families)),
    ];
    let journals = standing.map(|standing| standing.journals).unwrap_or_default();
    collected::families(&mut families, front, &journals);
    pipeline::families(&mut families, front, &journals);
    jobs::families(&mut families, front);
    front.measures.families(&mut families, front);
    let read = read.map(|(part, read)| sample(&[("part", part)], f64::from(read)));
    families.gauge(
        "vitals_scrape_success",
        "Whether this part of the metrics could be read; if not, it is left out.",
        read,
    );
    families
}

fn text(families: Families) -> Result<Response, Problem> {
    let text = families.text().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response())
}

#[cfg(test)]
mod tests;
