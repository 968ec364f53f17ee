//! What packages are made of: completions that a real shell takes, manual pages without warnings, units that systemd
//! finds sound and that start what they say, an image that names what there is.

use std::env;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use system_tests::inputs::repository;
use system_tests::{Daemon, Output, Site, command, program};

const UNITS: [&str; 2] = ["vitals-collect.service", "vitals.service"];
/// Where the units expect the program.
const INSTALLED: &str = "/usr/local/bin/vitals";
/// How exposed a unit may be, of 10, by `systemd-analyze security`.
const EXPOSURE_MAX: f64 = 2.0;

/// Whether a program is on this machine; a test that does without says so.
fn there_is(name: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).any(|folder| folder.join(name).is_file());
    if !found {
        eprintln!("skipped: there is no {name} on this machine");
    }
    found
}

#[test]
fn bash_completes_commands_options_and_values() {
    let site = Site::new();
    let script = site.run(&["completions", "bash"]).ok().stdout;
    fs::write(site.path("completion"), script).expect("the test's folder can be written");
    let ask = "source ./completion; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); \
               _vitals \"$1\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; echo \"${COMPREPLY[*]}\"";
    let check = |words: &[&str], expect: &str| {
        let mut bash = Command::new("bash");
        bash.current_dir(site.folder()).args(["--norc", "-c", ask, "bash"]).args(words);
        assert_eq!(Output::of(&mut bash).ok().stdout.trim(), expect, "{words:?}");
    };
    check(&["vitals", "que"], "query");
    check(&["vitals", "st"], "status");
    check(&["vitals", "query", "--pl"], "--plot");
    check(&["vitals", "query", "--format", ""], "table json ndjson csv");
    check(&["vitals", "query", "--series", ""], "cpu ram disk");
    check(&["vitals", "completions", "z"], "zsh");
    for (shell, begins) in
        [("zsh", "#compdef vitals"), ("fish", "# Print an optspec"), ("elvish", ""), ("powershell", "")]
    {
        let script = site.run(&["completions", shell]).ok().stdout;
        assert!(script.trim_start().starts_with(begins) && script.contains("query"), "{shell}: {script}");
    }
    assert!(site.run(&["completions", "csh"]).refusal(2).contains("[possible values: bash, elvish, fish"));
}

