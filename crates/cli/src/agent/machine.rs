//! What this machine, or the container it looks like from inside, has and uses.

use super::cgroup::{Cgroup, cpu_share};
use crate::heartbeat::Capacity;
use anyhow::{Context, ensure};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, System};

/// CPU as a share of what may be used, RAM and disk in GB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) cpu: f64,
    pub(super) ram: Capacity,
    pub(super) disk: Capacity,
}

/// Takes samples; CPU is always that of the time since the sample before.
#[derive(Debug)]
pub(super) struct Machine {
    system: System,
    cgroup: Cgroup,
    disk: PathBuf,
    cpu_time: Option<(Instant, Duration)>,
}

impl Machine {
    /// The shortest time between two samples.
    pub(super) const REST: Duration = MINIMUM_CPU_UPDATE_INTERVAL;

    /// Measures the filesystem that holds `disk`. The first sample is due after [`Machine::REST`].
    pub(super) fn new(disk: PathBuf) -> anyhow::Result<Machine> {
        let mut system = System::new().context("this system does not tell its CPU and RAM")?;
        system.refresh_cpu_usage();
        let cgroup = Cgroup::default();
        let cpu_time = cgroup.cpu_time().map(|used| (Instant::now(), used));
        Ok(Machine { system, cgroup, disk, cpu_time })
    }

    pub(super) fn sample(&mut self) -> anyhow::Result<Sample> {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        let machine_cpu = f64::from(self.system.global_cpu_usage()) / 100.0;
        let cpu = self.container_cpu().unwrap_or(if machine_cpu.is_finite() { machine_cpu } else { 0.0 });
        let total = self.system.total_memory();
        let ram = self.cgroup.memory(total);
        let ram = ram.unwrap_or_else(|| Capacity::of_bytes(total, self.system.available_memory()));
        Ok(Sample { cpu: cpu.clamp(0.0, 1.0), ram, disk: self.disk()? })
    }

    /// `None` without a limit on CPU time.
    fn container_cpu(&mut self) -> Option<f64> {
        let now = (Instant::now(), self.cgroup.cpu_time()?);
        let before = self.cpu_time.replace(now)?;
        let cpus = self.cgroup.cpus(self.system.cpus().len())?;
        Some(cpu_share(now.1.saturating_sub(before.1), now.0 - before.0, cpus))
    }

    /// Asks the filesystem itself: a list of mounts would leave open which of them holds a path.
    fn disk(&self) -> anyhow::Result<Capacity> {
        let path = self.disk.display();
        let stat = rustix::fs::statvfs(&self.disk).with_context(|| format!("{path}: give another --disk"))?;
        ensure!(stat.f_blocks > 0, "{path}: its filesystem tells no size; give another --disk");
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Ok(Capacity::of_bytes(bytes(stat.f_blocks), bytes(stat.f_bavail)))
    }
}
