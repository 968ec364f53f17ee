//! `vitals top` and `vitals query --plot` in a terminal of their own, beside a running daemon.

use std::fs;
use std::process::Command;

use serde_json::Value;
use system_tests::inputs::{python, repository};
use system_tests::{BY_HAND, Daemon, Output, Site, program, until};

/// What a command left behind in a terminal.
struct Terminal {
    code: i64,
    /// Everything that was written, escape sequences and all.
    text: String,
    /// Whether keys are read and shown as before.
    same: bool,
}

/// Runs `vitals` in a terminal; the steps are those of `terminal.py`.
fn terminal(site: &Site, steps: &[&str], variables: &[(&str, &str)], arguments: &[&str]) -> Terminal {
    let mut script: Command = python("terminal.py");
    script.current_dir(site.folder()).env("TERM", "xterm-256color").env_remove("NO_COLOR");
    script.envs(variables.iter().copied()).args(steps).arg("--");
    let seen: Value = Output::of(script.arg(program("vitals")).arg("--data").arg(site.data()).args(arguments)).json();
    Terminal {
        code: seen["code"].as_i64().expect("an exit code"),
        text: seen["text"].as_str().expect("text").to_owned(),
        same: seen["same"].as_bool().expect("whether it is the same"),
    }
}

impl Terminal {
    #[track_caller]
    fn is_given_back(&self) {
        assert_eq!(self.code, 0, "{}", self.text);
        assert!(self.same, "modes of the terminal: {}", self.text);
        let [enter, leave, cursor] = ["\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"].map(|code| self.text.rfind(code));
        assert!(enter.is_some() && leave > enter && cursor > enter, "{:?}", self.text);
    }

    /// Whether any colour was chosen.
    fn has_color(&self) -> bool {
        let codes = self.text.split("\x1b[").skip(1).filter_map(|code| code.split_once('m'));
        codes
            .flat_map(|(code, _)| code.split(';'))
            .any(|code| code == "38" || (code.starts_with('3') && code.len() == 2 && code != "39"))
    }
}

fn with_messages(site: &Site) -> Daemon {
    let daemon = site.serve(&BY_HAND);
    let to = daemon.udp().to_string();
    for (service, cpu) in [("checkout", "0.42"), ("billing", "0.97")] {
        site.run(&["send", "--service", service, "--cpu", cpu, "--to", &to]).ok();
    }
    site.await_accepted(2);
    daemon
}

#[test]
fn top_shows_what_is_going_on_and_gives_the_terminal_back() {
    let site = Site::new();
    let _daemon = with_messages(&site);
    let steps = ["see:checkout", "type:\r", "see:97.0%", "type:\t", "see:INTAKE", "type:q"];
    let shown = terminal(&site, &steps, &[], &["top", "--refresh", "250ms"]);
    shown.is_given_back();
    assert!(shown.has_color() && shown.text.contains("billing"), "{}", shown.text);
    // the same in plain
    let plain = terminal(&site, &["see:checkout", "type:\x03"], &[("NO_COLOR", "1")], &["top"]);
    plain.is_given_back();
    assert!(!plain.has_color(), "{:?}", plain.text);
    terminal(&site, &["see:checkout", "signal:TERM"], &[], &["top"]).is_given_back();
}

#[test]
fn top_finds_a_daemon_that_comes_back() {
    let site = Site::new();
    let steps = ["see:no process serves", "touch:waiting", "see:checkout", "touch:watching", "see:no answer for"];
    let steps = [&steps[..], &["touch:lost", "see:restored", "type:q"]].concat();
    let reached = |file: &str| until(file, 60, || site.path(file).exists().then_some(()));
    let shown = std::thread::scope(|scope| {
        let watching = scope.spawn(|| terminal(&site, &steps, &[], &["top", "--refresh", "250ms"]));
        reached("waiting");
        let daemon = with_messages(&site);
        reached("watching");
        assert!(daemon.stop().success());
        reached("lost");
        let daemon = site.serve(&BY_HAND);
        let to = daemon.udp().to_string();
        site.run(&["send", "--service", "restored", "--cpu", "0.5", "--to", &to]).ok();
        watching.join().expect("a terminal")
    });
    shown.is_given_back();
}

