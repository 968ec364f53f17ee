//! What the services measure: levels of their own, daily and weekly cycles, a wandering drift, noise.
//!
//! Only additions, multiplications and a seeded generator with a fixed algorithm are used, no `sin` and no
//! distribution of a library, so that the same seed gives the same bits on every machine and with every version.
//! A service depends on the seed and its own number only: `service-3` is the same in a fleet of 5 and of 500.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

const DAY_US: i64 = 86_400_000_000;
const WEEK_US: i64 = 7 * DAY_US;
/// 1 January 1970 was a Thursday.
const MONDAY_TO_EPOCH_US: i64 = 3 * DAY_US;
/// Free memory and disk come in pages of this many bytes.
const PAGE: f64 = 4096.0;
const GB: f64 = 1e9;

/// Total and free, in GB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    /// Whole GB.
    pub total: f64,
    /// Whole pages of 4 KiB.
    pub free: f64,
}

impl Capacity {
    /// The share in use, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        (self.total - self.free) / self.total
    }
}

/// What one service measures at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Share from 0 to 1, in thousandths as an operating system's percent with one decimal.
    pub cpu: f64,
    /// Memory.
    pub ram: Capacity,
    /// Disk.
    pub disk: Capacity,
}

impl Reading {
    /// The same measurement with nearly no idle CPU left; the order among readings stays.
    #[must_use]
    pub fn spiked(self) -> Self {
        Self { cpu: thousandths(1.0 - (1.0 - self.cpu) * 0.06), ..self }
    }
}

/// Services numbered from 0 here, named from `service-1` to `service-n` outside.
#[derive(Debug)]
pub struct Fleet {
    services: Vec<Service>,
}

impl Fleet {
    /// A fleet of `services`.
    #[must_use]
    pub fn new(seed: u64, services: usize) -> Self {
        Self { services: (0..services).map(|index| Service::new(seed, index)).collect() }
    }

    /// How many services there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.services.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// Name of a service as its messages carry it.
    #[must_use]
    pub fn name(&self, service: usize) -> &str {
        &self.services[service].name
    }

    /// The next reading of a service, at a time in microseconds since 1970 UTC; each call moves its noise on.
    pub fn reading(&mut self, service: usize, time_us: i64) -> Reading {
        self.services[service].reading(time_us)
    }
}

/// The name of the service with this index.
#[must_use]
pub fn service_name(index: usize) -> String {
    format!("service-{}", index + 1)
}

/// Uniform in 0..1, all 53 bits.
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[derive(Debug)]
struct Service {
    name: String,
    rng: ChaCha8Rng,
    /// How far its busy hours are from noon UTC.
    day_offset_us: i64,
    cpu: Signal,
    ram: Signal,
    disk: Signal,
    ram_bytes: f64,
    disk_bytes: f64,
}

impl Service {
    fn new(seed: u64, index: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index as u64 + 1);
        let mut between = |low: f64, high: f64| low + (high - low) * unit(&mut rng);
        let cpu = Signal {
            base: between(0.15, 0.55),
            daily: between(0.05, 0.2),
            weekly: between(0.02, 0.08),
            noise: between(0.01, 0.04),
            ..Signal::default()
        };
        let ram = Signal {
            base: between(0.35, 0.7),
            daily: between(0.02, 0.1),
            weekly: between(0.01, 0.05),
            noise: between(0.002, 0.01),
            ..Signal::default()
        };
        let disk = Signal {
            base: between(0.2, 0.6),
            daily: between(0.002, 0.01),
            filling: between(0.02, 0.2),
            noise: between(0.0002, 0.001),
            ..Signal::default()
        };
        Self {
            name: service_name(index),
            day_offset_us: (between(-6.0, 6.0) * 3_600e6) as i64,
            ram_bytes: pick(&[4.0, 8.0, 16.0, 32.0, 64.0, 128.0], &mut rng) * GB,
            disk_bytes: pick(&[64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0], &mut rng) * GB,
            rng,
            cpu,
            ram,
            disk,
        }
    }

    fn reading(&mut self, time_us: i64) -> Reading {
        let day = phase(time_us + self.day_offset_us, DAY_US);
        let week = phase(time_us + MONDAY_TO_EPOCH_US, WEEK_US);
        let rng = &mut self.rng;
        Reading {
            cpu: thousandths(self.cpu.level(day, week, rng).clamp(0.0, 1.0)),
            ram: in_use(self.ram.level(day, week, rng), self.ram_bytes),
            disk: in_use(self.disk.level(day, week, rng), self.disk_bytes),
        }
    }
}

