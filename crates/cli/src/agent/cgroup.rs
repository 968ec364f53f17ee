//! A container's share of its machine: the limits of the control group that is mounted at the root of the container, in
//! version 2 or 1 of the kernel's interface. On a machine without containers there are no limits there.
//!
//! Sources: Linux `Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/memory.rst`.

use crate::heartbeat::Capacity;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Where the kernel shows a control group.
#[derive(Clone, Debug)]
pub(super) struct Cgroup {
    root: PathBuf,
}

impl Default for Cgroup {
    fn default() -> Cgroup {
        Cgroup { root: PathBuf::from("/sys/fs/cgroup") }
    }
}

impl Cgroup {
    /// The limit and what is free of it, when there is a limit below the machine's `total` bytes. Pages that only cache
    /// files count as free when they have not been used lately: the kernel drops them before it refuses memory.
    pub(super) fn memory(&self, total: u64) -> Option<Capacity> {
        let v2 = || {
            Some((
                self.number("memory.max")?,
                self.number("memory.current")?,
                self.line("memory.stat", "inactive_file"),
            ))
        };
        let v1 = || {
            let (limit, used) = ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes");
            Some((self.number(limit)?, self.number(used)?, self.line("memory/memory.stat", "total_inactive_file")))
        };
        let (limit, used, cache) = v2().or_else(v1)?;
        let used = used.saturating_sub(cache.unwrap_or(0));
        (limit > 0 && limit < total).then(|| Capacity::of_bytes(limit, limit.saturating_sub(used)))
    }

    /// The CPUs' worth of time it may use, when that is limited to less than the machine's `cpus`.
    pub(super) fn cpus(&self, cpus: usize) -> Option<f64> {
        let v2 = || {
            let text = self.read("cpu.max")?;
            let (quota, period) = text.split_once(' ')?;
            Some((quota.parse().ok()?, period.parse().ok()?))
        };
        let v1 = || Some((self.number("cpu/cpu.cfs_quota_us")?, self.number("cpu/cpu.cfs_period_us")?));
        let (quota, period): (u64, u64) = v2().or_else(v1)?;
        let limit = quota as f64 / period as f64;
        (limit > 0.0 && limit < cpus as f64).then_some(limit)
    }

    /// The CPU time used since the group exists.
    pub(super) fn cpu_time(&self) -> Option<Duration> {
        let v2 = || self.line("cpu.stat", "usage_usec").map(Duration::from_micros);
        v2().or_else(|| self.number("cpuacct/cpuacct.usage").map(Duration::from_nanos))
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.root.join(file)).ok().map(|text| text.trim().to_owned())
    }

    /// `None` as well for `max` and -1, which mean no limit.
    fn number(&self, file: &str) -> Option<u64> {
        self.read(file)?.parse().ok()
    }

    /// The number behind `name` in a file of lines like `usage_usec 123`.
    fn line(&self, file: &str, name: &str) -> Option<u64> {
        let text = self.read(file)?;
        let (_, number) = text.lines().filter_map(|line| line.split_once(' ')).find(|(key, _)| *key == name)?;
        number.trim().parse().ok()
    }
}

/// CPU time `used` within `elapsed`, as a share of `cpus` CPUs.
pub(super) fn cpu_share(used: Duration, elapsed: Duration, cpus: f64) -> f64 {
    let possible = elapsed.as_secs_f64() * cpus;
    if possible > 0.0 { (used.as_secs_f64() / possible).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn cgroup(files: &[(&str, &str)]) -> (tempfile::TempDir, Cgroup) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let root = folder.path().to_owned();
        (folder, Cgroup { root })
    }

    #[test]
    fn memory() {
        let check = |files: &[(&str, &str)], expect: Option<(u64, u64)>| {
            let expect = expect.map(|(limit, free)| Capacity::of_bytes(limit, free));
            assert_eq!(cgroup(files).1.memory(16 * GIB), expect, "{files:?}");
        };
        check(
            &[
                ("memory.max", "1073741824\n"),
                ("memory.current", "805306368\n"),
                ("memory.stat", "anon 1\ninactive_file 268435456\nactive_file 5\n"),
            ],
            Some((GIB, GIB / 2)),
        );
        check(&[("memory.max", "1073741824"), ("memory.current", "2147483648")], Some((GIB, 0)));
        check(&[("memory.max", "max\n"), ("memory.current", "805306368\n")], None);
        check(&[("memory.max", "34359738368"), ("memory.current", "1")], None);
        check(
            &[
                ("memory/memory.limit_in_bytes", "1073741824\n"),
                ("memory/memory.usage_in_bytes", "536870912\n"),
                ("memory/memory.stat", "inactive_file 7\ntotal_inactive_file 0\n"),
            ],
            Some((GIB, GIB / 2)),
        );
        let unlimited =
            [("memory/memory.limit_in_bytes", "9223372036854771712"), ("memory/memory.usage_in_bytes", "1")];
        check(&unlimited, None);
        check(&[], None);
    }

    #[test]
    fn cpus() {
        let check = |files: &[(&str, &str)], expect: Option<f64>| {
            assert_eq!(cgroup(files).1.cpus(4), expect, "{files:?}");
        };
        check(&[("cpu.max", "50000 100000\n")], Some(0.5));
        check(&[("cpu.max", "max 100000\n")], None);
        check(&[("cpu.max", "800000 100000\n")], None);
        check(&[("cpu/cpu.cfs_quota_us", "150000\n"), ("cpu/cpu.cfs_period_us", "100000\n")], Some(1.5));
        check(&[("cpu/cpu.cfs_quota_us", "-1\n"), ("cpu/cpu.cfs_period_us", "100000\n")], None);
        check(&[], None);
    }

    #[test]
    fn cpu_time() {
        let check = |files: &[(&str, &str)], expect: Option<Duration>| {
            assert_eq!(cgroup(files).1.cpu_time(), expect, "{files:?}");
        };
        check(&[("cpu.stat", "usage_usec 2500000\nuser_usec 2000000\n")], Some(Duration::from_millis(2500)));
        check(&[("cpuacct/cpuacct.usage", "2500000000\n")], Some(Duration::from_millis(2500)));
        check(&[], None);
    }

    #[test]
    fn shares_of_a_limit() {
        let check = |used_ms, elapsed_ms, cpus, expect: f64| {
            assert_eq!(cpu_share(Duration::from_millis(used_ms), Duration::from_millis(elapsed_ms), cpus), expect);
        };
        check(250, 1000, 0.5, 0.5);
        check(250, 1000, 1.0, 0.25);
        check(3000, 1000, 2.0, 1.0);
        check(10, 0, 1.0, 0.0);
    }
}
