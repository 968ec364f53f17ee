//! `vitals tail` shows a message as it is accepted, with the values that were sent.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::process::Stdio;
use std::time::SystemTime;

use rustix::process::Signal;
use serde_json::Value;
use system_tests::inputs::{Heartbeat, Running};
use system_tests::{BY_HAND, Site, time_us, until};

#[test]
fn messages_are_shown_as_they_are_accepted() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let http = daemon.http().to_string();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    let sent = Heartbeat::numbered(3, i64::try_from(now.as_micros()).expect("a clock before 292277"));
    let other = Heartbeat { service: "other".to_owned(), ..sent.clone() };
    let send = |heartbeat: &Heartbeat| socket.send_to(heartbeat.wire().as_bytes(), daemon.udp()).expect("sent");
    for server in [&[][..], &["--server", &http]] {
        let path = site.path("tail");
        let file = File::create(&path).expect("the test's folder can be written");
        let arguments = [&["tail", "--service", "service-*", "--format", "json"], server].concat();
        let tail = Running::start(site.command(&arguments).stdout(file).stderr(Stdio::null()));
        // it shows what comes after it began, and only the outside can tell when that is
        let line = until("a message to be shown", 30, || {
            send(&other);
            send(&sent);
            let text = fs::read_to_string(&path).expect("the file is there");
            text.split_once('\n').map(|(line, _)| line.to_owned())
        });
        let shown: Value = serde_json::from_str(&line).expect("an object a line");
        assert_eq!((&shown["service"], time_us(&shown["time"])), (&sent.service.as_str().into(), sent.time_us));
        assert!(time_us(&shown["received"]) >= sent.time_us, "{shown}");
        let [ram_total, ram_free] = sent.ram;
        let [disk_total, disk_free] = sent.disk;
        for (key, value) in [
            ("cpu", sent.cpu),
            ("ram_total", ram_total),
            ("ram_free", ram_free),
            ("disk_total", disk_total),
            ("disk_free", disk_free),
        ] {
            assert_eq!(shown[key].as_f64().map(f64::to_bits), Some(value.to_bits()), "{key} in {shown}");
        }
        assert_eq!(tail.stop(Signal::INT).code(), Some(0), "Ctrl-C is how it ends");
        assert!(!fs::read_to_string(&path).expect("the file is there").contains("other"), "only what was asked for");
    }
}
