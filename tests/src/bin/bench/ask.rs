//! Questions: a week of 100 services, a message a minute of each, of which all but the last minutes are in the views.

use std::time::{Duration, Instant};

use system_tests::postgres::Bare;
use system_tests::{BY_HAND, Site, command};

use crate::kept::Kept;

const TIMES: usize = 40;
const WEEK: u64 = 7 * 24 * 60;
const SERVICES: u64 = 100;

const STATEMENTS: [&str; 6] = [
    "SELECT 1",
    "SELECT service, max(cpu_max) FROM hour WHERE time >= now() - interval '1 day' GROUP BY service",
    "SELECT time, cpu_avg FROM minute WHERE service = 'service-7' AND time >= now() - interval '1 day' ORDER BY time",
    "SELECT sum(count) FROM minute",
    "SELECT count(*) FROM messages",
    "SELECT service, avg(cpu) FROM messages GROUP BY service",
];

pub(crate) fn run() {
    let site = Site::new();
    let daemon = site.serve(&BY_HAND);
    let fleet = |options: &str| {
        let mut fleet = command("mock-services", site.folder());
        fleet.args(["--quiet", "--to", &daemon.udp().to_string(), "--services", &SERVICES.to_string()]);
        let _ = system_tests::Output::of(fleet.args(options.split(' '))).ok();
    };
    fleet(&format!("--time-step 1m --rate 50000 --count {}", WEEK * SERVICES));
    site.batch();
    fleet("--rate 5000 --count 10000");
    site.await_accepted(WEEK * SERVICES + 10_000);

    println!("| question | median ms | slowest of {TIMES} |\n|---|---|---|");
    let mut http = Kept::open(daemon.http());
    for (what, path) in [
        ("summary of the last hour", "summary?last=1h"),
        ("summary of the week", "summary?last=7d"),
        ("summary of the week, one service", "summary?last=7d&service=service-7"),
        ("a day of one service by minute", "series?last=1d&every=minute&service=service-7"),
        ("the week of all by hour", "series?last=7d&every=hour"),
    ] {
        timed(what, || drop(http.ask("GET", &format!("/api/v1/{path}"), "", b"")));
    }
    for statement in STATEMENTS {
        let body = serde_json::json!({"sql": statement}).to_string();
        timed(&format!("HTTP `{statement}`"), || {
            drop(http.ask("POST", "/api/v1/sql", "content-type: application/json\r\n", body.as_bytes()));
        });
    }
    let (mut postgres, _) = Bare::login(daemon.postgres());
    for statement in ["SHOW server_version"].into_iter().chain(STATEMENTS) {
        timed(&format!("PostgreSQL `{statement}`"), || {
            postgres.tell(b'Q', &[statement.as_bytes(), &[0]].concat());
            while let Some((kind, body)) = postgres.message() {
                assert_ne!(kind, b'E', "{}", String::from_utf8_lossy(&body));
                if kind == b'Z' {
                    break;
                }
            }
        });
    }
    daemon.stop();
}

fn timed(what: &str, mut ask: impl FnMut()) {
    ask();
    let mut took: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begun = Instant::now();
            ask();
            begun.elapsed()
        })
        .collect();
    took.sort();
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    println!("| {what} | {:.2} | {:.1} |", ms(took[TIMES / 2]), ms(took[TIMES - 1]));
}