#[test]
fn each_command_has_a_manual_page_without_warnings() {
    let site = Site::new();
    let said = site.run(&["man", "pages/man1"]).ok().stdout;
    let list = fs::read_dir(site.path("pages/man1")).expect("the folder is made");
    let mut pages: Vec<PathBuf> = list.map(|entry| entry.expect("an entry").path()).collect();
    pages.sort();
    assert!(said.starts_with(&format!("{} pages are in pages/man1", pages.len())), "{said}");
    let names: Vec<&str> = pages.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    for name in ["vitals.1", "vitals-query.1", "vitals-top.1", "vitals-jobs-run.1"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    assert!(!names.contains(&"vitals-probe.1"), "what is hidden has none");
    let query = fs::read_to_string(site.path("pages/man1/vitals-query.1")).expect("a page");
    for words in ["\n.SH NOTES\n.nf\n", "vitals query \\-\\-last 6h\n", "\\-\\-plot"] {
        assert!(query.contains(words), "{words:?} in {query}");
    }
    fs::write(site.path("file"), "").expect("the test's folder can be written");
    assert!(site.run(&["man", "file/man1"]).refusal(1).contains("cannot make file/man1; name a folder"));
    if there_is("man") && there_is("groff") {
        let mut man = Command::new("man");
        man.env("MANROFFOPT", "").args(["--warnings", "--local-file"]).args(&pages);
        let read = Output::of(&mut man).ok();
        assert_eq!(read.stderr, "", "warnings");
        assert!(read.stdout.contains("Mean, least and highest CPU"), "it is readable");
    }
}

/// A unit as it would be with the program under test installed.
fn unit(name: &str) -> String {
    let text = fs::read_to_string(repository("deploy/systemd").join(name)).expect("a unit");
    let program = program("vitals");
    text.replace(INSTALLED, program.to_str().expect("a path in UTF-8"))
}

#[test]
fn systemd_finds_the_units_sound_and_hardened() {
    let site = Site::new();
    if !there_is("systemd-analyze") {
        return;
    }
    let analyze =
        |arguments: &[&str], file: &Path| Output::of(Command::new("systemd-analyze").args(arguments).arg(file)).ok();
    for name in UNITS {
        fs::write(site.path(name), unit(name)).expect("the test's folder can be written");
    }
    for name in UNITS {
        let file = site.path(name);
        let found = analyze(&["verify", "--man=no"], &file);
        assert_eq!((found.stdout.as_str(), found.stderr.as_str()), ("", ""), "{name}");
        let judged = analyze(&["security", "--offline=true", "--no-pager"], &file).stdout;
        let exposure =
            judged.split("Overall exposure level for").nth(1).and_then(|rest| rest.split_whitespace().nth(1));
        let exposure: f64 = exposure.expect("a judgement").parse().expect("a number");
        assert!(exposure <= EXPOSURE_MAX, "{name} is exposed at {exposure}: {judged}");
    }
}

#[test]
fn the_user_of_the_units_is_made_by_systemd() {
    let site = Site::new();
    if !there_is("systemd-sysusers") {
        return;
    }
    fs::create_dir(site.path("etc")).expect("the test's folder can be written");
    let mut make = Command::new("systemd-sysusers");
    make.arg(format!("--root={}", site.folder().display())).arg(repository("deploy/sysusers.d/vitals.conf"));
    Output::of(&mut make).ok();
    let users = fs::read_to_string(site.path("etc/passwd")).expect("users");
    let user = users.lines().find(|line| line.starts_with("vitals:")).expect("the user");
    assert!(user.contains(":/var/lib/vitals:") && user.ends_with("nologin"), "{user}");
    for name in UNITS {
        assert!(unit(name).lines().any(|line| line == "User=vitals"), "{name}");
    }
}

#[test]
fn the_kernel_is_asked_for_what_the_collector_asks_for() {
    let text = fs::read_to_string(repository("deploy/sysctl.d/90-vitals.conf")).expect("a file for sysctl");
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let [line] = lines[..] else { panic!("{text}") };
    let (key, value) = line.split_once(" = ").expect("a key and a value");
    assert!(Path::new("/proc/sys").join(key.replace('.', "/")).is_file(), "the kernel knows {key}");
    let settings = Site::new().run(&["config", "print"]).ok().stdout;
    let asked = settings.lines().find_map(|line| line.strip_prefix("receive_buffer = ")).expect("a setting");
    let mebibytes: u64 = asked.trim_matches('"').strip_suffix("MiB").and_then(|text| text.parse().ok()).expect("MiB");
    assert_eq!(value.parse::<u64>().expect("a number"), mebibytes << 20);
}

#[test]
fn units_start_what_they_say_and_are_told_when_it_is_ready() {
    let site = Site::new();
    fs::create_dir(site.data()).expect("the test's folder can be written");
    let start = |name: &str, addresses: &[&str]| {
        let manager = UnixDatagram::bind(site.path(&format!("{name}.notify"))).expect("a socket");
        manager.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let unit = unit(name);
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
        let words = line.split_whitespace().skip(1).map(|word| match word {
            "/var/lib/vitals" => site.data().display().to_string(),
            word => word.to_owned(),
        });
        let mut vitals = command("vitals", site.folder());
        vitals.args(words).args(addresses).env("NOTIFY_SOCKET", site.path(&format!("{name}.notify")));
        (Daemon::start(&mut vitals, site.path(&format!("{name}.log"))), manager)
    };
    let heard = |manager: &UnixDatagram| {
        let mut bytes = [0; 256];
        let length = manager.recv(&mut bytes).expect("a datagram");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let (collect, collect_manager) = start(UNITS[0], &["--udp", "127.0.0.1:0"]);
    let (serve, serve_manager) = start(UNITS[1], &["--http", "127.0.0.1:0", "--postgres", "127.0.0.1:0"]);
    assert_eq!([&collect_manager, &serve_manager].map(heard), ["READY=1", "READY=1"]);
    let to = collect.udp().to_string();
    site.run(&["send", "--service", "checkout", "--cpu", "0.4", "--to", &to]).ok();
    site.await_total(1);
    site.run(&["status", "--check"]).ok();
    assert!(collect.stop().success() && serve.stop().success());
    assert_eq!([&collect_manager, &serve_manager].map(heard), ["STOPPING=1", "STOPPING=1"]);
}

#[test]
fn the_image_copies_what_is_there_and_runs_as_nobody_else() {
    let image = fs::read_to_string(repository("Dockerfile")).expect("a Dockerfile");
    for words in [
        "AS build",
        "USER vitals",
        "EXPOSE 3500/udp 3501/tcp 5433/tcp",
        "HEALTHCHECK",
        "[\"vitals\", \"status\", \"--check\"]",
    ] {
        assert!(image.contains(words), "{words}");
    }
    // the libraries that the program asks for: those of every Debian, the C++ runtime, and DuckDB unless it is inside
    let listed = Output::of(Command::new("ldd").arg(program("vitals"))).ok().stdout;
    let allowed =
        ["linux-vdso", "libduckdb", "libstdc++", "libgcc_s", "libm.", "libc.", "ld-linux", "libdl.", "libpthread."];
    for line in listed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        assert!(allowed.iter().any(|name| line.contains(name)), "the image has no {line}");
    }
    for package in ["cli", "mock-services"] {
        assert!(image.contains(&format!("--package {package}")), "{package}");
    }
}
