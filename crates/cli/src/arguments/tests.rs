//! What can be typed, and what it becomes.

use super::*;
use crate::config::{Durability, LogFormat};
use model::Time;
use std::path::PathBuf;

fn cli(line: &str) -> Cli {
    parse(line.split_whitespace()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn time(text: &str) -> Time {
    text.parse().expect(text)
}

#[test]
fn clap_finds_no_contradiction() {
    global::with_set_everywhere(Cli::command()).debug_assert();
}

#[test]
fn globals_stand_before_and_after_the_subcommand() {
    for line in [
        "vitals --data /d --server h:1 --config c.toml --log-format json -v services",
        "vitals services --data /d --server h:1 --config c.toml --log-format json -v",
        "vitals --data /d --log-format json services --server h:1 -v --config c.toml",
        "vitals jobs run batch --data /d --server h:1 --config c.toml --log-format json -v",
    ] {
        let globals = cli(line).globals;
        assert_eq!(
            (globals.data, globals.config),
            (Some(PathBuf::from("/d")), Some(PathBuf::from("c.toml"))),
            "{line}"
        );
        assert_eq!((globals.server.as_deref(), globals.log_format), (Some("h:1"), Some(LogFormat::Json)), "{line}");
        assert_eq!((globals.verbose, globals.quiet), (1, 0), "{line}");
    }
}

#[test]
fn every_set_counts_wherever_it_stands() {
    let globals = cli("vitals --set a=1 --set b=2 jobs --set c=3 history batch --set d=4").globals;
    assert_eq!(globals.set, ["a=1", "b=2", "c=3", "d=4"]);
}

#[test]
fn flags_stand_for_keys() {
    let check = |line: &str, expect: &[(&str, &str, &str)]| {
        let overrides = cli(line).overrides();
        let found: Vec<_> = overrides.iter().map(|found| (found.flag, found.key, found.value.as_str())).collect();
        assert_eq!(found, expect, "{line}");
    };
    check("vitals serve", &[]);
    check(
        "vitals serve --udp 127.0.0.1:1 --http [::1]:2 --durability always --data /d --past 1w --zone UTC \
         --postgres off",
        &[
            ("--data", "data", "/d"),
            ("--udp", "udp", "127.0.0.1:1"),
            ("--durability", "journal.durability", "always"),
            ("--past", "collector.past", "1w"),
            ("--http", "http", "[::1]:2"),
            ("--postgres", "postgres", "off"),
            ("--zone", "jobs.zone", "UTC"),
        ],
    );
    check(
        "vitals collect --receive-buffer 1GiB --receivers 4 --cpu-unit percent --ahead 1m --log-format json",
        &[
            ("--log-format", "log.format", "json"),
            ("--cpu-unit", "cpu_unit", "percent"),
            ("--receivers", "collector.receivers", "4"),
            ("--receive-buffer", "collector.receive_buffer", "1GiB"),
            ("--ahead", "collector.ahead", "1m"),
        ],
    );
}

#[test]
fn every_override_names_a_key() {
    let everything = "vitals serve --data /d --log-format json --udp 127.0.0.1:1 --http 127.0.0.1:2 --durability never \
                      --cpu-unit percent --receivers 1 --receive-buffer 1MiB --past 1w --ahead 1m --zone UTC \
                      --postgres 127.0.0.1:3";
    let overrides = cli(everything).overrides();
    assert_eq!(overrides.len(), 12);
    for found in overrides {
        assert!(crate::config::Key::find(found.key).is_some(), "{found:?}");
    }
}

#[test]
fn a_query_in_full() {
    let line = "vitals query --last 6h --service a --service b* --every day --layer batch --format csv --explain \
                --allow-behind";
    let Command::Query(query) = cli(line).command else { panic!("{line}") };
    assert_eq!(query.service, ["a", "b*"]);
    assert_eq!((query.every, query.layer, query.format), (Some(model::Granularity::Day), Layer::Batch, Format::Csv));
    assert!(query.explain && query.allow_behind);
}

#[test]
fn ranges() {
    let now = time("2026-11-21T12:56:07Z");
    let check = |options: &str, expect: Option<(&str, &str)>| {
        let Command::Verify(verify) = cli(&format!("vitals verify {options}")).command else { panic!("{options}") };
        let range = verify.range.resolve(now).expect(options).map(|range| (range.from, range.to));
        assert_eq!(range, expect.map(|(from, to)| (time(from), time(to))), "{options}");
    };
    check("", None);
    check("--last 6h", Some(("2026-11-21T06:56", "2026-11-21T12:57")));
    check("--last 1s", Some(("2026-11-21T12:56", "2026-11-21T12:57")));
    check("--from 2026-11-01 --to 2026-11-02T03:04:05Z", Some(("2026-11-01", "2026-11-02T03:04:05")));
    check("--from 2026-11-21T12:00", Some(("2026-11-21T12:00", "2026-11-21T12:57")));
    check("--to 2026-11-01", Some(("0001-01-01", "2026-11-01")));

    let nothing = RangeArguments::default().resolve_or_usual(now).expect("an hour");
    assert_eq!((nothing.from, nothing.to), (time("2026-11-21T11:56"), time("2026-11-21T12:57")));
    let backwards = RangeArguments { from: Some(now), to: Some(now), last: None };
    assert!(backwards.resolve(now).expect_err("empty").to_string().ends_with("--from must be before --to"));
}

#[test]
fn what_cannot_be_typed() {
    let check = |line: &str, expect: &str| {
        let error = parse(line.split(' ')).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(expect), "{line}: {error}");
    };
    check("vitals query --from 2026-02-31", "\"2026-02-31\" is not a time; use a date");
    check("vitals query --last 6h --from 2026-11-21", "cannot be used with");
    check("vitals query --last 0h", "an interval must be longer than 0s");
    check("vitals query --last 6", "write a whole number and a unit");
    check("vitals rejects --reason nonsense", "is no reason for a rejection; the reasons are not_json");
    check("vitals serve --durability sometimes", "[possible values: always, interval, never]");
    check("vitals serve --udp 3500", "invalid socket address");
    check("vitals serve --postgres 5433", "127.0.0.1:5433, or off");
    check("vitals import", "<FILE|->...");
    check("vitals import --format xml a", "[possible values: csv, json, rejects, parquet]");
    check("vitals check a --now yesterday", "is not a time");
    check("vitals send --service a", "--cpu <NUMBER>");
    check("vitals status -v -q", "cannot be used with");
    check("vitals status --check --format json", "cannot be used with");
    check("vitals frobnicate", "unrecognized subcommand");
}

#[test]
fn durability_says_what_it_promises() {
    for name in ["serve", "collect"] {
        let help = parse(["vitals", name, "--help"]).expect_err("help").to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for promise in ["a power cut costs nothing", "at most the messages of that long", "since then"] {
            assert!(help.contains(promise), "{name}: {help}");
        }
    }
    let Command::Collect(collect) = cli("vitals collect --durability never").command else { panic!("collect") };
    assert_eq!(collect.intake.durability, Some(Durability::Never));
}

#[test]
fn every_command_shows_an_example() {
    fn check(command: &clap::Command) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
            let shown = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
            let deeper = sub.get_subcommands().next().is_some();
            assert!(deeper || shown.contains("Example"), "{} has no example", sub.get_name());
            assert!(sub.get_about().is_some(), "{} says nothing", sub.get_name());
            check(sub);
        }
    }
    check(&Cli::command());
}
