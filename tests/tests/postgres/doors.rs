//! Who is let in: passwords, encryption, and the settings without which `serve` does not start.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use system_tests::postgres::{Bare, asked, psql, startup};
use system_tests::{BY_HAND, Output, Site};

const TOKEN: &str = "a-token-that-may-only-read-0123456789";

fn path(site: &Site, name: &str) -> String {
    site.path(name).display().to_string()
}

/// A certificate of this machine with its key, and the key of another, made anew for each test.
fn make_certificate(site: &Site) {
    let curve = ["-pkeyopt", "ec_paramgen_curve:prime256v1"];
    let make = |arguments: &[&str]| Output::of(Command::new("openssl").args(arguments).args(curve)).ok();
    let (key, certificate, other) = (path(site, "server.key"), path(site, "server.crt"), path(site, "other.key"));
    make(
        &[
            &["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2", "-subj", "/CN=localhost"][..],
            &["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", &key, "-out", &certificate],
        ]
        .concat(),
    );
    make(&["genpkey", "-algorithm", "EC", "-out", &other]);
}

/// A place with a token for reading in the file `read`.
fn guarded() -> (Site, String) {
    let site = Site::new();
    let read: PathBuf = site.path("read");
    fs::write(&read, format!("{TOKEN}\n")).expect("the test's folder can be written");
    fs::set_permissions(&read, fs::Permissions::from_mode(0o600)).expect("its files are ours");
    let setting = format!("tokens.read_file={}", read.display());
    (site, setting)
}

#[test]
fn with_a_token_a_password_is_wanted_and_with_a_certificate_encryption() {
    let (site, token) = guarded();
    make_certificate(&site);
    let certificate = format!("postgres_tls.certificate={}", path(&site, "server.crt"));
    let key = format!("postgres_tls.key={}", path(&site, "server.key"));
    let listen = ["--postgres", "0.0.0.0:0", "--set", &token, "--set", &certificate, "--set", &key];
    let daemon = site.serve(&[&listen[..], &BY_HAND].concat());
    let to = ([127, 0, 0, 1], daemon.postgres().port()).into();
    let connects = |password: Option<&str>, mode: &str| {
        let mut client = psql(to);
        client.env("PGSSLMODE", mode).env("PGSSLROOTCERT", site.path("server.crt"));
        if let Some(password) = password {
            client.env("PGPASSWORD", password);
        }
        Output::of(client.args(["-At", "-c", "SELECT 1"]))
    };
    for mode in ["prefer", "require", "verify-ca"] {
        assert_eq!(connects(Some(TOKEN), mode).ok().stdout, "1\n", "{mode}");
    }
    // the password is bound to the certificate: who stands between has none that fits
    let mut bound = psql(to);
    bound.env("PGSSLMODE", "require").env("PGPASSWORD", TOKEN).env("PGCHANNELBINDING", "require");
    assert_eq!(Output::of(bound.args(["-At", "-c", "SELECT 1"])).ok().stdout, "1\n");

    let refused = |password: Option<&str>, mode: &str, words: &str| {
        let output = connects(password, mode);
        assert!(output.code == Some(2) && output.stderr.contains(words), "{words}: {output:?}");
        assert!(!output.stderr.contains(TOKEN));
    };
    refused(Some("a-guess-that-is-long-enough-0123456789"), "require", "password authentication failed");
    refused(Some("a-guess-that-is-long-enough-0123456789"), "require", "tokens.read_file");
    refused(None, "require", "no password supplied");
    refused(Some(TOKEN), "disable", "sslmode=require");

    // whoever fails is not in, whatever it sends next
    let mut intruder = Bare::connect(to);
    intruder.send(&startup(&[("user", "intruder")]));
    assert_eq!(intruder.error(), ("28000".to_owned(), true));
    intruder.tell(b'Q', b"SELECT 1\0");
    assert!(intruder.is_over());
    assert!(!fs::read_to_string(site.path("log-1")).unwrap().contains(TOKEN));
}

