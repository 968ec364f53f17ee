//! `cargo xtask bench`: what it costs to be fed and to be asked, by the programs in `TEST_VITALS_BIN`. Figures of a
//! machine that does other things too: what stands in one table was measured one after the other in one run, so compare
//! lines of one table.

#![allow(clippy::print_stdout, reason = "a command line tool whose tables are for standard output")]

mod ask;
mod import;
mod ingest;
mod kept;
mod process;
mod scrape;

use std::process::ExitCode;

const HELP: &str = "\
bench [ingest] [ask] [scrape] [import]

  ingest   messages over UDP at rising rates, and over HTTP in requests of several sizes
  ask      questions over a week of 100 services: HTTP, SQL over HTTP and over PostgreSQL's protocol
  scrape   what Prometheus gets of 1,000 and of 20,000 services
  import   the same messages as CSV and as Parquet

Without a name: all of them.";

const ALL: [(&str, fn()); 4] =
    [("ingest", ingest::run), ("ask", ask::run), ("scrape", scrape::run), ("import", import::run)];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|name| !ALL.iter().any(|(known, _)| known == name)) {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    }
    for (name, run) in ALL {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            println!("\n## {name}\n");
            run();
        }
    }
    ExitCode::SUCCESS
}
