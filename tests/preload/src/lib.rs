//! A library for `LD_PRELOAD` that stands between an unmodified program and its file calls, engines it loads included:
//! it can kill the program or fail its n-th call, delay its syncs, and record everything, so that a crash or a power cut
//! can be had at any point without a switch in the program. Tests load it; nothing links it.
//!
//! Only calls that change something below one folder, or make it durable, count. Everything is told by variables:
//!
//! | variable | what |
//! |---|---|
//! | `PRELOAD_FOLDER` | the folder, absolute and without symbolic links; without it nothing happens |
//! | `PRELOAD_LOG` | a file outside of it to append the recording to, drawn in `recording.rs` |
//! | `PRELOAD_DO` | `kill-before`, `kill-middle` (half of a write), `kill-after`; `eio` or `enospc`, with `-middle` behind for a write of which half is done nevertheless |
//! | `PRELOAD_AT` | the number of the counted call that is hit, from 1; default 1 |
//! | `PRELOAD_ON` | `1`: every counted call after that one fails as well |
//! | `PRELOAD_CALLS` | which calls count: some of `create,write,truncate,sync,rename,link,unlink,mkdir,rmdir`; default all |
//! | `PRELOAD_PATHS` | only calls on paths that contain this text count |
//! | `PRELOAD_WHILE` | calls count, and syncs are slow, only while this file exists; default always |
//! | `PRELOAD_SYNC_MS` | each counted sync takes this much longer |
//!
//! Processes that the program starts are recorded, but neither counted nor hit.
//!
//! Calls that libc makes inside itself (`fopen`) and raw system calls pass unseen: `strace` shows whether a program that
//! is put to the test makes any.

#![expect(unsafe_code, reason = "it takes the place of C functions")]

mod calls;
mod faults;
mod paths;
mod perform;
mod recording;