/// One measured quantity, all parts as shares.
#[derive(Debug, Default)]
struct Signal {
    base: f64,
    daily: f64,
    weekly: f64,
    /// Grows from Monday to Sunday, then is cleaned up.
    filling: f64,
    noise: f64,
    drift: f64,
}

impl Signal {
    fn level(&mut self, day: f64, week: f64, rng: &mut ChaCha8Rng) -> f64 {
        let noise = self.noise * bell(rng);
        self.drift = 0.95 * self.drift + 0.3 * noise;
        // The week's crest is on Wednesday noon, its trough on Sunday.
        let midweek = (week + 1.0 - 2.5 / 7.0 + 0.5).fract();
        self.base + self.daily * wave(day) + self.weekly * wave(midweek) + self.filling * week + self.drift + noise
    }
}

fn pick(choices: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    choices[(unit(rng) * choices.len() as f64) as usize]
}

fn phase(time_us: i64, period_us: i64) -> f64 {
    time_us.rem_euclid(period_us) as f64 / period_us as f64
}

/// A smooth wave over 0..1: -1 at the ends, 1 in the middle.
fn wave(phase: f64) -> f64 {
    let rise = 1.0 - (2.0 * phase - 1.0).abs();
    2.0 * rise * rise * (3.0 - 2.0 * rise) - 1.0
}

/// A bell curve from the sum of four uniform numbers: mean 0, deviation 1, never beyond 3.5.
fn bell(rng: &mut ChaCha8Rng) -> f64 {
    let bits = rng.next_u64();
    let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xffff).sum();
    (sum as f64 / 65_535.0 - 2.0) * 1.732
}

fn thousandths(share: f64) -> f64 {
    (share * 1_000.0).round() / 1_000.0
}

fn in_use(share: f64, total_bytes: f64) -> Capacity {
    let free_bytes = ((1.0 - share.clamp(0.02, 0.98)) * total_bytes / PAGE).round() * PAGE;
    Capacity { total: total_bytes / GB, free: free_bytes / GB }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY_US: i64 = 1_795_392_000_000_000;

    fn hourly_week(seed: u64, services: usize, service: usize) -> Vec<Reading> {
        let mut fleet = Fleet::new(seed, services);
        (0..168).map(|hour| fleet.reading(service, MONDAY_US + hour * 3_600_000_000)).collect()
    }

    #[test]
    fn a_service_depends_on_the_seed_and_its_number_only() {
        assert_eq!(hourly_week(7, 5, 2), hourly_week(7, 500, 2));
        assert_ne!(hourly_week(7, 5, 2), hourly_week(8, 5, 2));
        assert_ne!(hourly_week(7, 5, 2), hourly_week(7, 5, 3));
    }

    #[test]
    fn readings_are_plausible() {
        for service in 0..50 {
            for reading in hourly_week(7, 50, service) {
                assert!((0.0..=1.0).contains(&reading.cpu), "{reading:?}");
                for capacity in [reading.ram, reading.disk] {
                    assert!(capacity.free > 0.0 && capacity.free < capacity.total, "{reading:?}");
                    assert_eq!(capacity.total.fract(), 0.0);
                }
            }
        }
    }

    #[test]
    fn days_and_weeks_have_a_shape() {
        let week = hourly_week(7, 20, 0);
        let mean = |part: &[Reading], of: fn(&Reading) -> f64| part.iter().map(of).sum::<f64>() / part.len() as f64;
        let mut by_hour: Vec<f64> =
            (0..24).map(|hour| (0..5).map(|day| week[day * 24 + hour].cpu).sum::<f64>() / 5.0).collect();
        by_hour.sort_by(f64::total_cmp);
        assert!(by_hour[23] - by_hour[0] > 0.08, "busy and quiet hours: {by_hour:?}");
        assert!(mean(&week[24..96], |r| r.cpu) > mean(&week[120..], |r| r.cpu), "the weekend is quieter");
        let disk = |r: &Reading| r.disk.share();
        assert!(mean(&week[144..], disk) > mean(&week[..24], disk), "the disk fills over the week");
    }

    #[test]
    fn a_spike_leaves_little_idle_and_stays_a_share() {
        for reading in hourly_week(7, 3, 1) {
            let spiked = reading.spiked();
            assert!(spiked.cpu >= 0.94 && spiked.cpu <= 1.0, "{spiked:?}");
            assert_eq!(spiked.ram, reading.ram);
        }
    }
}
