//! The PostgreSQL wire protocol: the tables for psql, drivers, pandas and Grafana.
//!
//! The messages, SCRAM and the encoding of rows are of the crates pgwire and arrow-pg, `pg_catalog` and the rewriting of
//! PostgreSQL's dialect of datafusion-pg-catalog. What a connection is and does is here, since there answers are not to
//! be held in memory whole, every statement is to have a cut of its own and an end, and nobody is to be let in by an
//! error.
//!
//! Layout, in reading order:
//! - [`server`]: taking connections until shutdown, within bounds
//! - `connection`: one of them, from its first byte to its end
//! - `stream`, [`tls`], `login`: the socket, its encryption, who is there
//! - `session`, `extended`, `cursors`: what a message is answered with, in the simple and the extended protocol
//! - `command`: what a statement asks for; `settings`, `copy`, `parameters`, `array`: parts of that
//! - `dialect`, `engine`, `functions`, `information`: the SQL engine with PostgreSQL's catalog and functions
//! - `running`, `encoding`, `wire`: rows under way, and on the wire
//! - `failure`: SQLSTATEs

mod array;
mod command;
mod connection;
mod copy;
mod cursors;
mod dialect;
mod encoding;
mod engine;
mod extended;
mod failure;
mod functions;
mod information;
mod login;
mod parameters;
mod running;
pub mod server;
mod session;
mod settings;
mod stream;
pub mod tls;
mod wire;

pub use login::Password;
pub use server::PostgresServer;
pub use tls::{Tls, TlsError};
