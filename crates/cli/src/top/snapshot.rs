//! What a daemon answered in one round, as plain values.

use model::{Granularity, Time, TimeRange};
use query::{LedgerLine, Row, ServiceLine};

/// What the screen shows right now, and so what is worth asking for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    /// Services whose last hour is in view; bounded by the screen.
    pub(crate) hour_of: Vec<String>,
    /// One service over a range.
    pub(crate) window: Option<(String, TimeRange, Granularity)>,
    pub(crate) ledger: bool,
}

/// One round's answers.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// When the round began.
    pub(crate) at: Time,
    pub(crate) server: String,
    pub(crate) status: web::Status,
    /// Or why questions are not answered now.
    pub(crate) answers: Result<Answers, String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) services: Vec<ServiceLine>,
    /// Of all services, the current minute and the one before.
    pub(crate) minutes: Vec<Row>,
    pub(crate) warnings: Vec<String>,
    /// The minutes of the last hour, of the services that were asked for.
    pub(crate) hour: Vec<Row>,
    pub(crate) history: Option<History>,
    /// Of the last hour.
    pub(crate) ledger: Option<Vec<LedgerLine>>,
}

/// One service over a range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct History {
    pub(crate) service: String,
    pub(crate) range: TimeRange,
    pub(crate) every: Granularity,
    pub(crate) rows: Vec<Row>,
}

/// What a round brought.
#[derive(Clone, Debug)]
pub(crate) enum News {
    Answered(Box<Snapshot>),
    /// Nobody answered, and why.
    NoAnswer(String),
}
