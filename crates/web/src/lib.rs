//! The HTTP front of a running daemon: the routes through which the command line asks it.
//!
//! Layout, in reading order:
//! - [`front`]: what the routes speak for, and the list of routes
//! - [`server`]: taking connections until shutdown, within bounds
//! - [`access`]: who may ask what
//! - [`status`], [`tasks`]: one snapshot of the process, and of its long-running tasks
//! - [`metrics`]: what Prometheus scrapes
//! - `routes`: one function per route, thin: read the request, ask, answer
//! - `request`, [`error`]: parameters of a request; the one shape of an error

pub mod access;
pub mod error;
pub mod front;
pub mod metrics;
mod request;
mod routes;
pub mod server;
pub mod status;
pub mod tasks;

pub use access::Access;
pub use error::{ErrorBody, Problem};
pub use front::Front;
pub use metrics::Measures;
pub use server::Server;
pub use status::Status;
pub use tasks::{TaskBoard, TaskStatus};

#[cfg(test)]
mod tests;
