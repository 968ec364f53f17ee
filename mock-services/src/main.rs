//! The `mock-services` command: read the arguments, send, print one line of JSON about what was sent.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use mock_services::arguments::{Arguments, Plan};
use mock_services::replay::replay;
use mock_services::run::run;
use mock_services::stop::Stop;
use mock_services::summary::Summary;
use mock_services::{clock, send::Sockets};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let sent = match arguments.replay() {
        Some(file) => Stop::on_signals().map_err(Into::into).and_then(|stop| replay(&file, &stop)),
        None => send_all(&arguments.plan(clock::now_us()).unwrap_or_else(|usage| usage.exit())),
    };
    match sent.and_then(|summary| print(&summary)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mock-services: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn send_all(plan: &Plan) -> anyhow::Result<Summary> {
    let sockets = Sockets::open(&plan.to, plan.source_ports)?;
    let stop = Stop::on_signals()?;
    run(plan, sockets, &stop)
}

fn print(summary: &Summary) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{}", summary.to_json()?)?;
    Ok(())
}
