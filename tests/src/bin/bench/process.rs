//! What the kernel has counted of a process.

use std::fs;
use std::time::Duration;

/// Ticks a second in `/proc`, whatever the kernel's own clock: part of Linux's interface.
const TICKS: u64 = 100;

/// The processor time of all its threads, ended ones too; to 10 ms.
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // a name may hold spaces: fields are counted behind it
    let (_, behind) = stat.rsplit_once(") ").expect("a name in parentheses");
    let fields = behind.split(' ').skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}

/// The most memory that it has had at once, in MiB; `None` once it has ended.
pub(crate) fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}
