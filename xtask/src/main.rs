//! The repository's own commands, `cargo xtask …`: each is one step that a fresh machine needs and that `cargo` alone
//! does not know, such as where the prebuilt DuckDB library comes from and what the system tests expect around them.
#![allow(clippy::print_stdout, reason = "a command line tool whose help is for standard output")]

mod arrows;
mod bench;
mod build;
mod child;
mod demo;
mod folders;
mod fuzz;
mod install;
mod lane;
mod library;
mod lint;
mod names;
mod page;
mod python;
mod smooth;
mod soak;
mod suite;
mod torture;

use std::process::ExitCode;

use anyhow::Result;

use build::Profile;
use folders::Folders;

const HELP: &str = "\
cargo xtask COMMAND

  demo [ARGS…]        build, then run `vitals demo ARGS…`
  test [ARGS…]        every test, real processes on the release build; ARGS go to the test runner (a name filters), and
                      with them it is the development build, which is there sooner
  fixtures            write tests/fixtures/<version> from the formats as they are now
  torture [--binary release|dev] [--rounds N] [--seed S] [--jobs J] [--kinds kill,image,fault] [--round N]
                      kills, power cuts and failing calls anywhere in the life of the real program, then everything
                      accepted is there once; --round repeats the one that a failure names
  lint                rustfmt, the arrows between the rooms, types and formatting of the page, fuzz targets that
                      compile, clippy without warnings
  fuzz [--inputs N] [--target T]
                      arbitrary inputs, guided by coverage, for all that reads what comes from outside (fuzz/targets)
  soak [--for 10m] [--rate 20000] [--http-rate 2000] [--every 10s] [--dev]
                      minutes of full load on the release build: is nothing lost, does nothing grow
  bench [ingest] [ask] [scrape] [import]
                      what it costs to be fed and to be asked, on the release build: tables
  smooth              the page with 1,000 services that send: its first view, and frames a second while it scrolls, in
                      headless Chromium
  install-check       cargo install into a folder of its own, and whether what it installs works
  build [--release]   vitals and mock-services, with the DuckDB library beside them

Everything is built in $CARGO_TARGET_DIR, else in ~/.cache/vitals/target. DuckDB is a prebuilt library fetched once
through npm into ~/.cache/vitals/duckdb, or the one in the folder $DUCKDB_LIB_DIR if that is set; where there is neither,
it is compiled from source (feature `bundled`, about 40 minutes on two cores).

Tests run with
  TEST_VITALS_BIN           the folder that holds vitals and mock-services
  TEST_VITALS_PYTHON        a Python that has the packages of tests/python/requirements.txt
  TEST_VITALS_PAGE          a copy of crates/web/ui with its npm packages; Chromium is chromium on the PATH, or
                            TEST_VITALS_CHROMIUM
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(child::exit_code(&error))
        }
    }
}

fn command(arguments: &[&str]) -> Result<ExitCode> {
    match arguments {
        ["help" | "--help" | "-h"] => print!("{HELP}"),
        ["demo", arguments @ ..] => match demo::run(&Folders::claim()?, arguments)? {},
        ["test", arguments @ ..] => suite::run(&Folders::claim()?, arguments)?,
        ["fixtures"] => suite::fixtures(&Folders::claim()?)?,
        ["fuzz", arguments @ ..] => fuzz::run(&Folders::claim()?, arguments)?,
        ["soak", arguments @ ..] => soak::run(&Folders::claim()?, arguments)?,
        ["bench", arguments @ ..] => bench::run(&Folders::claim()?, arguments)?,
        ["torture", arguments @ ..] => torture::run(&Folders::claim()?, arguments)?,
        ["smooth"] => smooth::run(&Folders::claim()?)?,
        ["lint"] => lint::run(&Folders::claim()?)?,
        ["install-check"] => install::run(&Folders::claim()?)?,
        ["build"] => build::run(&Folders::claim()?, Profile::Dev)?,
        ["build", "--release"] => build::run(&Folders::claim()?, Profile::Release)?,
        _ => {
            eprint!("{HELP}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
