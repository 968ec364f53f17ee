//! What a fleet's settings say of a message: the unit of CPU and how old or early it may be.

use crate::{Reject, Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The unit in which a fleet sends CPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CpuUnit {
    /// 0 to 1.
    #[default]
    Fraction,
    /// 0 to 100.
    Percent,
}

impl CpuUnit {
    pub(crate) fn whole(self) -> f64 {
        match self {
            CpuUnit::Fraction => 1.0,
            CpuUnit::Percent => 100.0,
        }
    }

    pub(crate) fn hint(self) -> &'static str {
        match self {
            CpuUnit::Fraction => "; if this fleet sends percent, set cpu_unit = \"percent\"",
            CpuUnit::Percent => "; a fleet with cpu_unit = \"percent\" sends 0 to 100",
        }
    }
}

/// The settings that decide whether a well-formed message is accepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    pub cpu_unit: CpuUnit,
    /// How far before its receipt a message's time may lie; `None`: any.
    pub past: Option<Duration>,
    /// How far after its receipt a message's time may lie; `None`: any.
    pub ahead: Option<Duration>,
}

impl Rules {
    /// CPU as a share from 0 to 1.
    pub fn cpu_share(&self, sent: f64) -> Result<f64, Reject> {
        if !sent.is_finite() {
            Err(Reject::NonFinite)
        } else if sent < 0.0 {
            Err(Reject::CpuNegative(sent))
        } else if sent > self.cpu_unit.whole() {
            Err(Reject::CpuAboveOne(sent, self.cpu_unit))
        } else {
            Ok(sent / self.cpu_unit.whole())
        }
    }

    pub fn check_time(&self, time: Time, received: Time) -> Result<(), Reject> {
        if self.past.is_some_and(|past| time < received.saturating_sub(past)) {
            Err(Reject::TooOld(time.to_string()))
        } else if self.ahead.is_some_and(|ahead| time > received.saturating_add(ahead)) {
            Err(Reject::TooFarAhead(time.to_string()))
        } else {
            Ok(())
        }
    }
}
