//! What a soak is told.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::build::Profile;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) length: Duration,
    /// Messages a second over UDP.
    pub(crate) rate: u64,
    /// Messages a second over HTTP.
    pub(crate) requests: u64,
    /// Between two samples.
    pub(crate) every: Duration,
    pub(crate) profile: Profile,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self> {
        let (length, every) = (Duration::from_secs(600), Duration::from_secs(10));
        let mut options = Self { length, rate: 20_000, requests: 2_000, every, profile: Profile::Release };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{name} needs a value"));
            match *name {
                "--for" => options.length = time(value()?)?,
                "--every" => options.every = time(value()?)?,
                "--rate" => options.rate = value()?.parse().context("--rate is messages a second")?,
                "--http-rate" => options.requests = value()?.parse().context("--http-rate is messages a second")?,
                "--dev" => options.profile = Profile::Dev,
                _ => bail!("soak takes --for TIME, --rate N, --http-rate N, --every TIME and --dev, not {name}"),
            }
        }
        Ok(options)
    }

    /// Options of the fleet: two in a hundred messages are up to three days late.
    pub(crate) fn fleet(&self) -> String {
        let (rate, seconds) = (self.rate, self.length.as_secs());
        format!(
            "--rate {rate} --for {seconds}s --services 200 --source-ports 16 --late 0.02 --late-by 3d --shape mixed"
        )
    }
}

fn time(text: &str) -> Result<Duration> {
    let seconds = [("s", 1), ("m", 60), ("h", 3_600)].into_iter().find_map(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(seconds).filter(|seconds| *seconds > 0)
    });
    seconds.map(Duration::from_secs).with_context(|| format!("{text} is no time; write for example 30s or 10m"))
}

#[cfg(test)]
mod tests {
    use super::Options;
    use std::time::Duration;

    #[test]
    fn what_can_be_said() {
        let parsed = |line: &str| Options::parse(&line.split_whitespace().collect::<Vec<_>>());
        let of = |line: &str| parsed(line).map(|options| (options.length, options.rate, options.requests)).expect(line);
        assert_eq!(of(""), (Duration::from_secs(600), 20_000, 2_000));
        assert_eq!(of("--for 2m --rate 500 --http-rate 7 --dev"), (Duration::from_secs(120), 500, 7));
        for line in ["--for", "--for 0s", "--for soon", "--rate many", "--fast"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
