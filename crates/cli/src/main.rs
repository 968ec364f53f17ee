//! `vitals`: collects health messages, keeps them, and answers questions about them exactly.
//!
//! Layout, in reading order:
//! - [`arguments`]: the command line as types
//! - [`config`]: defaults, file, variables and flags as one validated configuration; [`units`]: its durations and sizes
//! - [`commands`]: one module per command
//! - [`daemon`]: the long-running process, its tasks and how they stop; [`supervise`]: what becomes of a task that dies;
//!   [`work`]: the jobs it runs; [`manager`]: telling who started it how it stands
//! - [`holder`], [`client`], [`source`], [`statement`]: who serves a data folder, asking it, or the files where nobody does
//! - [`input`]: files and standard input
//! - [`tokens`]: what a daemon wants to be shown, and what a command shows
//! - [`tuning`]: the configuration as each room wants it
//! - [`agent`], [`send`], [`heartbeat`]: the commands that send messages, and the message
//! - [`chart`]: answers as pictures; [`top`]: what is going on, live
//! - [`render`], [`logging`], [`exit`]: what is answered, what is logged, and how a run ends

mod agent;
mod arguments;
mod chart;
mod client;
mod commands;
mod config;
mod daemon;
mod exit;
mod heartbeat;
mod holder;
mod input;
mod logging;
mod manager;
mod postgres;
mod render;
mod send;
mod source;
mod start;
mod statement;
mod supervise;
mod tokens;
mod top;
mod tuning;
mod work;

use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

/// A batch takes hundreds of MiB for a second. This allocator gives them back to the system; that of the C library keeps
/// much of them in each of dozens of threads.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    match arguments::parse(std::env::args_os()) {
        Ok(cli) => exit::report(commands::run(cli)),
        Err(error) => exit::usage(&error),
    }
}
