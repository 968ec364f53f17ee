//! The command line as its users meet it: ranges of time, forms of output, where options may stand, what is promised to
//! scripts.

mod formats;
mod globals;
mod history;
mod ranges;
mod shapes;
mod tail;
