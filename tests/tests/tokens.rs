//! Who may ask a daemon: this machine alone, or who shows a token; and what a web page in somebody's browser can do.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use system_tests::inputs::repository;
use system_tests::{BY_HAND, Daemon, Output, Site, command};

const READ: &str = "a-token-to-read-with-0123456789abcdef";
const OPERATE: &str = "a-token-to-operate-with-0123456789abcdef";

/// A data folder whose configuration names both tokens.
fn guarded() -> Site {
    let site = Site::new();
    for (name, token) in [("read", READ), ("operate", OPERATE)] {
        fs::write(site.path(name), format!("{token}\n")).unwrap();
        fs::set_permissions(site.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::create_dir(site.data()).unwrap();
    let (read, operate) = (site.path("read"), site.path("operate"));
    let tokens = format!("[tokens]\nread_file = {read:?}\noperate_file = {operate:?}\n");
    fs::write(site.data().join("vitals.toml"), tokens).unwrap();
    site
}

fn serve_everywhere(site: &Site) -> Daemon {
    site.serve(&[&["--http", "0.0.0.0:0"], &BY_HAND[..]].concat())
}

/// Runs a command from a place without a configuration.
fn from_elsewhere(arguments: &[&str], variables: &[(&str, &Path)]) -> Output {
    let elsewhere = Site::new();
    Output::of(command("vitals", elsewhere.folder()).args(arguments).envs(variables.iter().copied()))
}

#[test]
fn beyond_this_machine_nobody_serves_without_tokens() {
    let site = guarded();
    let read = format!("tokens.read_file={}", site.path("read").display());
    fs::write(site.data().join("vitals.toml"), "").unwrap();
    for http in ["0.0.0.0:0", "[::]:0"] {
        for tokens in [&[][..], &["--set", &read]] {
            let serve = ["serve", "--udp", "127.0.0.1:0", "--http", http];
            let refusal = site.run(&[&serve, tokens].concat()).refusal(2);
            for words in ["--http", "tokens.read_file and tokens.operate_file", "docs/security.md"] {
                assert!(refusal.contains(words), "no {words:?} in {refusal}");
            }
        }
    }
    fs::write(site.data().join("vitals.toml"), "http = \"0.0.0.0:0\"\n").unwrap();
    for arguments in [&["serve", "--udp", "127.0.0.1:0"][..], &["config", "check"]] {
        let refusal = site.run(arguments).refusal(1);
        assert!(refusal.contains("vitals.toml, line 1: http is"), "{refusal}");
    }
    assert!(!site.data().join("LOCK").exists(), "it never came so far");
}

#[test]
fn what_is_no_token_is_named_and_not_shown() {
    let site = guarded();
    let check = |read: &[u8], words: &str| {
        fs::write(site.path("read"), read).unwrap();
        let refusal = site.run(&["serve", "--udp", "127.0.0.1:0", "--http", "0.0.0.0:0"]).refusal(1);
        assert!(refusal.contains(words), "{refusal}");
        assert!(!refusal.contains("too-short") && !refusal.contains("a-token"), "it is shown: {refusal}");
    };
    check(b"too-short", "holds no token");
    check(b"", "holds no token");
    check(OPERATE.as_bytes(), "the same token");
    fs::remove_file(site.path("read")).unwrap();
    let refusal = site.run(&["serve", "--udp", "127.0.0.1:0", "--http", "0.0.0.0:0"]).refusal(1);
    assert!(refusal.contains("cannot read the token"), "{refusal}");
}

#[test]
fn tokens_open_the_doors_that_are_theirs() {
    let site = guarded();
    let daemon = serve_everywhere(&site);
    site.run(&["send", "--service", "checkout", "--cpu", "0.4", "--to", &daemon.udp().to_string()]).ok();
    // on the same data folder commands find tokens by the same configuration
    site.await_accepted(1);
    site.batch();
    site.verify(1);
    site.run(&["rebuild"]).ok();
    site.run(&["status", "--check"]).ok();

    let server = format!("127.0.0.1:{}", daemon.http().port());
    let asked = |arguments: &[&str], file: Option<&str>| {
        let file = file.map(|name| site.path(name).display().to_string());
        let token: Vec<&str> = file.iter().flat_map(|file| ["--token-file", file]).collect();
        from_elsewhere(&[&["--server", &server], &token[..], arguments].concat(), &[])
    };
    let reading: [&[&str]; 7] =
        [&["query"], &["services"], &["ledger"], &["rejects"], &["status"], &["status", "--recovery"], &["jobs"]];
    let operating: [&[&str]; 3] = [&["jobs", "run", "batch"], &["verify"], &["rebuild"]];
    for arguments in reading {
        assert!(asked(arguments, None).refusal(1).contains("--token-file"), "{arguments:?}");
        asked(arguments, Some("read")).ok();
        asked(arguments, Some("operate")).ok();
    }
    for arguments in operating {
        assert!(asked(arguments, None).refusal(1).contains("--token-file"), "{arguments:?}");
        assert!(asked(arguments, Some("read")).refusal(1).contains("may only read"), "{arguments:?}");
        asked(arguments, Some("operate")).ok();
    }
    let read = site.path("read");
    from_elsewhere(&["services", "--server", &server], &[("VITALS_TOKEN_FILE", &read)]).ok();
    let (data, guess) = (site.data().display().to_string(), site.path("guess"));
    fs::write(&guess, "a-guess-that-is-long-enough-0123456789").unwrap();
    let refusal = from_elsewhere(&["services", "--server", &server], &[("VITALS_TOKEN_FILE", &guess)]).refusal(1);
    assert!(refusal.contains("nobody has this token"), "{refusal}");
    // the folder's own configuration is found from anywhere
    from_elsewhere(&["services", "--data", &data], &[]).ok();
    // its tokens are for its own daemon alone
    let refusal = from_elsewhere(&["services", "--data", &data, "--server", &server], &[]).refusal(1);
    assert!(refusal.contains("--token-file"), "{refusal}");
}

#[test]
fn a_token_is_wanted_on_this_machine_too_where_there_is_one() {
    let site = guarded();
    let _daemon = site.serve(&BY_HAND);
    site.run(&["services"]).ok();
    fs::write(site.data().join("vitals.toml"), "").unwrap();
    assert!(site.run(&["services"]).refusal(1).contains("--token-file"));
    assert!(site.run(&["status", "--check"]).refusal(1).contains("--token-file"));
    let read = site.path("read").display().to_string();
    site.run(&["services", "--token-file", &read]).ok();
    assert!(site.run(&["jobs", "run", "batch", "--token-file", &read]).refusal(1).contains("may only read"));
}

#[test]
fn no_token_shows_anywhere() {
    let site = guarded();
    fs::set_permissions(site.path("read"), fs::Permissions::from_mode(0o644)).unwrap();
    let daemon = site.serve(&[&["-v", "-v", "--http", "0.0.0.0:0"], &BY_HAND[..]].concat());
    site.run(&["-v", "-v", "services"]).ok();
    let server = format!("127.0.0.1:{}", daemon.http().port());
    drop(from_elsewhere(&["services", "--server", &server], &[]).refusal(1));
    assert_eq!(daemon.logged("everybody on this machine can read this token; chmod o-r its file").len(), 1);
    let printed = site.run(&["config", "print"]).ok().stdout;
    assert!(printed.contains("[tokens]") && printed.contains("/operate\""), "{printed}");
    assert!(daemon.stop().success());
    let mut files = 0;
    let mut look = |path: &Path| {
        files += 1;
        let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        assert!(!text.contains(READ) && !text.contains(OPERATE), "{} shows a token", path.display());
    };
    assert!(!printed.contains(READ) && !printed.contains(OPERATE));
    walk(&site.data(), &mut look);
    look(&site.path("log-1"));
    assert!(files > 5, "{files} files");
}

/// What the service `tokens` of docker-compose.yml runs.
fn provisioning() -> String {
    let compose = fs::read_to_string(repository("docker-compose.yml")).unwrap();
    let script = compose.lines().skip_while(|line| line.trim() != "- |").skip(1);
    let script: Vec<&str> = script.take_while(|line| line.starts_with("        ")).collect();
    script.join("\n").replace("$$", "$")
}

#[test]
fn compose_makes_tokens_once_and_serves_with_them() {
    let site = Site::new();
    fs::create_dir(site.path("tokens")).unwrap();
    let [read, operate, grafana] = ["read", "operate", "grafana"].map(|name| site.path(&format!("tokens/{name}")));
    let provision = || {
        Output::of(Command::new("sh").args(["-ec", &provisioning()]).current_dir(site.folder())).ok();
        [&read, &operate, &grafana].map(|path| fs::read_to_string(path).unwrap())
    };
    let tokens = provision();
    assert!(tokens.iter().all(|token| token.len() == 64), "{tokens:?}");
    assert!(tokens[0] != tokens[1] && tokens[0] != tokens[2] && tokens[1] != tokens[2], "{tokens:?}");
    assert_eq!(provision(), tokens, "a second start leaves them");
    // Prometheus and Grafana are in the group, and may read
    let modes = [&read, &operate, &grafana].map(|path| fs::metadata(path).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes, [0o640, 0o600, 0o640]);

    let variables = [("VITALS_TOKENS_READ_FILE", &read), ("VITALS_TOKENS_OPERATE_FILE", &operate)];
    let mut serve = site.command(&["serve", "--log-format", "json", "--udp", "127.0.0.1:0"]);
    serve.env("VITALS_HTTP", "0.0.0.0:0").envs(variables).args(BY_HAND);
    let _daemon = Daemon::start(&mut serve, site.path("log"));
    Output::of(site.command(&["status", "--check"]).envs(variables)).ok();
    Output::of(site.command(&["jobs", "run", "batch"]).envs(variables)).ok();
    assert!(site.run(&["status", "--check"]).refusal(1).contains("--token-file"));
}

fn walk(folder: &Path, look: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, look) } else { look(&path) }
    }
}

