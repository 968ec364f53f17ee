//! What the routes speak for, and the list of them.

use crate::routes;
use axum::Router;
use axum::routing::{get, post};
use handover::{Handover, Rolls, Store};
use scheduler::Scheduler;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

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
    /// The journals that this process writes.
    pub own: Vec<Arc<dyn Rolls>>,
    /// How long a question waits for the realtime views.
    pub wait: Duration,
    pub durability: String,
    pub version: &'static str,
    pub started: Instant,
    /// Whether recovery is done and the realtime views have reached the journals' ends.
    pub ready: AtomicBool,
    pub questions: Semaphore,
}

impl Front {
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }
}

/// Answers requests until shutdown; requests that are being answered are finished.
pub async fn serve(
    front: Arc<Front>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(front)).with_graceful_shutdown(shutdown).await
}

fn router(front: Arc<Front>) -> Router {
    let api = Router::new()
        .route("/query", get(routes::query))
        .route("/services", get(routes::services))
        .route("/ledger", get(routes::ledger))
        .route("/status", get(routes::status))
        .route("/rejects", get(routes::rejects))
        .route("/tail", get(routes::tail))
        .route("/verify", post(routes::verify))
        .route("/rebuild", post(routes::rebuild))
        .route("/retention", get(routes::retention))
        .route("/jobs", get(routes::jobs))
        .route("/jobs/history", get(routes::history))
        .route("/jobs/{name}/run", post(routes::run_job));
    Router::new().nest("/api/v1", api).fallback(routes::nothing_here).with_state(front)
}
