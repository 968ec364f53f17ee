//! The HTTP routes as programs use them that know the OpenAPI document, or the examples of `docs/http.md`, and nothing
//! else of Vitals.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the right end")]

mod document;
mod examples;

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;

use system_tests::inputs::repository;
use system_tests::{BY_HAND, Daemon, Site, until};

const OPERATE: &str = "a-token-to-operate-with-0123456789abcdef";

/// A data folder with the sample and a former life; `guarded`: with both tokens.
fn sample(guarded: bool) -> (Site, Daemon) {
    let site = Site::new();
    site.run(&["import", repository("data/sample/messages.csv").to_str().unwrap()]).ok();
    for (name, token) in [("read", "a-token-to-read-with-0123456789abcdef"), ("operate", OPERATE)] {
        fs::write(site.path(name), format!("{token}\n")).unwrap();
        fs::set_permissions(site.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    if guarded {
        let (read, operate) = (site.path("read"), site.path("operate"));
        let tokens = format!("[tokens]\nread_file = {read:?}\noperate_file = {operate:?}\n");
        fs::write(site.data().join("vitals.toml"), tokens).unwrap();
    }
    site.serve(&BY_HAND).stop();
    let daemon = site.serve(&BY_HAND);
    (site, daemon)
}

/// Sends something that is refused, and waits until it is on record.
fn refuse_one(site: &Site, daemon: &Daemon) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(b"no message", daemon.udp()).unwrap();
    until("the refusal", 30, || (site.status()["received"] == 1).then_some(()));
    site.batch();
}