/// The status line of what a bare request is answered.
fn bare(to: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    write!(stream, "{head}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[test]
fn a_web_page_cannot_operate_a_daemon_on_this_machine() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let http = daemon.http();
    let run = "POST /api/v1/jobs/batch/run HTTP/1.1";
    for headers in [
        // a form or script of any page, sent by the browser to a loopback address
        format!("host: {http}\r\norigin: http://evil.example"),
        format!("host: {http}\r\norigin: null"),
        format!("host: {http}\r\nsec-fetch-site: cross-site"),
        // a page whose own name was made to resolve to this machine
        format!("host: evil.example:{}\r\norigin: http://evil.example:{}", http.port(), http.port()),
        format!("host: evil.example:{}", http.port()),
    ] {
        assert_eq!(bare(http, &format!("{run}\r\n{headers}")), "HTTP/1.1 403 Forbidden", "{headers}");
        let get = format!("GET /api/v1/services HTTP/1.1\r\n{headers}");
        assert_eq!(bare(http, &get), "HTTP/1.1 403 Forbidden", "{headers}");
    }
    assert_eq!(site.json(&["jobs", "history"]), serde_json::json!([]), "nothing ran");
    assert_eq!(bare(http, &format!("{run}\r\nhost: {http}")), "HTTP/1.1 200 OK");
    let local = format!("{run}\r\nhost: localhost:{}", http.port());
    assert_eq!(bare(http, &local), "HTTP/1.1 200 OK");
}
