//! The process as the operating system sees it, under the names that Prometheus's own clients use.

use super::families::{Families, alone};
use std::fs;

/// Clock ticks a second in `/proc`; on every architecture that Rust's standard library runs Linux on it is this.
const TICKS: f64 = 100.0;

/// False where `/proc` cannot be read.
pub(super) fn families(families: &mut Families) -> bool {
    let read = |path: &str| fs::read_to_string(path).ok();
    let (stat, system) = (read("/proc/self/stat"), read("/proc/stat"));
    let (status, limits) = (read("/proc/self/status"), read("/proc/self/limits"));
    let cpu = stat.as_deref().and_then(|stat| Some(field(stat, 14)? + field(stat, 15)?)).map(|ticks| ticks / TICKS);
    let booted = system.as_deref().and_then(|text| value(text, "btime"));
    let started =
        stat.as_deref().and_then(|stat| field(stat, 22)).zip(booted).map(|(ticks, boot)| boot + ticks / TICKS);
    let kilobytes = |key| status.as_deref().and_then(|text| value(text, key)).map(|kilobytes| kilobytes * 1024.0);
    let one = |value: Option<f64>| value.map(|value| (Vec::new(), value));

    families.counter("process_cpu_seconds_total", "User and system CPU time spent.", one(cpu));
    families.gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", one(started));
    families.gauge("process_resident_memory_bytes", "Resident memory.", one(kilobytes("VmRSS:")));
    families.gauge("process_virtual_memory_bytes", "Virtual memory.", one(kilobytes("VmSize:")));
    families.gauge("process_threads", "Threads.", one(stat.as_deref().and_then(|stat| field(stat, 20))));
    // the folder that is being read is one of them
    let open = fs::read_dir("/proc/self/fd").map(|entries| entries.count().saturating_sub(1) as f64).ok();
    families.gauge("process_open_fds", "Open file descriptors.", one(open));
    let most = limits.as_deref().and_then(|text| value(text, "Max open files"));
    families.gauge(
        "process_max_fds",
        "The most file descriptors that may be open.",
        most.map_or([].into(), |most| Vec::from(alone(most))),
    );
    [cpu, started, open].iter().all(Option::is_some)
}

/// A field of `/proc/self/stat` by its number, from 1. The second one is a name in parentheses that may hold spaces.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, behind_the_name) = stat.rsplit_once(')')?;
    behind_the_name.split_ascii_whitespace().nth(number - 3)?.parse().ok()
}

/// The first number behind a key at a line's start.
fn value(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_is_no_field() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 1 0 0 0 150 25 0 0 20 0 9 0 4711 1 2";
        assert_eq!(
            [14, 15, 20, 22].map(|number| field(stat, number)),
            [Some(150.0), Some(25.0), Some(9.0), Some(4711.0)]
        );
        assert_eq!(field("nothing", 14), None);
    }

    #[test]
    fn limits_and_sizes_are_numbers_behind_their_key() {
        assert_eq!(value("Name:\tx\nVmRSS:\t  1234 kB\n", "VmRSS:"), Some(1234.0));
        assert_eq!(value("Max open files            1024      4096      files\n", "Max open files"), Some(1024.0));
        assert_eq!(value("Max open files            unlimited unlimited files\n", "Max open files"), None);
    }

    #[test]
    fn this_process_is_told_in_full() {
        let mut families = Families::default();
        assert!(super::families(&mut families));
        let text = families.text().expect("a text");
        for name in
            ["process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ", "process_threads "]
        {
            let number = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            assert!(number.parse::<f64>().expect("a number") > 0.0 || name.contains("cpu"), "{name}{number}");
        }
    }
}