#[test]
fn answers_are_drawn_here_and_in_files() {
    let site = Site::new();
    let file = repository("data/sample/messages.csv");
    site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
    let day = ["query", "--from", "2026-11-20", "--to", "2026-11-21", "--service", "service-1"];
    let drawn = |arguments: &[&str]| site.run(&[&day, arguments].concat());
    let peak = |series: &str| {
        let row = site.json(&day)["rows"][0].clone();
        let share = row[series]["max"].as_f64().expect("a share");
        let at = row[series]["max_at"].as_str().expect("a time").replace('T', " ");
        (format!("{:.1}%", share * 100.0), at.trim_end_matches('Z').chars().take(19).collect::<String>())
    };
    let piped = drawn(&["--plot"]).ok().stdout;
    assert!(!piped.contains('\x1b'), "colours are for terminals");
    for (title, series) in [("\nCPU\n", "cpu"), ("\nRAM\n", "ram"), ("\nDISK\n", "disk")] {
        let (share, at) = peak(series);
        assert!(piped.contains(title) && piped.contains(&format!("{share} at {at}")), "{series} {share} {at}: {piped}");
    }
    assert!(piped.contains("Utilization every minute, 2026-11-20 00:00 to 2026-11-21 00:00 UTC"), "{piped}");
    let one = drawn(&["--plot", "--series", "ram", "--every", "hour"]).ok().stdout;
    assert!(one.contains("every hour") && one.contains("RAM") && !one.contains("CPU"), "{one}");
    let arguments = [&day[..], &["--plot", "--series", "cpu"]].concat();
    let colored = terminal(&site, &[], &[], &arguments);
    assert!(colored.code == 0 && colored.has_color() && colored.text.contains('▲'), "{}", colored.text);
    assert!(!terminal(&site, &[], &[("NO_COLOR", "1")], &arguments).has_color());

    let silent = drawn(&["--plot", "day.svg"]).ok();
    assert_eq!((silent.stdout.as_str(), silent.stderr.as_str()), ("", ""));
    let picture = fs::read_to_string(site.path("day.svg")).expect("the file");
    let (share, at) = peak("cpu");
    assert!(picture.starts_with("<svg ") && picture.contains(&format!("peak {share} at {at}")), "{picture}");
    drawn(&["--plot", "again.svg"]).ok();
    assert_eq!(fs::read_to_string(site.path("again.svg")).expect("the file"), picture, "the same each time");
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let site = Site::new();
    let file = repository("data/sample/messages.csv");
    site.run(&["import", file.to_str().expect("a path in UTF-8")]).ok();
    let check = |arguments: &[&str], code: i32, expect: &[&str]| {
        let refusal = site.run(arguments).refusal(code);
        assert!(expect.iter().all(|words| refusal.contains(words)), "{arguments:?}: {refusal}");
    };
    check(&["top"], 2, &["standard output is none", "vitals query"]);
    check(&["query", "--plot", "day.png"], 2, &["does not end in .svg"]);
    check(&["query", "--plot", "--series", "net"], 2, &["cpu, ram, disk"]);
    check(&["query", "--series", "cpu"], 2, &["--plot"]);
    check(&["query", "--plot", "--format", "json"], 2, &["--format"]);
    let day = ["query", "--from", "2026-11-20", "--to", "2026-11-21", "--plot"];
    check(&[&day[..], &["none/day.svg"]].concat(), 1, &["cannot write none/day.svg", "No such file"]);
    let before = ["query", "--from", "2020-01-01", "--to", "2020-01-02", "--plot"];
    check(&[&before[..], &["day.svg"]].concat(), 1, &["no messages from", "day.svg was not written"]);
    assert!(!site.path("day.svg").exists());
    assert_eq!(site.run(&before).ok().stdout, "no messages from 2020-01-01T00:00:00Z to 2020-01-02T00:00:00Z\n");
}
