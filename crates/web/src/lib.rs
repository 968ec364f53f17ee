//! The doors of a running daemon: HTTP for programs, pages and the command line, the PostgreSQL wire protocol for SQL,
//! metrics for Prometheus.
//!
//! Layout, in reading order:
//! - [`front`]: what the routes speak for, and the list of routes
//! - [`server`]: taking connections until shutdown, within bounds
//! - [`access`]: who may ask what
//! - [`questions`]: questions in turn, in time, and given up when nobody waits
//! - `routes`: one function per route, thin: read the request, ask, answer
//! - `request`, [`body`], `unpack`: parameters and bodies of requests
//! - [`formats`], [`tables`], `about`: JSON, CSV and Arrow; the columns of jobs and rejects; what goes into headers
//! - [`error`], `finish`: the one shape of an error; what holds for every response
//! - [`openapi`], `shapes`: the document that the handlers make, and what other rooms' types look like in it
//! - [`status`], [`tasks`]: one snapshot of the process, and of its long-running tasks
//! - [`live`], [`tail`]: what is latest, for all who watch; what is accepted, for each who follows
//! - [`postgres`]: the PostgreSQL wire protocol over the same questions
//! - [`metrics`]: what Prometheus scrapes
//! - `page`: the files of the page at `/`

mod about;
pub mod access;
pub mod body;
pub mod error;
mod finish;
pub mod formats;
pub mod front;
pub mod live;
pub mod metrics;
pub mod openapi;
mod page;
pub mod postgres;
pub mod questions;
mod request;
mod routes;
pub mod server;
mod shapes;
pub mod status;
pub mod tables;
pub mod tail;
pub mod tasks;
mod unpack;

pub use access::Access;
pub use body::Bodies;
pub use error::{ErrorBody, Problem};
pub use front::Front;
pub use live::Live;
pub use metrics::Measures;
pub use postgres::PostgresServer;
pub use questions::Questions;
pub use server::Server;
pub use status::Status;
pub use tail::Tails;
pub use tasks::{TaskBoard, TaskStatus};

#[cfg(test)]
mod tests;
