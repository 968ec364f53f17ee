//! Command lines and settings that make no sense.

use std::fs;

use system_tests::{BY_HAND, Output, Site};

use crate::{said, says};

#[test]
fn questions_that_make_no_sense() {
    let site = Site::new();
    let _daemon = site.serve(&BY_HAND);
    let check = |line: &str, words: &[&str]| says(&site, &line.split(' ').collect::<Vec<_>>(), 2, words);
    check("query --from 2026-03-02 --to 2026-03-01", &["2026-03-02T00:00:00Z", "--from must be before --to"]);
    check("query --from 2026-03-01 --to 2026-03-01", &["is empty", "--from must be before --to"]);
    check("verify --from 2026-03-02 --to 2026-03-01", &["--from must be before --to"]);
    check("ledger --from 2026-03-02 --to 2026-03-01", &["--from must be before --to"]);
    for date in ["2026-02-30", "2022-02-31", "2023-02-29", "2026-13-01", "2026-11-21T24:01", "yesterday"] {
        check(&format!("query --from {date}"), &[date, "--from", "use a date (2026-11-21)"]);
        check(&format!("query --to {date}"), &[date, "--to", "use a date (2026-11-21)"]);
    }
    check("query --last 6x", &["6x", "--last", "write a whole number and a unit"]);
    check("query --last 0s", &["--last", "longer than 0s"]);
    check("query --last 1h --from 2026-01-01", &["--last", "--from"]);
    check("query --every week", &["week", "minute, hour, day, month or year"]);
    check("query --layer both", &["both", "merged, batch, realtime"]);
    check("query --format xml", &["xml", "table, json, ndjson, csv"]);
    check("query --service [a", &["[a", "a pattern is a name with"]);
    check("rejects --reason odd", &["odd", "not_json", "too_old"]);
    check("rejects --limit many", &["many", "--limit"]);
    check("jobs run nothing", &["nothing", "batch, compact"]);
    check("querry", &["querry", "query"]);
    check("query --lst 1h", &["--lst", "--last"]);
    check("send --service a", &["--cpu"]);
    check("import", &["FILE"]);
    check("agent --name a --every 0s", &["--every", "longer than 0s"]);
}

#[test]
fn settings_that_are_not_right() {
    let check = |file: Option<&str>, variable: Option<(&str, &str)>, arguments: &[&str], code: i32, words: &[&str]| {
        let site = Site::new();
        if let Some(text) = file {
            fs::write(site.path("vitals.toml"), text).expect("the test's folder can be written");
        }
        for command in [&["config", "check"][..], &["serve"], &["query"]] {
            let mut command = site.command(&[command, arguments].concat());
            command.envs(variable);
            said(Output::of(&mut command), &format!("{file:?} {variable:?} {arguments:?}"), code, words);
        }
        assert!(!site.data().exists(), "nothing is begun");
    };
    let in_file =
        |text: &str, words: &[&str]| check(Some(text), None, &[], 1, &[&["vitals.toml, line"], words].concat());
    in_file(
        "[journal]\ndurabilty = \"always\"\n",
        &["line 2", "journal.durabilty", "did you mean journal.durability?"],
    );
    in_file("htp = \"127.0.0.1:1\"\n", &["line 1", "htp", "did you mean http?"]);
    in_file("[journal\ndurability = \"always\"\n", &["line 1", "mend the line"]);
    in_file("[journal]\ndurability = \"sometimes\"\n", &["line 2", "sometimes", "always, interval, never"]);
    in_file("udp = 3500\n", &["line 1", "udp", "3500"]);
    in_file("udp = \"127.0.0.1:1\"\nudp = \"127.0.0.1:2\"\n", &["line 2"]);

    let in_variable = |name, value, words: &[&str]| check(None, Some((name, value)), &[], 1, words);
    in_variable("VITALS_JOURNAL_DURABILTY", "always", &["VITALS_JOURNAL_DURABILTY", "VITALS_JOURNAL_DURABILITY?"]);
    in_variable("VITALS_JOURNAL_DURABILITY", "sometimes", &["VITALS_JOURNAL_DURABILITY", "always, interval, never"]);

    let set = |text: &str, words: &[&str]| check(None, None, &["--set", text], 2, words);
    set("jornal.durability=always", &["jornal.durability", "did you mean journal.durability?"]);
    set("durability=always", &["did you mean journal.durability?"]);
    set("journal=always", &["journal is a section", "journal."]);
    set("journal.durability", &["key=value"]);
    set("jobs.batch=* * *", &["jobs.batch", "* * *", "cron expression such as"]);
    set("jobs.compact=61 * * * *", &["jobs.compact", "cron expression such as"]);
    set("jobs.zone=Mars", &["Mars", "Europe/Berlin"]);
    set("collector.receivers=0", &["collector.receivers", "1 to 64"]);
    check(None, None, &["--config", "none.toml"], 1, &["none.toml", "--config"]);
}

#[test]
fn a_list_may_be_written_as_the_message_shows_it() {
    let site = Site::new();
    let setting = "collector.allow=[\"10.0.0.0/8\", \"192.0.2.7\"]";
    let printed = site.run(&["config", "print", "--set", setting]).ok();
    assert!(printed.stdout.contains("allow = [\"10.0.0.0/8\", \"192.0.2.7"), "{}", printed.stdout);
}
