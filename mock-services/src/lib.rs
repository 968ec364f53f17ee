//! A seeded fleet of services that send health messages over UDP, with incidents on request.
//!
//! It exists to be an outside witness: it shares no code with the system it feeds, it knows to the last digit what
//! it sent, and it says so in a summary and, on request, message by message. The same seed, options and start time
//! give the same bytes in the same order on every machine.
//!
//! The way of a message: a [`clock`] gives each *slot* (one service's turn) its time, [`fleet`] what the service
//! measures then, [`traffic`] applies the [`incident`]s and puts the measurement into a [`message`] shape or breaks
//! it ([`flaw`]), [`run`] keeps the pace and [`send`] puts the bytes on the wire; [`summary`] and [`expect`] record
//! what really left. With `--reliable`, [`reliable`] keeps messages until they are answered. With `--replay`, [`replay`]
//! sends the rows of a file instead of a fleet's.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test a panic is the right end"))]

pub mod arguments;
pub mod clock;
pub mod expect;
pub mod flaw;
pub mod fleet;
pub mod incident;
pub mod message;
pub mod reliable;
pub mod replay;
pub mod run;
pub mod send;
pub mod span;
pub mod stop;
pub mod summary;
pub mod traffic;
