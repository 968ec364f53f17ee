//! What is measured while it happens: how long requests and statements took, how they ended, who is connected.

use super::families::{Families, alone, sample};
use crate::front::Front;
use crate::postgres;
use crate::questions::QUESTIONS_MAX;
use crate::server::CONNECTIONS_MAX;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts};
use std::sync::Arc;
use std::time::Instant;

/// Up to 60 s, which is beyond every wait of a question.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0, 60.0];

/// Counters and histograms since the process began.
#[derive(Debug)]
pub struct Measures {
    requests: IntCounterVec,
    request_durations: HistogramVec,
    statement_durations: HistogramVec,
    connections: IntGaugeVec,
}

impl Default for Measures {
    fn default() -> Measures {
        let histogram = |name, help, labels: &[&str]| {
            HistogramVec::new(HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()), labels).expect(VALID)
        };
        Measures {
            requests: IntCounterVec::new(
                Opts::new("vitals_http_requests_total", "Requests answered, by route, method and status."),
                &["route", "method", "status"],
            )
            .expect(VALID),
            request_durations: histogram(
                "vitals_http_request_duration_seconds",
                "From a request's head to its answer's; a stream goes on after that.",
                &["route", "method"],
            ),
            statement_durations: histogram(
                "vitals_sql_statement_duration_seconds",
                "How long SQL statements took that came over the PostgreSQL port, by how they ended: ok, failed, or left unread.",
                &["outcome"],
            ),
            connections: IntGaugeVec::new(
                Opts::new("vitals_connections", "Open connections, by what is spoken there: http or postgres."),
                &["protocol"],
            )
            .expect(VALID),
        }
    }
}

const VALID: &str = "names and labels are written as Prometheus wants them";

/// An open connection; it is counted until this is dropped.
#[derive(Debug)]
pub struct Connection(prometheus::IntGauge);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A statement under way; when this is dropped it has ended.
#[derive(Debug)]
pub(crate) struct Statement {
    durations: HistogramVec,
    began: Instant,
    outcome: &'static str,
}

impl Statement {
    /// How it has ended, unless more is told: `ok`, `failed`, or `left` by a client that wants no more of its rows. Until
    /// then it has failed.
    pub(crate) fn ends(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        self.durations.with_label_values(&[self.outcome]).observe(self.began.elapsed().as_secs_f64());
    }
}

impl Measures {
    /// Counts a connection of a protocol.
    pub fn connection(&self, protocol: &'static str) -> Connection {
        let gauge = self.connections.with_label_values(&[protocol]);
        gauge.inc();
        Connection(gauge)
    }

    /// Measures an SQL statement that came over the PostgreSQL port from here on.
    pub(crate) fn statement(&self) -> Statement {
        Statement { durations: self.statement_durations.clone(), began: Instant::now(), outcome: "failed" }
    }

    pub(super) fn families(&self, families: &mut Families, front: &Front) {
        let (answered, waiting) = front.questions.standing();
        families.gauge("vitals_questions_in_progress", "Questions that are being answered.", alone(answered as f64));
        families.gauge("vitals_questions_waiting", "Questions that wait for their turn.", alone(waiting as f64));
        families.gauge("vitals_questions_limit", "So many at once; further ones wait.", alone(QUESTIONS_MAX as f64));
        let limits = [("http", CONNECTIONS_MAX), ("postgres", postgres::server::CONNECTIONS_MAX)];
        let limits = limits.map(|(protocol, limit)| sample(&[("protocol", protocol)], limit as f64));
        families.gauge("vitals_connections_limit", "So many at once; further ones wait, or are refused.", limits);
        families.measured(self.connections.collect());
        families.measured(self.requests.collect());
        families.measured(self.request_durations.collect());
        families.measured(self.statement_durations.collect());
    }
}

/// Measures each request. Labels come from the list of routes, never from what a client sent, so they are few.
pub(crate) async fn measure(State(measures): State<Arc<Measures>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        _ => "other",
    };
    let began = Instant::now();
    let response = next.run(request).await;
    let took = began.elapsed().as_secs_f64();
    measures.request_durations.with_label_values(&[route.as_str(), method]).observe(took);
    measures.requests.with_label_values(&[route.as_str(), method, response.status().as_str()]).inc();
    response
}
