//! From a parsed command line to its outcome: resolve the configuration, begin to log, run the one command.

mod agent;
mod backup;
mod check;
mod config;
mod demo;
mod export;
mod import;
mod install;
mod jobs;
mod lists;
mod plot;
mod probe;
mod proof;
mod query;
mod recovery;
mod send;
mod serve;
mod sql;
mod status;
mod tail;

use crate::arguments::{Cli, Command, Rejects, RejectsAction};
use crate::config::{Layers, Settings};
use crate::exit::{Ending, Exit};
use crate::{logging, render, top};

pub(crate) fn run(cli: Cli) -> anyhow::Result<Exit> {
    let settings = settings(&cli)?;
    let log = &settings.config.log;
    let (verbose, quiet) = (cli.globals.verbose, cli.globals.quiet);
    logging::start(logging::level(log.level, cli.command.is_long_running(), verbose, quiet), log.format);
    let server = cli.globals.server.clone();
    match cli.command {
        Command::Agent(arguments) => agent::run(arguments, &settings.config),
        Command::Send(arguments) => send::run(&arguments, server, &settings.config),
        Command::Completions(arguments) => install::completions(&arguments),
        Command::Man(arguments) => install::man(&arguments),
        Command::Config { action } => config::run(action, &settings),
        Command::Serve(arguments) => serve::serve(&arguments, &settings.config),
        Command::Collect(_) => serve::collect(&settings.config),
        Command::Query(arguments) => query::run(&arguments, server, &settings.config),
        Command::Sql(arguments) => sql::run(&arguments, server, &settings.config),
        Command::Services(arguments) => lists::services(&arguments, server, &settings.config),
        Command::Ledger(arguments) => lists::ledger(&arguments, server, &settings.config),
        Command::Rejects(Rejects { action: Some(action), reason, limit, format }) => {
            if limit.is_some() || format.is_some() {
                return Err(
                    Ending::usage("an export holds all and has one form; leave --limit and --format away").into()
                );
            }
            let RejectsAction::Export { range } = action;
            export::run(reason, &range, server, &settings.config)
        }
        Command::Rejects(arguments) => lists::rejects(&arguments, server, &settings.config),
        Command::Check(arguments) => check::run(&arguments, &settings.config),
        Command::Status(arguments) => status::run(&arguments, server, &settings.config),
        Command::Top(arguments) => top::run(&arguments, server, &settings.config),
        Command::Tail(arguments) => tail::run(&arguments, server, &settings.config),
        Command::Jobs(arguments) => jobs::run(&arguments, server, &settings.config),
        Command::Verify(arguments) => proof::verify(&arguments, server, &settings.config),
        Command::Probe(arguments) => probe::run(&arguments, &settings.config),
        Command::Rebuild => proof::rebuild(server, &settings.config),
        Command::Backup(arguments) => backup::backup(&arguments, server, &settings.config),
        Command::Restore(arguments) => backup::restore(&arguments, &settings.config),
        Command::Import(arguments) => import::run(&arguments, &settings.config),
        Command::Demo(arguments) => demo::run(&arguments, &settings),
        Command::Openapi => {
            render::print(&format!("{}\n", web::openapi::text()))?;
            Ok(Exit::Fine)
        }
    }
}

fn settings(cli: &Cli) -> anyhow::Result<Settings> {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    let layers = Layers { variables, set: &cli.globals.set, flags: cli.overrides() };
    Ok(Settings::load(cli.globals.config.as_deref(), &layers)?)
}