#[test]
fn nobody_is_in_before_the_proof() {
    let (site, token) = guarded();
    let daemon = site.serve(&[&["--set", &token], &BY_HAND[..]].concat());
    let to = daemon.postgres();
    let attempts: [&[(u8, &[u8])]; 4] = [
        &[(b'Q', b"SELECT 1\0")],
        &[(b'p', b"SCRAM-SHA-256\0\0\0\0\x09n,,n=x,r=y"), (b'p', b"c=biws,r=y,p=AAAA"), (b'Q', b"SELECT 1\0")],
        &[(b'p', b"MADE-UP\0\0\0\0\0"), (b'Q', b"SELECT 1\0")],
        &[(b'P', b"\0SELECT 1\0\0\0"), (b'B', b"\0\0\0\0\0\0\0\0"), (b'E', b"\0\0\0\0\0"), (b'S', b"")],
    ];
    for attempt in attempts {
        let mut intruder = Bare::connect(to);
        intruder.send(&startup(&[("user", "intruder")]));
        for (kind, body) in attempt {
            intruder.tell(*kind, body);
        }
        intruder.tell(b'X', b"");
        while let Some((kind, body)) = intruder.message() {
            assert!(matches!(kind, b'R' | b'E'), "{attempt:?} is answered with {} {body:?}", char::from(kind));
            assert!(kind != b'R' || body != [0, 0, 0, 0], "{attempt:?} is let in");
        }
    }
    // one that ends before what it says is in it is told so
    for proof in [&b"SCRAM-SHA-256\0\0\0\x01\xf4n,,n=,r=abc"[..], b"SCRAM-SHA-256", b""] {
        let mut intruder = Bare::connect(to);
        intruder.send(&startup(&[("user", "intruder")]));
        intruder.tell(b'p', proof);
        assert_eq!(intruder.error(), ("08P01".to_owned(), true), "{proof:?}");
        assert!(intruder.is_over());
    }
    let mut client = psql(to);
    client.env("PGPASSWORD", TOKEN);
    assert_eq!(Output::of(client.args(["-At", "-c", "SELECT 1"])).ok().stdout, "1\n");
}

#[test]
fn what_cannot_be_guarded_is_not_served() {
    let (site, token) = guarded();
    let serve = |arguments: &[&str]| {
        let listen = ["serve", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"];
        site.run(&[&listen, arguments].concat())
    };
    let refusal = serve(&["--postgres", "0.0.0.0:0"]).refusal(2);
    for words in ["--postgres", "tokens.read_file", "docs/security.md"] {
        assert!(refusal.contains(words), "{refusal}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refusal = serve(&["--postgres", &address]).refusal(1);
    for words in [&address, "--postgres off", "in use"] {
        assert!(refusal.contains(words), "{refusal}");
    }
    make_certificate(&site);
    let with = |certificate: &str, key: &str| {
        let [certificate, key] = [("certificate", certificate), ("key", key)].map(|(name, file)| {
            let file = if file.is_empty() { String::new() } else { path(&site, file) };
            format!("postgres_tls.{name}={file}")
        });
        serve(&["--set", &token, "--postgres", "0.0.0.0:0", "--set", &certificate, "--set", &key])
    };
    for (certificate, key, code, words) in [
        ("server.crt", "", 2, "postgres_tls.key"),
        ("", "server.key", 2, "postgres_tls.certificate"),
        ("nowhere.crt", "server.key", 1, "nowhere.crt"),
        ("server.crt", "nowhere.key", 1, "nowhere.key"),
        ("server.key", "server.key", 1, "no certificate"),
        ("server.crt", "server.crt", 1, "private key"),
        ("server.crt", "other.key", 1, "does not fit"),
    ] {
        let refusal = with(certificate, key).refusal(code);
        assert!(refusal.contains(words), "{certificate} {key}: {refusal}");
    }
    assert!(!site.data().join("journal/collector").exists(), "nothing was begun");
}

#[test]
fn it_can_be_switched_off_and_status_says_where_it_is() {
    let site = Site::new();
    let daemon = site.serve(&[&["--postgres", "off"], &BY_HAND[..]].concat());
    assert_eq!(site.status()["postgres"], serde_json::Value::Null);
    assert!(site.run(&["status"]).ok().stdout.contains("postgres        off"));
    assert!(daemon.stop().success());
    let daemon = site.serve(&BY_HAND);
    let address = daemon.postgres().to_string();
    assert_eq!(site.status()["postgres"], address.as_str());
    assert!(site.run(&["status"]).ok().stdout.contains(&address));
    assert_eq!(asked(daemon.postgres(), "SELECT current_user"), "analyst");
}
