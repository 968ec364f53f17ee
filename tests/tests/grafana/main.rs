//! The dashboards handed out: that they are what Grafana takes, that each of their queries is answered by a live Vitals
//! and the Prometheus that scrapes it, and that docker-compose puts it all together.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

mod compose;
mod dashboards;
mod expand;
mod live;
