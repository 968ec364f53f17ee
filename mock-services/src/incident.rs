//! Trouble on request: what happens to which service, from when, for how long.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::span;

/// What happens; the value's name is what `--incident` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Nearly no idle CPU.
    CpuSpike,
    /// Nothing is sent.
    Silence,
    /// Only datagrams that cannot be accepted are sent.
    Malformed,
    /// Every datagram leaves twice.
    Duplicate,
    /// Datagrams are held back and change places with their successors.
    Reorder,
}

/// Whom it happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `*`
    All,
    /// `service-N`, by index.
    Service(usize),
}

/// One incident, written `KIND:SERVICE@+START/DURATION`.
///
/// The start counts from the beginning of the run on the clock that the messages carry; the interval is half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What happens.
    pub kind: Kind,
    /// Whom it happens to.
    pub target: Target,
    /// When it begins, from the run's first message.
    pub start: Duration,
    /// How long it lasts.
    pub length: Duration,
}

impl Incident {
    /// Whether this incident is on for a service.
    #[must_use]
    pub fn covers(&self, service: usize, elapsed: Duration) -> bool {
        let meant = match self.target {
            Target::All => true,
            Target::Service(index) => index == service,
        };
        meant && elapsed >= self.start && elapsed < self.start + self.length
    }
}

const EXAMPLE: &str =
    "write KIND:SERVICE@+START/DURATION, for example cpu-spike:service-3@+30s/20s or silence:*@+1m/30s";

impl FromStr for Incident {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (kind, rest) = text.split_once(':').with_context(|| format!("no `:` behind the kind; {EXAMPLE}"))?;
        let (target, times) = rest.split_once("@+").with_context(|| format!("no `@+START`; {EXAMPLE}"))?;
        let (start, length) = times.split_once('/').with_context(|| format!("no `/DURATION`; {EXAMPLE}"))?;
        Ok(Self {
            kind: kind_named(kind)?,
            target: target_named(target)?,
            start: span::parse(start)?,
            length: span::parse_positive(length)?,
        })
    }
}

fn kind_named(text: &str) -> Result<Kind> {
    let Ok(kind) = Kind::from_str(text, false) else {
        let names: Vec<_> = Kind::value_variants().iter().filter_map(|kind| kind.to_possible_value()).collect();
        let names: Vec<_> = names.iter().map(|value| value.get_name()).collect();
        bail!("`{text}` is not a kind of incident; there are {}; {EXAMPLE}", names.join(", "));
    };
    Ok(kind)
}

fn target_named(text: &str) -> Result<Target> {
    if text == "*" {
        return Ok(Target::All);
    }
    let number: Option<usize> = text.strip_prefix("service-").and_then(|number| number.parse().ok());
    match number {
        Some(number) if number > 0 => Ok(Target::Service(number - 1)),
        _ => bail!("`{text}` is no service; they are service-1, service-2 and so on, or `*` for all; {EXAMPLE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_read() {
        let check = |text: &str, kind, target, start, length| {
            let expect =
                Incident { kind, target, start: Duration::from_millis(start), length: Duration::from_millis(length) };
            assert_eq!(text.parse::<Incident>().unwrap(), expect, "{text}");
        };
        check("cpu-spike:service-3@+30s/20s", Kind::CpuSpike, Target::Service(2), 30_000, 20_000);
        check("silence:*@+0s/500ms", Kind::Silence, Target::All, 0, 500);
        check("malformed:service-20@+1m/1h", Kind::Malformed, Target::Service(19), 60_000, 3_600_000);
        check("duplicate:*@+1s/1s", Kind::Duplicate, Target::All, 1_000, 1_000);
        check("reorder:*@+1s/1s", Kind::Reorder, Target::All, 1_000, 1_000);
    }

    #[test]
    fn bad_specs_say_what_is_wrong_and_how_it_goes() {
        let check = |text: &str, says: &str| {
            let message = text.parse::<Incident>().unwrap_err().to_string();
            assert!(message.contains(says) && message.contains("for example"), "{text}: {message}");
        };
        check("", "no `:`");
        check("cpu-spike", "no `:`");
        check("cpu-spike:service-3", "no `@+START`");
        check("cpu-spike:service-3@30s/20s", "no `@+START`");
        check("cpu-spike:service-3@+30s", "no `/DURATION`");
        check("melt:service-3@+30s/20s", "there are cpu-spike, silence, malformed, duplicate, reorder");
        check("silence:checkout@+30s/20s", "`checkout` is no service");
        check("silence:service-0@+30s/20s", "`service-0` is no service");
        check("silence:*@+30/20s", "`30` is not a length of time");
        check("silence:*@+30s/0s", "`0s` is no time at all");
    }

    #[test]
    fn an_incident_begins_at_its_start_and_is_over_at_its_end() {
        let incident: Incident = "silence:service-2@+10s/5s".parse().unwrap();
        let on: Vec<_> = (0..20).filter(|second| incident.covers(1, Duration::from_secs(*second))).collect();
        assert_eq!(on, [10, 11, 12, 13, 14]);
        assert!(!incident.covers(0, Duration::from_secs(12)));
    }
}
