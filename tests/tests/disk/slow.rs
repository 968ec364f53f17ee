//! A disk whose syncs take seconds: what fits into the sockets' buffers meanwhile is accepted, what does not is dropped and
//! counted by the kernel, and nothing is shed.

use std::fs;

use serde_json::Value;
use system_tests::{BY_HAND, Daemon, Site, program, until};

/// Starts a daemon whose syncs take so much longer while the file `slow` exists.
fn serve(site: &Site, sync_ms: u32, settings: &[&str]) -> Daemon {
    let listen = ["serve", "--log-format", "json", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    let mut command = site.command(&[&listen[..], &BY_HAND, settings].concat());
    fs::create_dir_all(site.data()).unwrap();
    command.env("LD_PRELOAD", program("libpreload.so"));
    command.env("PRELOAD_FOLDER", site.data().canonicalize().unwrap());
    command.env("PRELOAD_SYNC_MS", sync_ms.to_string()).env("PRELOAD_WHILE", site.path("slow"));
    Daemon::start(&mut command, site.path("log"))
}

fn count(status: &Value, key: &str) -> u64 {
    status[key].as_u64().unwrap_or_else(|| panic!("no {key} in {status}"))
}

/// Sends while syncs are slow; the status once all of it is accounted for.
fn sent_meanwhile(site: &Site, daemon: &Daemon, options: &str) -> (u64, Value) {
    fs::write(site.path("slow"), "").unwrap();
    let sent = site.fleet(daemon.udp(), options).finish().count();
    let status = until("every datagram to be accounted for", 120, || {
        let status = site.status();
        let found = count(&status, "received") + count(&status, "kernel_dropped");
        (found == sent && count(&status, "in_flight") == 0).then_some(status)
    });
    assert_eq!((count(&status, "shed"), &status["shedding"]), (0, &Value::Null), "{status}");
    fs::remove_file(site.path("slow")).unwrap();
    (sent, status)
}

fn loses_nothing(sync_ms: u32, durability: &str, messages: u32) {
    let site = Site::new();
    let settings = ["--durability", durability, "--set", "journal.segment_age=2s"];
    let daemon = serve(&site, sync_ms, &settings);
    let options = format!("--count {messages} --rate 2000 --shape mixed --late 0.1");
    let (sent, status) = sent_meanwhile(&site, &daemon, &options);
    assert_eq!((count(&status, "accepted"), count(&status, "kernel_dropped")), (sent, 0), "{status}");
    assert!(status["generations"].as_u64() > Some(1), "segments were closed meanwhile: {status}");
    assert_eq!(site.query(&[]).total(), sent);
    daemon.kill();
    let daemon = serve(&site, sync_ms, &settings);
    assert_eq!(site.query(&[]).total(), sent);
    site.batch();
    site.verify(sent);
    assert!(daemon.stop().success());
}

#[test]
fn what_fits_the_bounds_is_accepted_with_syncs_of_a_second() {
    loses_nothing(1_000, "interval", 12_000);
    loses_nothing(1_000, "always", 12_000);
}

#[test]
fn what_fits_the_bounds_is_accepted_with_syncs_of_three_seconds() {
    loses_nothing(3_000, "interval", 5_000);
    loses_nothing(3_000, "always", 5_000);
}

#[test]
fn what_does_not_fit_is_counted_by_the_kernel() {
    let site = Site::new();
    let daemon = serve(&site, 2_000, &["--durability", "always", "--set", "collector.receive_buffer=128KiB"]);
    let (sent, status) = sent_meanwhile(&site, &daemon, "--count 16000 --rate 4000 --source-ports 8");
    let [accepted, dropped] = ["accepted", "kernel_dropped"].map(|key| count(&status, key));
    assert!(accepted > 0 && dropped > 0 && accepted + dropped == sent, "{status}");
    assert_eq!(site.query(&[]).total(), accepted);
    assert!(daemon.stop().success());
    let answer = site.query(&[]);
    assert_eq!((answer.coverage("accepted"), answer.coverage("kernel_dropped")), (Some(accepted), Some(dropped)));
}
