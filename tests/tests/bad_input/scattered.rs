//! Messages whose times are scattered over all that is accepted, each of another service: what they cost is bounded by
//! their number and by the days there are.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;

use system_tests::inputs::Heartbeat;
use system_tests::{BY_HAND, Site};

use crate::datagrams::now_us;

/// Days back that are sent; 90 are accepted.
const DAYS: i64 = 89;
const DAY_US: i64 = 86_400_000_000;
const MESSAGES: i64 = 600;

fn parquet_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| match entry.path() {
        folder if folder.is_dir() => parquet_files(&folder),
        file => usize::from(file.extension().is_some_and(|extension| extension == "parquet")),
    });
    files.sum()
}

#[test]
fn scattered_times_cost_no_more_than_a_file_a_day_and_a_cell_a_message() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let days = usize::try_from(DAYS).expect("it fits") + 1;
    for round in 1..=3 {
        for number in (round - 1) * MESSAGES..round * MESSAGES {
            let at = now_us() - number * DAYS * DAY_US / (3 * MESSAGES);
            let message = Heartbeat::numbered(1, at).wire().replace("service-1", &format!("one-{number}"));
            socket.send_to(message.as_bytes(), daemon.udp()).expect("sent");
        }
        site.await_accepted((round * MESSAGES).unsigned_abs());
        let cells = site.status()["cells"].as_u64().expect("a count");
        assert!(cells <= MESSAGES.unsigned_abs(), "a cell a message: {cells}");
        site.batch();
        let files = parquet_files(&site.data().join("master/messages"));
        assert!(files <= days * usize::try_from(round).expect("it fits"), "a file a day and batch: {files}");
    }
    site.verify((3 * MESSAGES).unsigned_abs());
    assert_eq!(site.run(&["jobs", "run", "compact"]).code, Some(0));
    site.batch();
    let files = parquet_files(&site.data().join("master/messages"));
    assert!(files <= days + 3, "a file for each day that is over, and today's: {files}");
    site.verify((3 * MESSAGES).unsigned_abs());
    drop(daemon);
}
