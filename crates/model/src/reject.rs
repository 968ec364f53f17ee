//! Why a datagram is no health message: a closed list of reasons, each with what the sender or operator can do.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! reasons {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The reasons by which the ledger counts rejected messages; their names are stored and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason { $(#[serde(rename = $name)] $variant),+ }

        impl Reason {
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            pub const fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name),+ }
            }
        }
    };
}

reasons! {
    NotJson = "not_json",
    DuplicateKey = "duplicate_key",
    MissingField = "missing_field",
    WrongType = "wrong_type",
    BadServiceName = "bad_service_name",
    NonFinite = "non_finite",
    CpuNegative = "cpu_negative",
    CpuAboveOne = "cpu_above_one",
    TotalNotPositive = "total_not_positive",
    FreeNegative = "free_negative",
    FreeAboveTotal = "free_above_total",
    TooOld = "too_old",
    TooFarAhead = "too_far_ahead",
    TooLarge = "too_large",
    SourceNotAllowed = "source_not_allowed",
    RateLimit = "rate_limit",
    TooManyServices = "too_many_services",
    TooManySenders = "too_many_senders",
    TooManyNewNames = "too_many_new_names",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no reason for a rejection; the reasons are {known}", known = names())]
pub struct ReasonError(pub String);

fn names() -> String {
    Reason::ALL.iter().map(|reason| reason.name()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Reason, ReasonError> {
        let named = Reason::ALL.iter().copied().find(|reason| reason.name() == text);
        named.ok_or_else(|| ReasonError(text.to_owned()))
    }
}

/// A refused message, with the values that show why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Reject {
    #[error("not JSON: {0}; a message is one JSON object")]
    NotJson(String),
    #[error("key {0:?} appears twice; send each key once, keys differ by more than case")]
    DuplicateKey(String),
    #[error("field {0} is missing")]
    MissingField(&'static str),
    #[error("the message asks for an answer without a {0}; send ack, sender and seq, or none of them")]
    UnnamedAsks(&'static str),
    #[error("{field} is {found}, it must be {expected}")]
    WrongType { field: &'static str, found: &'static str, expected: &'static str },
    #[error("{field} {problem}; use 1 to {max} bytes without control characters", max = crate::NAME_BYTES_MAX)]
    BadName { field: &'static str, problem: &'static str },
    #[error("a number is not finite; JSON has no NaN or infinity, and f64 ends at 1.8e308")]
    NonFinite,
    #[error("CPU {0} is negative, which some senders use for an error of their own; send a share from 0 to 1")]
    CpuNegative(f64),
    #[error("CPU {0} is above {limit}{hint}", limit = .1.whole(), hint = .1.hint())]
    CpuAboveOne(f64, crate::CpuUnit),
    #[error("{field}.Total {total} is not above 0")]
    TotalNotPositive { field: &'static str, total: f64 },
    #[error("{field}.Free {free} is negative")]
    FreeNegative { field: &'static str, free: f64 },
    #[error("{field}.Free {free} is above {field}.Total {total}")]
    FreeAboveTotal { field: &'static str, total: f64, free: f64 },
    #[error("time {0} is too old; import older messages from a file")]
    TooOld(String),
    #[error("time {0} is too far ahead of this machine's clock; set the sender's clock right")]
    TooFarAhead(String),
    #[error("the message is larger than {max} bytes", max = crate::MESSAGE_BYTES_MAX)]
    TooLarge,
    #[error("source {0} is not in collector.allow; add its network to it, or empty the list to allow all")]
    SourceNotAllowed(String),
    #[error("source {0} sends more than collector.rate_limit messages a second; raise it, or slow the sender down")]
    RateLimit(String),
    #[error("service {0:?} would be one too many; raise limits.services or stop sending new names")]
    TooManyServices(String),
    #[error(
        "sender {0:?} with this seq is more than can be remembered; start processes less often, and number their messages 1, 2, 3 and so on"
    )]
    TooManySenders(String),
    #[error(
        "source {from} brings more new names in an hour than limits.new_names_per_source_hour, {name:?} is one; raise it, or send known names"
    )]
    TooManyNewNames { from: String, name: String },
}

impl Reject {
    pub fn reason(&self) -> Reason {
        match self {
            Reject::NotJson(_) => Reason::NotJson,
            Reject::DuplicateKey(_) => Reason::DuplicateKey,
            Reject::MissingField(_) | Reject::UnnamedAsks(_) => Reason::MissingField,
            Reject::WrongType { .. } => Reason::WrongType,
            Reject::BadName { .. } => Reason::BadServiceName,
            Reject::NonFinite => Reason::NonFinite,
            Reject::CpuNegative(_) => Reason::CpuNegative,
            Reject::CpuAboveOne(..) => Reason::CpuAboveOne,
            Reject::TotalNotPositive { .. } => Reason::TotalNotPositive,
            Reject::FreeNegative { .. } => Reason::FreeNegative,
            Reject::FreeAboveTotal { .. } => Reason::FreeAboveTotal,
            Reject::TooOld(_) => Reason::TooOld,
            Reject::TooFarAhead(_) => Reason::TooFarAhead,
            Reject::TooLarge => Reason::TooLarge,
            Reject::SourceNotAllowed(_) => Reason::SourceNotAllowed,
            Reject::RateLimit(_) => Reason::RateLimit,
            Reject::TooManyServices(_) => Reason::TooManyServices,
            Reject::TooManySenders(_) => Reason::TooManySenders,
            Reject::TooManyNewNames { .. } => Reason::TooManyNewNames,
        }
    }
}
