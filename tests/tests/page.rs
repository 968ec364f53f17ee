//! The page in headless Chromium against the real daemon: every view in both themes and in three sizes, numbers as the API
//! has them, drilling down and back, an empty store that gets its first message, tokens, and a daemon that goes away and
//! comes back. What is clicked and looked at is in `crates/web/ui/browser`; here is what happens around the browser.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use chrono::{DateTime, Days, Utc};
use system_tests::{BY_HAND, Daemon, Site};

const READ: &str = "a-token-to-read-with-0123456789abcdef";
const OPERATE: &str = "a-token-to-operate-with-0123456789abcdef";
const SERVICES: u32 = 12;

/// Ends the browser's program with the test.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Browser {
    /// Node with the packages that the page is made of and tested with.
    fn start(daemon: &Daemon) -> Self {
        let folder = std::env::var_os("TEST_VITALS_PAGE").map(PathBuf::from);
        let folder = folder.filter(|folder| folder.join("node_modules").is_dir());
        let folder =
            folder.expect("TEST_VITALS_PAGE names a copy of crates/web/ui with its packages: run `cargo xtask test`");
        let mut node = Command::new("node");
        node.arg(folder.join("browser/run.mjs")).args([daemon.http().to_string(), daemon.udp().to_string()]);
        let started = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        Self(started.expect("node can be started (Debian: nodejs)"))
    }
}

/// Eight days of a message every ten minutes, the last of them eleven days ago, and a few seconds of now.
fn seed(site: &Site, daemon: &Daemon) {
    let day = (Utc::now() - Days::new(18)).date_naive().and_hms_opt(0, 0, 0).unwrap();
    let start = DateTime::<Utc>::from_naive_utc_and_offset(day, Utc).format("%FT%TZ");
    let count = SERVICES * 6 * 24 * 8;
    let past = format!("--services {SERVICES} --time-step 10m --start {start} --rate 6000 --count {count}");
    let mut sent = site.fleet(daemon.udp(), &past).finish().count();
    sent += site.fleet(daemon.udp(), &format!("--services {SERVICES} --every 500ms --for 2s")).finish().count();
    // and the one that the page was shown first
    site.await_accepted(sent + 1);
    site.batch();
}

fn guarded(site: &Site) -> Daemon {
    for (name, token) in [("read", READ), ("operate", OPERATE)] {
        fs::write(site.path(name), format!("{token}\n")).unwrap();
        fs::set_permissions(site.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let [read, operate] = ["read", "operate"].map(|name| format!("tokens.{name}_file={}", site.path(name).display()));
    site.serve(&[&["--set", &read, "--set", &operate], &BY_HAND[..]].concat())
}

#[test]
fn people_look_before_they_ask() {
    let (site, guarded_site) = (Site::new(), Site::new());
    let daemon = site.serve(&BY_HAND);
    let (http, udp) = (daemon.http().to_string(), daemon.udp().to_string());
    let mut browser = Browser::start(&daemon);
    let mut running = Some(daemon);
    let mut other = None;

    let mut answers = browser.0.stdin.take().unwrap();
    let asked = BufReader::new(browser.0.stdout.take().unwrap());
    let mut done = None;
    for line in asked.lines().map(|line| line.unwrap()) {
        let answer = match line.as_str() {
            "please seed" => {
                seed(&site, running.as_ref().unwrap());
                String::new()
            }
            "please stop" => {
                assert!(running.take().unwrap().stop().success());
                String::new()
            }
            "please start" => {
                let same = ["--http", &http, "--udp", &udp];
                running = Some(site.serve(&[&same[..], &BY_HAND].concat()));
                String::new()
            }
            "please guard" => {
                let daemon = other.insert(guarded(&guarded_site));
                format!(r#"{{"http": "{}", "read": "{READ}", "operate": "{OPERATE}"}}"#, daemon.http())
            }
            line => {
                done = line.strip_prefix("done ").map(str::to_owned);
                continue;
            }
        };
        writeln!(answers, "{answer}").unwrap();
    }
    let status = browser.0.wait().unwrap();
    assert!(status.success() && done.is_some(), "the browser's program ended with {status}; what it saw stands above");
}
