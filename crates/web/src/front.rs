//! What the routes speak for, and the list of them.

use crate::access::{Access, Right, admit};
use crate::body::Bodies;
use crate::error::Problem;
use crate::finish;
use crate::live::Live;
use crate::metrics::{self, Measures};
use crate::openapi;
use crate::page;
use crate::questions::Questions;
use crate::routes::{answers, health, ingest, jobs, lists, live, nothing_here, process, statement, tail, upkeep};
use crate::tail::Tails;
use crate::tasks::TaskBoard;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use handover::{Handover, Rolls, Starts, Store};
use query::sql::Sql;
use scheduler::Scheduler;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The parts of a running daemon that answer requests.
#[derive(Debug)]
pub struct Front {
    pub store: Arc<Store>,
    pub sql: Arc<Sql>,
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
    /// Where messages arrive; `None` where another process collects.
    pub udp: Option<SocketAddr>,
    pub durability: String,
    pub version: &'static str,
    pub access: Arc<Access>,
    pub live: Arc<Live>,
    pub tails: Tails,
    /// What this process found when it started.
    pub starts: Arc<Starts>,
    pub tasks: Arc<TaskBoard>,
    pub started: Instant,
    /// Whether recovery is done and the realtime views have reached the journals' ends.
    pub ready: AtomicBool,
    pub questions: Questions,
    pub bodies: Bodies,
    /// Where clients of PostgreSQL are answered.
    pub postgres: Option<SocketAddr>,
    pub measures: Arc<Measures>,
}

impl Front {
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(crate) fn check_ready(&self) -> Result<(), Problem> {
        if self.is_ready() { Ok(()) } else { Err(Problem::not_ready("recovery is going on; ask again later")) }
    }

    /// Whether questions have answers now: recovery is done and there are views.
    pub(crate) fn has_answers(&self) -> bool {
        self.is_ready() && !self.store.views.are_missing()
    }
}

type Routes = OpenApiRouter<Arc<Front>>;

/// Each route behind the door of its right.
pub(crate) fn routes(access: &Arc<Access>) -> Routes {
    let reading = Routes::default()
        .routes(routes!(answers::summary))
        .routes(routes!(answers::series))
        .routes(routes!(statement::sql))
        .routes(routes!(lists::services))
        .routes(routes!(lists::ledger))
        .routes(routes!(lists::rejects))
        .routes(routes!(jobs::jobs))
        .routes(routes!(jobs::history))
        .routes(routes!(process::status))
        .routes(routes!(process::starts))
        .routes(routes!(process::retention))
        .routes(routes!(process::document))
        .routes(routes!(tail::tail))
        .routes(routes!(live::live));
    let operating = Routes::default()
        .routes(routes!(upkeep::verify))
        .routes(routes!(upkeep::rebuild))
        .routes(routes!(upkeep::backup))
        .routes(routes!(jobs::run_job));
    let sending = Routes::default().routes(routes!(ingest::ingest));
    let scraping = Routes::default().routes(routes!(metrics::own)).routes(routes!(metrics::services));
    let open = Routes::default().routes(routes!(health::healthz)).routes(routes!(health::readyz));
    let behind_doors = behind(reading, Right::Read, access).merge(behind(operating, Right::Operate, access));
    let behind_doors = behind_doors.merge(behind(sending, Right::Ingest, access));
    let scraping = behind(scraping, Right::Read, access);
    Routes::with_openapi(openapi::head()).nest("/api/v1", behind_doors).merge(scraping).merge(open)
}

/// The door, in front of the routes and in the document.
fn behind(mut routes: Routes, right: Right, access: &Arc<Access>) -> Routes {
    openapi::behind(routes.get_openapi_mut(), right);
    routes.route_layer(from_fn_with_state((access.clone(), right), admit))
}

pub(crate) fn router(front: Arc<Front>) -> Router {
    let (routes, _) = routes(&front.access).split_for_parts();
    let measuring = from_fn_with_state(front.measures.clone(), metrics::measure);
    let routes = routes.merge(page::routes()).fallback(nothing_here).layer(measuring).with_state(front);
    // a router of its own: axum adds `Allow` behind all layers of the one that has the routes
    Router::new().fallback_service(routes).layer(from_fn(finish::finish)).layer(finish::compression())
}
