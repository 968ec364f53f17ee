//! Options that every command takes stand before or after its name, and a daemon is found by its folder or by its
//! address.

use system_tests::inputs::repository;
use system_tests::{Answer, BY_HAND, Output, Site, command};

const DAY: [&str; 7] = ["query", "--from", "2026-11-20", "--to", "2026-11-21", "--format", "json"];

fn sample() -> Site {
    let site = Site::new();
    let file = repository("data/sample/messages.csv");
    site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
    site
}

#[test]
fn options_stand_before_and_after_the_command() {
    let site = sample();
    let daemon = site.serve(&BY_HAND);
    let (data, http) = (site.data().display().to_string(), daemon.http().to_string());
    let elsewhere = Site::new();
    let check = |before: &[&str], after: &[&str]| {
        let mut vitals = command("vitals", elsewhere.folder());
        let output = Output::of(vitals.args(before).args(DAY).args(after));
        assert_eq!(Answer::read(output.json()).total(), 500, "{before:?} … {after:?}");
    };
    check(&["--data", &data], &[]);
    check(&[], &["--data", &data]);
    check(&["--server", &http], &[]);
    check(&[], &["--server", &http]);
    check(&[], &["--server", &format!("http://{http}/")]);
    check(&["--set", "query.wait=2s"], &["--data", &data]);
    check(&["--set", "query.wait=2s"], &["--set", "log.level=error", "--data", &data, "-q"]);
    check(&["--server", &http], &["--data", "nowhere"]);
    drop(daemon);
    check(&["--data", &data], &["-q"]);
}

#[test]
fn variables_and_a_file_stand_below_options() {
    let site = sample();
    let data = site.data().display().to_string();
    let elsewhere = Site::new();
    let check = |variables: &[(&str, &str)], arguments: &[&str], code: i32| {
        let mut vitals = command("vitals", elsewhere.folder());
        let output = Output::of(vitals.envs(variables.iter().copied()).args(DAY).args(arguments));
        assert_eq!(output.code, Some(code), "{variables:?} {arguments:?}: {output:?}");
    };
    check(&[("VITALS_DATA", &data)], &[], 0);
    check(&[("VITALS_DATA", "nowhere")], &[], 1);
    check(&[("VITALS_DATA", "nowhere")], &["--data", &data], 0);
    check(&[("VITALS_SERVER", "127.0.0.1:1"), ("VITALS_DATA", &data)], &[], 4);
    std::fs::write(elsewhere.path("vitals.toml"), format!("data = {data:?}\n"))
        .expect("the test's folder can be written");
    check(&[], &[], 0);
    check(&[("VITALS_DATA", "nowhere")], &[], 1);
    std::fs::rename(elsewhere.path("vitals.toml"), elsewhere.path("other.toml")).expect("renamed");
    check(&[], &[], 1);
    check(&[("VITALS_CONFIG", "other.toml")], &[], 0);
    check(&[], &["--config", "other.toml"], 0);
}

#[test]
fn what_the_configuration_prints_it_also_reads() {
    let site = Site::new();
    let set = ["--set", "journal.durability=always", "--set", "collector.past=30d"];
    let printed = site.run(&[&["config", "print"], &set[..]].concat()).ok().stdout;
    assert!(printed.contains("durability = \"always\"") && printed.contains("past = \"30d\""), "{printed}");
    std::fs::write(site.path("vitals.toml"), &printed).expect("the test's folder can be written");
    site.run(&["config", "check"]).ok();
    // where a value came from stands behind it, and has changed
    let values = |text: &str| {
        text.lines().map(|line| line.split(" #").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(&site.run(&["config", "print"]).ok().stdout), values(&printed));
}

#[test]
fn help_names_what_is_promised() {
    let site = Site::new();
    let help = |arguments: &[&str]| site.run(arguments).ok().stdout;
    let all = help(&["--help"]);
    let commands = "serve collect query services status ledger top tail rejects jobs verify rebuild import agent send \
                    demo completions man config";
    for name in commands.split(' ') {
        assert!(all.contains(&format!("\n  {name} ")), "{name} is not in {all}");
        let own = help(&[name, "--help"]);
        assert!(own.contains("Example"), "{name} has an example: {own}");
    }
    let serve = help(&["serve", "--help"]);
    for (level, promise) in [("always", "costs nothing"), ("interval", "costs at most"), ("never", "since then")] {
        assert!(serve.contains(level) && serve.contains(promise), "the promise of {level}: {serve}");
    }
    assert!(all.contains("3 verify found a difference"), "{all}");
}
