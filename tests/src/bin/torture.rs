//! `cargo xtask torture`: many rounds on the programs in `TEST_VITALS_BIN`.

#![allow(clippy::print_stdout, reason = "a command line tool whose closing line is for standard output")]

use std::process::ExitCode;

use system_tests::torture::{Kind, Options, ROUND, run};

const HELP: &str = "\
torture [--rounds N] [--seed S] [--jobs J] [--kinds kill,image,fault] [--round N]

  --round N   only this one: what a line of a failure names";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(options) = parse(&arguments) else {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    };
    // a check that fails is told in one line, by the round
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(ROUND) {
            others(panic);
        }
    }));
    let report = run(&options);
    println!("{report}");
    ExitCode::from(u8::from(!report.failures.is_empty()))
}

fn parse(arguments: &[String]) -> Option<Options> {
    let mut options = Options { seed: 1, first: 0, rounds: 30, jobs: 2, kinds: Kind::ALL.to_vec() };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--rounds" => options.rounds = value.parse().ok()?,
            "--seed" => options.seed = value.parse().ok()?,
            "--jobs" => options.jobs = value.parse().ok()?,
            "--kinds" => options.kinds = value.split(',').map(kind).collect::<Option<_>>()?,
            "--round" => (options.first, options.rounds) = (value.parse().ok()?, 1),
            _ => return None,
        }
    }
    (!options.kinds.is_empty()).then_some(options)
}

fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.name() == name)
}
