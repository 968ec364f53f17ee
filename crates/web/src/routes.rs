//! One function per route, thin: read the request, ask, answer. Whatever reads files runs on a thread that may block.
//!
//! A route is declared with its handler, and exists only by being in the document: `utoipa_axum::routes!` makes both.

pub(crate) mod answers;
pub(crate) mod health;
pub(crate) mod jobs;
pub(crate) mod lists;
pub(crate) mod process;
pub(crate) mod statement;
pub(crate) mod tail;
pub(crate) mod upkeep;

use crate::error::Problem;
use axum::Json;
use axum::http::{Method, Uri};

/// A JSON document.
pub(crate) type Reply<T> = Result<Json<T>, Problem>;

pub(crate) async fn nothing_here(method: Method, uri: Uri) -> Problem {
    let known = "the routes are in /api/v1/openapi.json";
    Problem::not_found(format!("there is no {method} {}; {known}", uri.path()))
}
