//! The `mock-services` command: read the arguments, send, print one line of JSON about what was sent.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use mock_services::arguments::{Arguments, Plan};
use mock_services::run::run;
use mock_services::stop::Stop;
use mock_services::{clock, send::Sockets};

fn main() -> ExitCode {
    let plan = Arguments::parse().plan(clock::now_us()).unwrap_or_else(|usage| usage.exit());
    match send_all(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mock-services: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn send_all(plan: &Plan) -> anyhow::Result<()> {
    let sockets = Sockets::open(&plan.to, plan.source_ports)?;
    let stop = Stop::on_signals()?;
    let summary = run(plan, sockets, &stop)?;
    writeln!(io::stdout(), "{}", summary.to_json()?)?;
    Ok(())
}
