//! What the routes speak for, and the list of them.

use crate::access::{Access, may_ingest, may_operate, may_read};
use crate::metrics::{self, Measures};
use crate::routes;
use crate::tasks::TaskBoard;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use handover::{Handover, Rolls, Starts, Store};
use scheduler::Scheduler;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tower_http::decompression::RequestDecompressionLayer;

/// How many questions are answered at once; further ones wait.
pub const QUESTIONS_MAX: usize = 8;

/// The parts of a running daemon that answer requests.
#[derive(Debug)]
pub struct Front {
    pub store: Arc<Store>,
    pub handover: Arc<Handover>,
    pub scheduler: Scheduler,
    /// `None` where another process collects.
    pub collector: Option<collector::Handle>,
    /// The way in of messages over HTTP.
    pub requests: collector::http::Handle,
    /// The journals that this process writes.
    pub own: Vec<Arc<dyn Rolls>>,
    /// How long a question waits for the realtime views.
    pub wait: Duration,
    pub durability: String,
    pub version: &'static str,
    pub access: Arc<Access>,
    /// What this process found when it started.
    pub starts: Arc<Starts>,
    pub tasks: Arc<TaskBoard>,
    pub started: Instant,
    /// Whether recovery is done and the realtime views have reached the journals' ends.
    pub ready: AtomicBool,
    pub questions: Semaphore,
    pub measures: Arc<Measures>,
}

impl Front {
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }
}

/// Each route behind the door of its right.
pub(crate) fn router(front: Arc<Front>) -> Router {
    let access = front.access.clone();
    let reading = Router::new()
        .route("/query", get(routes::query))
        .route("/services", get(routes::services))
        .route("/ledger", get(routes::ledger))
        .route("/status", get(routes::status))
        .route("/starts", get(routes::starts))
        .route("/rejects", get(routes::rejects))
        .route("/tail", get(routes::tail))
        .route("/retention", get(routes::retention))
        .route("/jobs", get(routes::jobs))
        .route("/jobs/history", get(routes::history))
        .route_layer(from_fn_with_state(access.clone(), may_read));
    let operating = Router::new()
        .route("/verify", post(routes::verify))
        .route("/rebuild", post(routes::rebuild))
        .route("/backup", post(routes::backup))
        .route("/jobs/{name}/run", post(routes::run_job))
        .route_layer(from_fn_with_state(access.clone(), may_operate));
    let sending = Router::new()
        .route("/ingest", post(routes::ingest::ingest))
        .route_layer(RequestDecompressionLayer::new())
        .route_layer(from_fn_with_state(access.clone(), may_ingest));
    let scraping = Router::new()
        .route("/metrics", get(metrics::own))
        .route("/metrics/services", get(metrics::services))
        .route_layer(from_fn_with_state(access, may_read));
    let measuring = from_fn_with_state(front.measures.clone(), metrics::measure);
    let routes = Router::new().nest("/api/v1", reading.merge(operating).merge(sending)).merge(scraping);
    routes.fallback(routes::nothing_here).layer(measuring).with_state(front)
}
