//! The HTTP front of a running daemon: the routes through which the command line asks it.
//!
//! Layout, in reading order:
//! - [`front`]: what the routes speak for, the list of routes, serving until shutdown
//! - [`status`]: one snapshot of the process
//! - `routes`: one function per route, thin: read the request, ask, answer
//! - `request`, [`error`]: parameters of a request; the one shape of an error

pub mod error;
pub mod front;
mod request;
mod routes;
pub mod status;

pub use error::{ErrorBody, Problem};
pub use front::{Front, serve};
pub use status::Status;

#[cfg(test)]
mod tests;
