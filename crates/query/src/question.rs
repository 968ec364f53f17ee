//! What can be asked.

use crate::error::{Error, Result};
use model::{Granularity, TimeRange};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Which side of the house an answer is made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Everything, each message once.
    #[default]
    Merged,
    /// The views alone: up to the watermark.
    Batch,
    /// The generations alone: above the watermark.
    Realtime,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Layer::Merged => "merged",
            Layer::Batch => "batch",
            Layer::Realtime => "realtime",
        })
    }
}

impl FromStr for Layer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Layer> {
        match text {
            "merged" => Ok(Layer::Merged),
            "batch" => Ok(Layer::Batch),
            "realtime" => Ok(Layer::Realtime),
            _ => Err(Error::Layer(text.to_owned())),
        }
    }
}

/// A question for the health of services over a range of message time.
#[derive(Clone, Debug)]
pub struct Question {
    pub range: TimeRange,
    /// Names or patterns with `*`, `?`, `[…]`, `{…}`; empty: all services.
    pub services: Vec<String>,
    /// A row per bucket of this granularity instead of one per service.
    pub every: Option<Granularity>,
    pub layer: Layer,
    /// How long to wait for the realtime views to reach the journals' ends.
    pub wait: Duration,
    /// Answer when that time is over, with a warning.
    pub allow_behind: bool,
    /// Tell what was read.
    pub explain: bool,
}
