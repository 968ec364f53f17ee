//! Both endpoints of Prometheus, while a fleet sends.

use std::time::Instant;

use system_tests::{BY_HAND, Site, command};

use crate::kept::Kept;
use crate::process::cpu;

const TIMES: u32 = 10;

pub(crate) fn run() {
    println!("| services | endpoint | lines | bytes | compressed | ms | CPU ms |\n|---|---|---|---|---|---|---|");
    for services in [1_000_u64, 20_000] {
        let site = Site::new();
        let names = format!("limits.new_names_per_source_hour={services}");
        let daemon = site.serve(&[&BY_HAND[..], &["--set", &names]].concat());
        let mut fleet = command("mock-services", site.folder());
        fleet.args(["--quiet", "--to", &daemon.udp().to_string(), "--services", &services.to_string()]);
        // three messages of each, of which the last is from now: each has a whole minute before
        fleet.args(["--time-step", "1m", "--rate", "20000", "--count", &(services * 3).to_string()]);
        let _ = system_tests::Output::of(&mut fleet).ok();
        site.await_accepted(services * 3);
        let mut connection = Kept::open(daemon.http());
        for path in ["/metrics", "/metrics/services"] {
            let text = connection.ask("GET", path, "", b"");
            let packed = connection.ask("GET", path, "accept-encoding: gzip\r\n", b"");
            let (begun, spent) = (Instant::now(), cpu(daemon.pid()));
            for _ in 0..TIMES {
                drop(connection.ask("GET", path, "accept-encoding: gzip\r\n", b""));
            }
            let (took, spent) = (begun.elapsed() / TIMES, (cpu(daemon.pid()) - spent) / TIMES);
            let lines = text.iter().filter(|byte| **byte == b'\n').count();
            println!(
                "| {services} | `{path}` | {lines} | {} | {} | {:.1} | {:.0} |",
                text.len(),
                packed.len(),
                took.as_secs_f64() * 1e3,
                spent.as_secs_f64() * 1e3
            );
        }
        daemon.stop();
    }
}
